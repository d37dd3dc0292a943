"""Stickiness of a small world worked out by hand, and against a count by brute force."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.kinds import stickiness
from analytics.explore.kinds.stickiness import Occurrences, Point, Stickiness
from analytics.explore.selecting import Selector
from analytics.metrics.calendar import DAY_US
from tests.explore.conftest import at, event
from tests.metrics.world import World

WORLD = World(
    identities={3: 2},
    events=[
        *(event(1, f"2020-01-{day}T12:00", "page", properties={"browser": "Chrome"}) for day in range(11, 20)),
        event(1, "2020-01-12T13:00", "page"),
        *(event(2, f"2020-01-{day}T12:00", "page") for day in (11, 13, 15)),
        *(event(3, f"2020-01-{day}T12:00", "page") for day in (15, 17, 19)),
        event(1, "2020-01-20T12:00", "left", flags=1),
    ],
)
ASKED = {"from": "2020-01-11", "to": "2020-01-20", "selector": {"event": "page"}, "grain": "day"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]),
        ({"selector": {"event": None}}, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]),
        ({"selector": {"event": "left"}}, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ({"selector": {"event": "nothing"}}, [0] * 10),
        ({"cumulative": True}, [2, 2, 2, 2, 2, 1, 1, 1, 1, 0]),
        ({"filters": [{"property": "browser", "operator": "is", "value": "Chrome"}]}, [0] * 8 + [1, 0]),
        ({"interval_count": 2}, [0, 0, 0, 0, 2]),
        ({"interval_count": 3}, [0, 0, 0, 2]),  # the 18th to 20th are one, the 11th is alone
        ({"interval_count": 30}, [2]),
        ({"occurrences": {"operator": "gte", "value": 2}}, [2] + [0] * 9),
        ({"occurrences": {"operator": "gt", "value": 1}}, [2] + [0] * 9),
        ({"occurrences": {"operator": "exact", "value": 1}}, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
        ({"occurrences": {"operator": "lt", "value": 2}}, [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]),
        ({"occurrences": {"operator": "lte", "value": 2}}, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]),
        ({"occurrences": {"operator": "gte", "value": 3}, "interval_count": 10}, [2]),
        ({"grain": "week"}, [0, 2, 0]),
        ({"grain": "week", "week_start": 6}, [0, 0, 2]),
        (
            {"grain": "week", "from": "2020-01-19", "occurrences": {"operator": "gte", "value": 4}},
            [2, 0],  # the first week is whole
        ),
        ({"grain": "month"}, [2]),
        ({"grain": "hour", "to": "2020-01-11"}, [2] + [0] * 23),
        ({"grain": "hour", "from": "2020-01-12T12:30", "to": "2020-01-12T14:00"}, [0, 1, 0]),
    ],
)
def test_counts(ask, use, how: dict[str, Any], expected: list[int]) -> None:
    use(WORLD)
    answer = ask("stickiness", **ASKED | how)
    assert answer["counts"] == expected
    assert answer["complete"] is True
    assert "events" in answer["sql"]
    for place, count in enumerate(expected):
        found = ask("stickiness/people", **ASKED | how, point={"periods": place + 1})
        assert found["count"] == count


@pytest.mark.django_db
def test_what_is_not_over_is_not_complete(ask, use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(WORLD)
    monkeypatch.setattr(stickiness, "now_us", lambda: at("2020-01-20T23:59"))
    assert ask("stickiness", **ASKED)["complete"] is False


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"selector": None}, "selector"),
        ({"interval_count": 0}, "interval_count"),
        ({"occurrences": {"operator": "about", "value": 1}}, "occurrences"),
        ({"occurrences": {"operator": "gte", "value": 0}}, "occurrences"),
        ({"occurrences": {"operator": "gte"}}, "occurrences"),
        ({"grain": "hour", "from": "2019-01-01"}, "grain"),
        ({"grain": "minute"}, "grain"),
    ],
)
def test_what_can_not_be_asked_is_refused(ask, body: dict[str, Any], field: str) -> None:
    assert field in ask("stickiness", expect=400, **ASKED | body)["errors"]


@pytest.mark.django_db
@pytest.mark.parametrize("periods", [0, 11])
def test_points_that_are_none(ask, periods: int) -> None:
    assert "point" in ask("stickiness/people", expect=400, **ASKED, point={"periods": periods})["errors"]


def by_hand(rows: list[dict[str, Any]], identities: dict[int, int], question: Stickiness) -> list[int]:
    """Days of UTC alone: each event's day, put into intervals from the last day back, and counted."""
    days = (question.last - question.first).days + 1
    times: Counter[tuple[int, int]] = Counter()
    for row in rows:
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["at_us"])).date()
        if question.first <= day <= question.last:
            back = (question.last - day).days // question.interval_count
            times[identities.get(row["actor"], row["actor"]), back] += 1
    least = question.occurrences.value
    active = Counter(person for (person, _), count in times.items() if count >= least)
    most = len(range(0, days, question.interval_count))
    if question.cumulative:
        return [sum(count >= periods for count in active.values()) for periods in range(1, most + 1)]
    return [sum(count == periods for count in active.values()) for periods in range(1, most + 1)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(
        st.fixed_dictionaries(
            {
                "actor": st.integers(1, 4),
                "at_us": st.integers(-8, 48).map(lambda quarter: at("2025-03-27") + quarter * DAY_US // 4),
                "type": st.just("track"),
                "event": st.just("page"),
            }
        ),
        max_size=40,
    ),
    merged=st.dictionaries(st.integers(3, 4), st.integers(1, 2), max_size=2),
    days=st.integers(1, 10),
    interval_count=st.integers(1, 4),
    cumulative=st.booleans(),
    least=st.integers(1, 3),
)
def test_equals_brute_force(duckdb: ibis.BaseBackend, events, merged, days, interval_count, cumulative, least) -> None:
    question = Stickiness(
        first=date(2025, 3, 27),
        last=date(2025, 3, 26) + timedelta(days=days),
        selector=Selector("page"),
        interval_count=interval_count,
        cumulative=cumulative,
        occurrences=Occurrences("gte", least),
    )
    asking = Asking(World(events=events, identities=merged).on(duckdb))
    found = stickiness.answer(asking, question)["counts"]
    assert found == by_hand(events, merged, question)
    for place in {0, len(found) - 1}:
        behind = stickiness.people(asking, question, Point(place + 1))
        assert behind is not None
        assert behind.count().to_pyarrow().as_py() == found[place]
