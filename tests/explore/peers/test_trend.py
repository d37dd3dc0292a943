"""Trends held to figures of PostHog's tests of its own: their worlds and numbers, in this product's words."""

from typing import Any

import pytest

from tests.explore.conftest import event, values
from tests.explore.peers.cases import asked, at_times, having, later, parts, told, visits, where
from tests.metrics.world import Row, World

pytestmark = pytest.mark.django_db

SIGNUP = {"event": "signup"}
SIGNUPS = [
    event(1, "2019-12-24T03:45:34", "signup", properties={"some": "value", "flag": True}),
    event(1, "2020-01-01T00:06:34", "signup", properties={"some": "value", "flag": False}),
    event(2, "2020-01-01T00:06:34", "signup", properties={"flag": False}),
    event(1, "2020-01-01T00:06:35", "signup"),
    event(1, "2020-01-02T16:34:34", "signup", properties={"some": "other", "number": 80}),
    event(1, "2020-01-02T16:34:34", "other"),
]
VALUES = [
    *(event(1, "2020-01-04T10:00", "signup", properties={"n": n}) for n in (2, 3, 5.5, 7.5, None)),
    *(event(2, "2020-01-04T11:00", "other", properties={"n": n}) for n in range(101, 201)),
    *(event(2, "2020-01-04T11:00", "mixed", properties={"n": n}) for n in (2, "x", None, 8)),
]
WEEKS = at_times({1: ["2020-11-01", "2020-11-10", "2020-11-11", "2020-11-18"]})
HOURLY = at_times({1: [f"2020-01-02T{hour:02}:30" for hour in range(24) for _ in range(hour)]})
PEOPLE = {
    1: ("foo@example.com", "aa"),
    2: ("bar@example.com", "bb"),
    3: ("efg@example.com", "ab"),
    4: (None, "aa"),
}
TOLD = [
    *(event(who, "2020-01-02T16:34", "page") for who in PEOPLE),
    *(told(who, "2020-01-01", email=email, bar=bar) for who, (email, bar) in PEOPLE.items()),
]
WITH_A = where("person.bar", "contains", "A")


@pytest.mark.parametrize(
    ("events", "body", "expected"),
    [
        (SIGNUPS, asked("2019-12-28", "2020-01-04"), [0, 0, 0, 0, 3, 1, 0, 0]),
        (SIGNUPS, asked("2019-12-28", "2020-01-04", "nobody sent it"), [0] * 8),
        (SIGNUPS, asked("2019-12-28", "2020-01-04", None), [0, 0, 0, 0, 3, 2, 0, 0]),
        (SIGNUPS, asked("2019-12-28", "2020-01-04", measure="dau"), [0, 0, 0, 0, 1, 1, 0, 0]),
        (SIGNUPS, asked("2019-11-24", "2020-01-02", grain="week", week_start=6), [0, 0, 0, 0, 1, 4]),
        (SIGNUPS, asked("2019-09-24", "2020-01-02", grain="month"), [0, 0, 0, 1, 4]),
        (SIGNUPS, asked("2020-01-02", "2020-01-02T20:17", grain="hour"), [0] * 16 + [1] + [0] * 4),
        (SIGNUPS, asked("2019-12-31T22:00", "2020-01-01T01:00", grain="hour"), [0, 0, 3, 0]),
        (
            SIGNUPS,
            asked("2019-12-28", "2020-01-04", filters=where("some", "is", "value")),
            [0, 0, 0, 0, 1, 0, 0, 0],
        ),
        (SIGNUPS, asked("2020-01-01", "2020-01-02", which=where("flag", "is", False)), [2, 0]),
        (SIGNUPS, asked("2020-01-01", "2020-01-02", which=where("number", "is", "80")), [0, 1]),
        (SIGNUPS, asked("2020-01-01", "2020-01-02", which=where("number", "gt", 79)), [0, 1]),
        (SIGNUPS, asked("2020-01-01", "2020-01-02", which=where("some", "is_not", "value")), [2, 1]),
        (SIGNUPS, asked("2020-01-01", "2020-01-02", which=where("some", "is_not_set")), [2, 0]),
        (visits(), asked("2020-01-09", "2020-01-19", "page"), [1, 0, 1, 3, 1, 0, 2, 0, 1, 0, 1]),
        (visits(), asked("2020-01-09", "2020-01-19", "left"), [0, 0, 1, 1, 3, 0, 0, 1, 0, 0, 0]),
        (visits(), asked("2020-01-09", "2020-01-20", "page", "dau"), [1, 0, 1, 3, 1, 0, 2, 0, 1, 0, 1, 0]),
        (
            visits(),
            asked("2020-01-09", "2020-01-20", "page", "sum", of="prop"),
            [20, 0, 10, 60, 10, 0, 50, 0, 10, 0, 10, 0],
        ),
        (
            visits(),
            asked("2020-01-09", "2020-01-17", "page", "mean", of="prop"),
            [20, None, 10, 20, 10, None, 25, None, 10],
        ),
        (WEEKS, asked("2020-10-29", "2020-11-24", "page", grain="week", week_start=6), [0, 1, 2, 1, 0]),
        (WEEKS, asked("2020-11-04", "2020-11-24", "page", grain="week", week_start=6), [0, 2, 1, 0]),
        (
            at_times({1: ["2020-07-10", "2020-07-30", "2020-10-18"]}),
            asked("2020-06-01", "2020-11-24", "page", grain="month"),
            [0, 2, 0, 0, 1, 0],
        ),
        (HOURLY, asked("2020-01-02", "2020-01-02", "page", grain="hour"), [*range(24)]),
        (VALUES, asked("2020-01-04", "2020-01-04", measure="sum", of="n"), [18]),
        (VALUES, asked("2020-01-04", "2020-01-04", measure="mean", of="n"), [4.5]),
        (VALUES, asked("2020-01-04", "2020-01-04", "mixed", measure="mean", of="n"), [5]),
        (VALUES, asked("2020-01-04", "2020-01-04", "other", measure="median", of="n"), [150.5]),
        (VALUES, asked("2020-01-04", "2020-01-04", "other", measure="p90", of="n"), [190.1]),
        (TOLD, asked("2020-01-02", "2020-01-02", "page", filters=WITH_A), [3]),
        (
            TOLD,
            asked("2020-01-02", "2020-01-02", "page", which=WITH_A, filters=where("person.email", "is_set")),
            [2],
        ),
    ],
)
def test_values(ask, use, events: list[Row], body: dict[str, Any], expected: list[float]) -> None:
    use(World(events=events, identities={2: 1} if events is SIGNUPS else {}))
    assert values(ask(**body)) == [pytest.approx(expected)]


