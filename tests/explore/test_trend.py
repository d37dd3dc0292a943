"""Trends over a small world worked out by hand, and what may and may not be asked."""

from typing import Any

import pytest

from analytics.explore.kinds import trend
from analytics.metrics.calendar import DAY_US
from analytics.people.models import Identity
from tests.explore.conftest import at, event, values
from tests.metrics.world import World

pytestmark = pytest.mark.django_db


WORLD = World(
    identities={4: 1},
    events=[
        event(1, "2025-03-01T10:00", properties={"seconds": 10, "plan": "pro", "team": True}),
        event(1, "2025-03-01T23:30", properties={"seconds": 20, "plan": "free"}),
        event(4, "2025-03-03T09:00", platform="ios", properties={"seconds": "40", "plan": "pro"}),
        event(2, "2025-03-03T09:00", platform="ios", properties={"seconds": 90}),
        event(3, "2025-03-03T09:00", platform="android", properties={"plan": "Free trial"}),
        event(3, "2025-03-03T09:10", "deposit", value=5.5, flags=1),  # passive
        event(5, "2025-03-03T09:10", flags=2),  # a bot
        event(2, "2025-02-20T09:00", "identify", type="identify", properties={"country": "DE"}),
        event(2, "2025-03-02T09:00", "identify", type="identify", properties={"country": "AT"}),
        event(4, "2025-03-02T09:00", "identify", type="identify", properties={"country": "DE"}),
    ],
    sessions=[
        {"source": 1, "device": actor, "start_us": at(start), "end_us": at(end), "actor": actor, "day": 0}
        for actor, start, end in [
            (1, "2025-03-01T10:00", "2025-03-01T10:00"),
            (1, "2025-03-01T23:30", "2025-03-01T23:30"),
            (4, "2025-03-03T08:30", "2025-03-03T09:00"),
            (2, "2025-03-03T09:00", "2025-03-03T09:00"),
            (3, "2025-03-03T09:00", "2025-03-03T09:00"),
        ]
    ],
)


@pytest.fixture(autouse=True)
def world(use) -> None:
    use(WORLD)


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ({"event": "video_created"}, [2, 0, 3, 0]),
        ({"event": None}, [2, 0, 3, 0]),  # passive events, bots and identifies are no activity
        ({"event": "deposit"}, [0, 0, 1, 0]),  # but named ones count
        ({"event": "video_created", "measure": "people"}, [1, 0, 3, 0]),
        ({"event": "video_created", "measure": "dau"}, [1, 0, 3, 0]),
        ({"event": "video_created", "measure": "wau"}, [1, 1, 3, 3]),
        ({"event": "video_created", "measure": "mau"}, [1, 1, 3, 3]),
        ({"event": "video_created", "measure": "sessions"}, [2, 0, 3, 0]),
        ({"event": "video_created", "measure": "sum", "property": "seconds"}, [30, 0, 130, 0]),
        ({"event": "video_created", "measure": "mean", "property": "seconds"}, [15, None, 65, None]),
        ({"event": "video_created", "measure": "median", "property": "seconds"}, [15, None, 65, None]),
        ({"event": "video_created", "measure": "p90", "property": "seconds"}, [19, None, 85, None]),
        ({"event": "deposit", "measure": "sum"}, [0, 0, 5.5, 0]),
    ],
)
def test_measures(ask, series: dict[str, Any], expected: list[Any]) -> None:
    answer = ask(series=[series])
    assert answer["periods"] == ["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"]
    assert values(answer) == [pytest.approx(expected)]
    assert "events" in answer["sql"]
    assert answer["computed_in_ms"] >= 0


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("plan", "is", "pro"), 2),
        (("plan", "is_not", "pro"), 3),
        (("plan", "in", ["pro", "free"]), 3),
        (("plan", "not_in", ["pro", "free"]), 2),
        (("plan", "contains", "FREE"), 2),
        (("plan", "matches", "^[a-z]+$"), 3),
        (("plan", "is_set", None), 4),
        (("plan", "is_not_set", None), 1),
        (("team", "is", True), 1),
        (("seconds", "is", 40), 1),
        (("seconds", "gt", 20), 2),
        (("seconds", "gte", 20), 3),
        (("seconds", "lt", 20), 1),
        (("seconds", "lte", 20), 2),
        (("seconds", "between", [20, 40]), 2),
        (("plan", "between", ["free", "pro"]), 3),
        (("platform", "is", "ios"), 2),
        (("session_id", "is_set", None), 0),
        (("channel", "is", "direct"), 5),
        (("person.country", "is", "DE"), 3),  # a merged id told it of person 1
        (("person.country", "is", "AT"), 1),  # the newest counts
        (("it's; DROP TABLE events --", "is_set", None), 0),
        (("plan", "is", "' OR 1=1 --"), 0),
    ],
)
def test_operators(ask, condition: tuple[str, str, Any], expected: int) -> None:
    one = dict(zip(("property", "operator", "value"), condition, strict=True))
    for body in ({"filters": [one]}, {"series": [{"event": "video_created", "filters": [one]}]}):
        assert sum(values(ask(**body))[0]) == expected


