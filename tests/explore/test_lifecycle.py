"""The lifecycle of small worlds worked out by hand, and against a count by brute force."""

from datetime import date, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.kinds import lifecycle
from analytics.explore.kinds.lifecycle import STATUSES, Lifecycle, Point
from analytics.explore.selecting import Selector
from analytics.metrics.calendar import DAY_US
from tests.explore.conftest import at, event
from tests.metrics.naive import on, period
from tests.metrics.world import World

DAYS = {1: [11, 12, 13, 15, 17, 19], 2: [9, 12], 3: [12], 4: [15]}
EVENTS = [event(who, f"2020-01-{day:02}T12:00", "page") for who in DAYS for day in DAYS[who]]
ASKED = {"from": "2020-01-12", "to": "2020-01-19", "selector": {"event": "page"}, "grain": "day"}


def counts(answer: dict[str, Any]) -> list[list[int]]:
    return [answer[status] for status in STATUSES]


@pytest.mark.django_db
def test_everyone_has_one_status_in_a_period(ask, use) -> None:
    use(World(events=EVENTS))
    answer = ask("lifecycle", **ASKED)
    assert answer["periods"] == [f"2020-01-{day}" for day in range(12, 20)]
    assert counts(answer) == [
        [1, 0, 0, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 1, 0, 1, 0, 1],
        [0, 2, 1, 0, 2, 0, 1, 0],
    ]
    for status in STATUSES:
        for number, label in enumerate(answer["periods"]):
            found = ask("lifecycle/people", **ASKED, point={"period": label, "status": status})
            assert found["count"] == answer[status][number]


@pytest.mark.django_db
def test_whole_weeks_and_months_and_hours(ask, use) -> None:
    use(World(events=EVENTS))
    weekly = ASKED | {"grain": "week", "from": "2020-01-14", "to": "2020-01-15"}
    answer = ask("lifecycle", **weekly)
    assert answer["periods"] == ["2020-01-13"]
    assert counts(answer) == [[1], [1], [0], [2]]  # 2 and 3 stayed away; the week goes on to the 19th
    answer = ask("lifecycle", **ASKED | {"grain": "month", "to": "2020-02-01"})
    assert counts(answer) == [[4, 0], [0, 0], [0, 0], [0, 4]]
    answer = ask("lifecycle", **ASKED | {"grain": "hour", "from": "2020-01-12T12:10", "to": "2020-01-12T13:00"})
    assert answer["periods"] == ["2020-01-12T12:00+00:00", "2020-01-12T13:00+00:00"]
    assert counts(answer) == [[1, 0], [0, 0], [2, 0], [0, 3]]


@pytest.mark.django_db
def test_created_is_the_earliest_event_of_any_kind_of_any_merged_id(ask, use) -> None:
    told = event(1, "2020-01-01T10:00", "identify", type="identify")
    use(
        World(
            identities={2: 3},
            events=[
                told,
                event(1, "2020-01-12T12:00", "page"),  # known before, never active: resurrected
                event(2, "2020-01-02T12:00", "other"),
                event(3, "2020-01-12T12:00", "page"),  # of one person with 2
                event(4, "2020-01-12T10:00", "identify", type="identify"),
                event(4, "2020-01-12T12:00", "page"),  # new
                event(5, "2020-01-12T10:00", "other"),
                event(5, "2020-01-13T10:00", "page"),  # created the day before, not active in it
                event(6, "2020-01-01T10:00", "page", flags=2),
                event(6, "2020-01-12T10:00", "page"),  # a bot's event made nobody
            ],
        )
    )
    answer = ask("lifecycle", **ASKED | {"to": "2020-01-13"})
    assert counts(answer) == [[2, 0], [0, 0], [2, 1], [0, 4]]


@pytest.mark.django_db
def test_periods_that_are_not_over(ask, use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(World(events=EVENTS))
    monkeypatch.setattr(lifecycle, "now_us", lambda: at("2020-01-18T00:00"))
    assert ask("lifecycle", **ASKED)["complete"] == [True] * 6 + [False] * 2


@pytest.mark.django_db
def test_nothing_found_is_zeros(ask, use) -> None:
    use(World())
    assert counts(ask("lifecycle", **ASKED | {"to": "2020-01-13"})) == [[0, 0]] * 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"selector": {"event": 5, "filters": "all"}}, "selector"),
        ({"grain": "quarter"}, "grain"),
        ({"grain": "hour", "from": "2010-01-01"}, "grain"),
        ({"from": "2020-01-20"}, "from"),
    ],
)
def test_what_can_not_be_asked_is_refused(ask, body: dict[str, Any], field: str) -> None:
    assert field in ask("lifecycle", expect=400, **ASKED | body)["errors"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "point", [{"period": "2020-01-11", "status": "new"}, {"period": "2020-01-12", "status": "gone"}, {"status": "new"}]
)
def test_points_that_are_none(ask, point: dict[str, str]) -> None:
    assert "point" in ask("lifecycle/people", expect=400, **ASKED, point=point)["errors"]


def by_hand(world: World, question: Lifecycle) -> list[list[int]]:
    """Days of UTC alone: for every period, look at everyone and all they did."""

    def cut(at_us: int) -> date:
        return period(on(at_us // DAY_US), question.grain, question.week_start)

    people = {world.identities.get(row["actor"], row["actor"]) for row in world.events}
    starts = sorted({cut(at("2025-03-27") + day * DAY_US) for day in range((question.last - question.first).days + 1)})
    table = []
    for start in starts:
        found = dict.fromkeys(STATUSES, 0)
        before = period(start - timedelta(days=1), question.grain, question.week_start)
        for person in people:
            rows = [row for row in world.events if world.identities.get(row["actor"], row["actor"]) == person]
            active = {cut(row["at_us"]) for row in rows if row["event"] == "page"}
            created = cut(min(row["at_us"] for row in rows))
            if start in active:
                status = "new" if created == start else "returning" if before in active else "resurrected"
                found[status] += 1
            elif before in active:
                found["dormant"] += 1
        table.append([found[status] for status in STATUSES])
    return [list(column) for column in zip(*table, strict=True)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(
        st.fixed_dictionaries(
            {
                "actor": st.integers(1, 5),
                "at_us": st.integers(-20, 48).map(lambda half: at("2025-03-27") + half * DAY_US // 2),
                "type": st.just("track"),
                "event": st.sampled_from(["page", "page", "other"]),
            }
        ),
        max_size=40,
    ),
    merged=st.dictionaries(st.integers(4, 5), st.integers(1, 3), max_size=2),
    days=st.integers(1, 20),
    grain=st.sampled_from(["day", "week", "month"]),
    week_start=st.integers(0, 6),
    data=st.data(),
)
def test_equals_brute_force(duckdb: ibis.BaseBackend, events, merged, days, grain, week_start, data) -> None:
    question = Lifecycle(
        first=date(2025, 3, 27),
        last=date(2025, 3, 26) + timedelta(days=days),
        selector=Selector("page"),
        grain=grain,
        week_start=week_start,
    )
    world = World(events=events, identities=merged)
    asking = Asking(world.on(duckdb))
    answer = lifecycle.answer(asking, question)
    assert counts(answer) == by_hand(world, question)
    number, status = data.draw(st.integers(0, len(answer["periods"]) - 1)), data.draw(st.sampled_from(STATUSES))
    behind = lifecycle.people(asking, question, Point(number, status))
    assert behind is not None
    assert behind.select("person").distinct().count().to_pyarrow().as_py() == answer[status][number]