def test_parts_come_by_size_then_what_is_not_set(ask, use) -> None:
    use(World(events=SIGNUPS))
    found = parts(ask(**asked("2019-12-21", "2020-01-04", breakdown="some")))
    assert [(name, sum(counts)) for name, counts in found] == [("value", 2), ("other", 1), ("(none)", 2)]
    # Of the same size they come by name.
    assert [name for name, _ in parts(ask(**asked("2020-01-01", "2020-01-02", breakdown="some")))] == [
        "other",
        "value",
        "(none)",
    ]
    assert {name for name, _ in parts(ask(**asked("2020-01-01", "2020-01-02", breakdown="flag")))} == {
        "false",
        "(none)",
    }


def test_parts_of_texts_and_truths_and_sums(ask, use) -> None:
    use(World(events=visits()))
    days = {"first": "2020-01-09", "last": "2020-01-20", "event": "page"}
    found = [(name, sum(counts)) for name, counts in parts(ask(**asked(**days, breakdown="browser")))]
    assert found == [("Chrome", 6), ("Firefox", 2), ("Edge", 1), ("Safari", 1)]
    found = [(name, sum(counts)) for name, counts in parts(ask(**asked(**days, breakdown="bool")))]
    assert found == [("true", 7), ("false", 3)]
    found = parts(ask(**asked(**days, measure="sum", of="prop", breakdown="browser")))
    assert [name for name, _ in found] == ["Chrome", "Firefox", "Safari", "Edge"]
    assert found[1] == ("Firefox", [20, 0, 0, 20] + [0] * 8)
    answer = ask(**asked("2020-01-15", "2020-01-20", "page", breakdown="browser", compare="previous"))
    assert [(name, sum(counts)) for name, counts in parts(answer)] == [("Chrome", 3), ("Safari", 1)]
    before = [(name, sum(counts)) for name, counts in parts(answer["compare"])]
    assert before == [("Chrome", 3), ("Firefox", 2), ("Edge", 1)]


def test_25_parts_and_all_others(ask, use) -> None:
    use(World(events=[event(1, "2020-01-02", "signup", properties={"some": n}) for n in range(25)]))
    body = asked("2020-01-02", "2020-01-02", breakdown="some")
    assert sorted(parts(ask(**body))) == sorted((str(n), [1]) for n in range(25))
    use(World(events=[event(1, "2020-01-02", "signup", properties={"some": n}) for n in range(28)]))
    assert parts(ask(**body))[-1] == ("(other)", [3])


def test_the_parts_shown_are_those_that_measure_most(ask, use) -> None:
    often = [event(1, "2020-01-02", "signup", properties={"some": "often", "n": 1}) for _ in range(3)]
    many = [event(who, "2020-01-02", "signup", properties={"some": "many", "n": 9}) for who in (2, 3)]
    use(World(events=often + many))
    for measure, of, expected in [
        ("events", None, [("often", [3]), ("(other)", [2])]),
        ("people", None, [("many", [2]), ("(other)", [1])]),
        ("wau", None, [("many", [2]), ("(other)", [1])]),
        ("sum", "n", [("many", [18]), ("(other)", [3])]),
    ]:
        body = asked("2020-01-02", "2020-01-02", measure=measure, of=of, breakdown="some", values_shown=1)
        assert parts(ask(**body)) == expected