def test_breakdown_names_the_largest_and_sums_the_rest(ask) -> None:
    answer = ask(breakdown="platform", values_shown=1)
    assert [(line["breakdown"], line["values"]) for line in answer["series"]] == [
        ("ios", [0, 0, 2, 0]),
        ("(other)", [2, 0, 1, 0]),
    ]
    answer = ask(breakdown="plan", series=[{"event": "video_created", "measure": "people"}])
    found = {line["breakdown"]: sum(line["values"]) for line in answer["series"]}
    assert found == {"pro": 2, "free": 1, "Free trial": 1, "(none)": 1}


def test_time_zone_and_week_start_cut_periods(ask) -> None:
    assert values(ask(timezone="Europe/Berlin")) == [[1, 1, 3, 0]]
    for sunday in (6, "6", "sunday", "Sunday"):
        answer = ask(grain="week", week_start=sunday, series=[{"event": "video_created", "measure": "people"}])
        assert answer["periods"] == ["2025-02-23", "2025-03-02"]
        assert values(answer) == [[1, 3]]


def test_compare_gives_the_days_before(ask) -> None:
    answer = ask(**{"from": "2025-03-03", "to": "2025-03-04", "compare": "previous"})
    assert values(answer) == [[3, 0]]
    assert answer["compare"]["periods"] == ["2025-03-01", "2025-03-02"]
    assert values(answer["compare"]) == [[2, 0]]


def test_the_people_behind_a_figure_are_as_many_as_it_says(ask) -> None:
    for number, value, kind in [(1, "ada", "u"), (4, "anon-1", "a"), (2, "grace", "u"), (3, "alan", "u")]:
        person = 1 if number == 4 else number
        Identity.objects.create(
            id=number, kind=kind, value=value, person=person, first_us=DAY_US, traits={"name": value.title()}
        )
    series = [{"event": "video_created", "measure": "people"}]
    answer = ask("trend/people", series=series, point={"series": 0, "period": "2025-03-03"})
    assert answer["count"] == 3
    assert answer["results"][0] == {"id": "1", "ids": ["ada", "anon-1"], "name": "Ada"}
    ios = {"series": 0, "period": "2025-03-03", "breakdown": "ios"}
    answer = ask("trend/people", series=series, breakdown="platform", point=ios)
    assert [person["name"] for person in answer["results"]] == ["Ada", "Grace"]
    week = [{"event": "video_created", "measure": "wau"}]
    assert ask("trend/people", series=week, point={"series": 0, "period": "2025-03-04"})["count"] == 3


def test_the_values_shown_are_those_of_the_days_asked_for(ask, use) -> None:
    """On the days before, which rolling measures look back to, others may be the most frequent."""
    before = [event(1, f"2025-03-08T10:0{minute}", platform="web") for minute in range(5)]
    asked = [event(actor, "2025-03-10T10:00", platform="ios") for actor in (2, 3)]
    use(World(events=[*before, *asked, event(4, "2025-03-11T10:00", platform="android")]))
    for measure, ios, other in [("wau", [2, 2], [1, 2]), ("mau", [2, 2], [1, 2]), ("people", [2, 0], [0, 1])]:
        answer = ask(
            **{"from": "2025-03-10", "to": "2025-03-11"},
            series=[{"event": "video_created", "measure": measure}],
            breakdown="platform",
            values_shown=1,
        )
        found = [(line["breakdown"], line["values"]) for line in answer["series"]]
        assert found == [("ios", ios), ("(other)", other)], measure


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trend, "now_us", lambda: at("2025-03-03T12:00"))


@pytest.mark.usefixtures("today")
@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("events", [2, 0, 3, None]),
        ("people", [1, 0, 3, None]),
        ("sessions", [2, 0, 3, None]),
        ("wau", [1, 1, 3, None]),
        ("mau", [1, 1, 3, None]),
    ],
)
def test_of_days_to_come_nothing_is_known(ask, measure: str, expected: list[Any]) -> None:
    answer = ask(series=[{"event": "video_created", "measure": measure}])
    assert values(answer) == [expected]
    assert answer["complete"] == [True, True, False, False]


