"""Retention equals a count by brute force in random worlds; so do the people behind each cell."""

from datetime import date
from typing import Any

import ibis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.kinds import retention
from analytics.explore.kinds.retention import Point, Retention, rows
from analytics.explore.selecting import Selector
from analytics.metrics.calendar import DAY_US
from tests.explore.conftest import at
from tests.explore.naive_retention import NaiveRetention
from tests.metrics.world import World

NOON = at("2025-03-28T12:00")  # two days later the clocks of Berlin are put forward
GRAIN_US = {"hour": DAY_US // 24, "day": DAY_US, "week": 7 * DAY_US, "month": 30 * DAY_US}


@st.composite
def worlds(draw: st.DrawFn, grain: str) -> World:
    """People who do one thing or another within some periods, often right where one ends."""
    unit = GRAIN_US[grain]
    moments = st.integers(-6 * 4, 4 * 4).map(lambda quarter: NOON + quarter * unit // 4)
    events = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "actor": st.integers(1, 5),
                    "at_us": st.builds(int.__add__, moments, st.sampled_from([0, 0, -1, 1, 3_600_000_000])),
                    "event": st.sampled_from(["start", "back"]),
                    "flags": st.sampled_from([0, 0, 0, 1, 2]),
                }
            ),
            max_size=25,
        )
    )
    merged = draw(st.dictionaries(st.integers(4, 5), st.integers(1, 3), max_size=2))
    rows = [row | {"type": "track", "message_id": str(number)} for number, row in enumerate(events)]
    return World(events=rows, identities=merged)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_equals_brute_force(duckdb: ibis.BaseBackend, data: st.DataObject) -> None:
    grain = data.draw(st.sampled_from(["hour", "day", "week", "month"]))
    brackets = st.one_of(st.just([]), st.sets(st.integers(1, 5), min_size=1, max_size=3).map(sorted))
    asked: dict[str, Any] = {
        "to": "2025-03-30",
        "timezone": data.draw(st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])),
        "week_start": data.draw(st.sampled_from([0, 6])),
        "start": {"event": data.draw(st.sampled_from(["start", None]))},
        "return": {"event": data.draw(st.sampled_from(["start", "back", None]))},
        "mode": data.draw(st.sampled_from(["first_time", "recurring"])),
        "grain": grain,
        "periods": data.draw(st.integers(1, 5)),
        "on_or_after": data.draw(st.booleans()),
        "minimum_occurrences": data.draw(st.sampled_from([1, 1, 2])),
        "window": data.draw(st.sampled_from(["calendar", "24h"])),
        "brackets": data.draw(brackets),
    }
    question = Retention(
        first=date(2025, 3, 30),
        last=date(2025, 3, 30),
        timezone=asked["timezone"],
        week_start=asked["week_start"],
        start=Selector(asked["start"]["event"]),
        returning=Selector(asked["return"]["event"]),
        mode=asked["mode"],
        grain=asked["grain"],
        count=asked["periods"],
        on_or_after=asked["on_or_after"],
        minimum_occurrences=asked["minimum_occurrences"],
        rolling=asked["window"] == "24h",
        brackets=tuple(asked["brackets"]),
    )
    world = data.draw(worlds(grain))
    asking = Asking(world.on(duckdb))
    answer = retention.answer(asking, question)
    found = [cohort["returned"] for cohort in answer["cohorts"]]
    assert found == NaiveRetention(world, **asked).table()
    portable = rows.cells(asking, question)  # what is answered may come from a faster form
    assert found == [
        [portable.get((cohort, place), 0) for place in range(len(row))] for cohort, row in enumerate(found)
    ]
    cohort = data.draw(st.integers(0, len(found) - 1))
    offset = data.draw(st.integers(0, len(found[cohort]) - 1))
    behind = retention.people(asking, question, Point(cohort, offset))
    assert behind is not None
    assert behind.select("person").distinct().count().to_pyarrow().as_py() == found[cohort][offset]


def test_nobody_is_behind_a_cell_of_an_empty_world(duckdb: ibis.BaseBackend) -> None:
    question = Retention(first=date(2025, 1, 1), last=date(2025, 1, 2), start=Selector(), returning=Selector())
    behind = retention.people(Asking(World().on(duckdb)), question, Point(0, 1))
    assert behind is not None
    assert behind.count().to_pyarrow().as_py() == 0