def test_null_empty_and_missing_are_not_set(ask, use) -> None:
    sent: list[dict[str, Any]] = [{"part": None}, {"part": ""}, {"other": "x"}, {"part": "a"}]
    use(World(events=[event(who, "2024-01-10", "page", properties=has) for who, has in enumerate(sent, 1)]))
    body = asked("2024-01-10", "2024-01-10", "page", breakdown="part")
    assert parts(ask(**body)) == [("a", [1]), ("(none)", [3])]
    point = {"series": 0, "period": "2024-01-10", "breakdown": "(none)"}
    assert [person["id"] for person in ask("trend/people", **body, point=point)["results"]] == ["1", "2", "3"]


def test_compared_with_the_days_before(ask, use) -> None:
    use(World(events=SIGNUPS))
    answer = ask(**asked("2020-01-02", "2020-01-02", compare="previous"))
    assert (values(answer), values(answer["compare"])) == ([[1]], [[3]])
    answer = ask(**asked("2019-12-28", "2020-01-03", compare="previous"))
    assert values(answer["compare"]) == [[0, 0, 0, 1, 0, 0, 0]]
    assert answer["compare"]["periods"][0] == "2019-12-21"
    answer = ask(**asked("2020-01-02", "2020-01-02T20:17", grain="hour", compare="previous"))
    assert values(answer["compare"]) == [[3] + [0] * 20]
    assert answer["compare"]["periods"][0] == "2020-01-01T00:00+00:00"


@pytest.mark.parametrize(("zone", "ahead"), [("UTC", 0), ("Asia/Tokyo", 9), ("America/Phoenix", -7)])
def test_time_zones(ask, use, zone: str, ahead: int) -> None:
    """The same local times everywhere."""
    local = at_times({1: ["2020-01-11T19:01:01", "2020-01-12T02:01:01", "2020-01-21T18:01:01"]}, "signup")
    use(World(events=[later(row, hours=-ahead) for row in local]))
    weekly = asked("2020-01-12", "2020-01-26", grain="week", timezone=zone)
    assert values(ask(**weekly, week_start=6)) == [[1, 1, 0]]
    monday = ask(**weekly)
    assert monday["periods"] == ["2020-01-06", "2020-01-13", "2020-01-20"]
    assert values(monday) == [[1, 0, 1]]
    local = at_times({1: ["2020-01-02T17:01:01", "2020-01-03T17:01:01", "2020-01-06T00:30:01"]}, "signup")
    use(World(events=[having(later(row, hours=-ahead), os="Mac") for row in local]))
    daily = asked("2019-12-29", "2020-01-05", timezone=zone)
    assert values(ask(**daily)) == values(ask(**daily, breakdown="os")) == [[0, 0, 0, 0, 1, 1, 0, 0]]
    assert values(ask(**asked("2019-12-29", "2020-01-05", measure="wau", timezone=zone))) == [[0, 0, 0, 0, 1, 1, 1, 1]]
    hours = ask(**asked("2020-01-03", "2020-01-03T23:59:59", grain="hour", timezone=zone))
    assert (len(hours["periods"]), values(hours)[0][17], sum(values(hours)[0])) == (24, 1, 1)


def test_weeks_around_a_change_of_clocks(ask, use) -> None:
    days = ["2022-11-03T01:01", "2022-11-10T01:01", "2022-11-17T08:30", "2022-11-24T08:30", "2022-11-30T08:30"]
    use(World(events=at_times({1: days}, "signup")))
    weekly = asked("2022-10-31", "2022-11-30", grain="week", week_start=6, timezone="US/Pacific")
    assert values(ask(**weekly)) == [[1, 1, 1, 1, 1]]
    # The hour that clocks show twice is two.
    use(World(events=at_times({1: ["2022-11-06T08:30", "2022-11-06T09:30", "2022-11-06T09:31"]}, "signup")))
    answer = ask(**asked("2022-11-06", "2022-11-06", grain="hour", timezone="US/Pacific"))
    assert len(answer["periods"]) == 25
    assert answer["periods"][1:3] == ["2022-11-06T01:00-07:00", "2022-11-06T01:00-08:00"]
    assert values(answer)[0][:4] == [0, 1, 2, 0]


def test_two_ids_are_one_person_as_long_as_they_are_merged(ask, use) -> None:
    events = at_times({1: ["2020-01-03T01:01"], 3: ["2020-01-03T01:01"]}, "signup")
    events.append(event(2, "2020-01-03T01:01", "other"))
    for identities, people in [({1: 2}, 2), ({1: 3}, 1), ({}, 2)]:
        use(World(events=events, identities=identities))
        assert values(ask(**asked("2020-01-03", "2020-01-03", measure="dau"))) == [[people]]
        assert values(ask(**asked("2020-01-03", "2020-01-03"))) == [[2]]