@pytest.mark.usefixtures("today")
def test_a_period_that_is_not_over_is_known_to_today(ask) -> None:
    weekly = {"grain": "week", "to": "2025-03-20", "series": [{"event": "video_created", "measure": "wau"}]}
    answer = ask(**weekly)
    assert answer["periods"] == ["2025-02-24", "2025-03-03", "2025-03-10", "2025-03-17"]
    assert values(answer) == [[1, 3, None, None]]
    assert answer["complete"] == [True, False, False, False]
    behind = {
        period: ask("trend/people", **weekly, point={"series": 0, "period": period}) for period in answer["periods"]
    }
    assert [people["count"] for people in behind.values()] == [1, 3, 0, 0]


@pytest.mark.usefixtures("today")
def test_days_that_are_all_to_come(ask) -> None:
    days = {"from": "2025-03-04", "to": "2025-03-05", "series": [{"event": "video_created", "measure": "wau"}]}
    answer = ask(**days, compare="previous")
    assert values(answer) == [[None, None]]
    assert values(answer["compare"]) == [[1, 3]]
    assert values(ask(**days, breakdown="platform")) == []
    assert ask("trend/people", **days, point={"series": 0, "period": "2025-03-04"})["count"] == 0


def test_lists_of_people_are_not_for_viewers(ask) -> None:
    point = {"series": 0, "period": "2025-03-03"}
    ask("trend/people", role="viewer", expect=403, point=point)
    assert values(ask(role="viewer")) == [[2, 0, 3, 0]]


@pytest.mark.parametrize(
    "body",
    [
        {"from": "2025-03-05"},
        {"from": "1925-03-01"},
        {"series": []},
        {"series": [{"event": "a"}] * 11},
        {"series": [{"event": "a", "measure": "percentile"}]},
        {"series": [{"event": "a", "measure": "dau"}], "grain": "week"},
        {"series": [{"event": "a", "measure": "people", "property": "b"}]},
        {"timezone": "Mars/Base"},
        {"week_start": 7},
        {"week_start": "someday"},
        {"segment": 1},
        {"filters": [{"property": 'a"b', "operator": "is", "value": "x"}]},
        {"filters": [{"property": "a", "operator": "like", "value": "x"}]},
        {"filters": [{"property": "a", "operator": "in", "value": "x"}]},
        {"filters": [{"property": "a", "operator": "in", "value": ["x"] * 201}]},
        {"filters": [{"property": "a", "operator": "between", "value": [1, "b"]}]},
        {"filters": [{"property": "a", "operator": "matches", "value": "("}]},
        {"filters": [{"property": "a", "operator": "matches", "value": "(?=a)"}]},
        {"filters": [{"property": "a", "operator": "is", "value": {"$gt": 1}}]},
        {"filters": [{"property": "a", "operator": "gt", "value": None}]},
        {"filters": [{"property": "feature", "operator": "gt", "value": "a"}]},
    ],
)
def test_what_can_not_be_asked_is_refused(ask, body: dict[str, Any]) -> None:
    assert ask(expect=400, **body)["errors"]


@pytest.mark.parametrize(
    "asked",
    [
        {"breakdown": "person.email"},
        {"breakdown": "email"},
        {"filters": [{"property": "person.name", "operator": "is", "value": "Ada"}]},
        {"series": [{"event": None, "filters": [{"property": "person.phone", "operator": "is_set"}]}]},
    ],
)
def test_viewers_learn_nothing_of_who_somebody_is(ask, asked: dict[str, Any]) -> None:
    ask(role="viewer", expect=403, **asked)
    ask(role="analyst", **asked)
    ask(role="viewer", breakdown="person.plan")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({"from": "2025-03-01T10:00", "to": "2025-03-01T10:00"}, [1]),
        ({"from": "2025-03-01T10:00:00.000001", "to": "2025-03-01"}, [1]),
        ({"from": "2025-03-01", "to": "2025-03-01T23:29:59.999999"}, [1]),
        ({"from": "2025-03-01T11:00:00+01:00", "to": "2025-03-02T00:30:00+01:00"}, [2]),
        ({"from": "2025-03-01T11:00", "to": "2025-03-02T00:30", "timezone": "Europe/Berlin"}, [1, 1]),
    ],
)
def test_days_may_be_cut_by_a_time(ask, days: dict[str, str], expected: list[int]) -> None:
    assert values(ask(**days)) == [expected]


@pytest.mark.parametrize(
    "days",
    [
        {"from": "2025-03-01T10:00:01", "to": "2025-03-01T10:00:00"},
        {"from": "0001-01-01T00:00:00+14:00"},
        {"from": "2025-03-01", "to": "9999-12-31T23:59:59-12:00"},
        {"from": 5},
        {"to": "tomorrow"},
        {"to": None},
    ],
)
def test_times_that_can_not_be_asked_about(ask, days: dict[str, Any]) -> None:
    assert ask(expect=400, **days)["errors"]
