"""Funnels of made-up worlds, against a reference that goes from event to event."""

from datetime import date

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.explore.kinds.funnel.attempts import reached
from analytics.explore.kinds.funnel.question import Exclusion, Funnel, Step, Window
from tests.explore.naive_funnel import Event, furthest, in_any_order

HOUR = 3_600_000_000
START = 1_741_000_000_000_000
COUNT = 4
WINDOW = 6
COLUMNS = {
    "person": "int64",
    "at_us": "int64",
    "source": "int64",
    "message_id": "string",
    "steps": "int64",
    "excludes": "int64",
    "begins": "boolean",
}

steps = st.frozensets(st.integers(0, COUNT - 1), min_size=1, max_size=2)
step_events = st.builds(Event, st.integers(0, 14), steps)
exclusions = st.builds(Event, st.integers(0, 14), st.just(frozenset()), st.just(frozenset({1})))
others = st.builds(Event, st.integers(0, 14), st.just(frozenset()))

few = settings(max_examples=12)  # each is a world of many people, asked for in one query


def people(*kinds):
    return st.lists(st.lists(st.one_of(*kinds), max_size=9), min_size=1, max_size=60)


def deadline(start: int) -> int:
    return start + WINDOW


def table(everyone: list[list[Event]]) -> ibis.Table:
    rows = [
        (person, START + each.at * HOUR, 1, f"{place:02}", bits(each.steps), bits(each.excludes), True)
        for person, events in enumerate(everyone, 1)
        for place, each in enumerate(events)
    ]
    return ibis.memtable([dict(zip(COLUMNS, row, strict=True)) for row in rows] or None, schema=COLUMNS)


def bits(numbers) -> int:
    return sum(1 << number for number in numbers)


def found(everyone: list[list[Event]], **asked) -> dict[int, dict[int, int]]:
    funnel = Funnel(
        first=date(2025, 3, 1),
        last=date(2025, 3, 31),
        steps=asked.pop("steps", (Step(),) * COUNT),
        window=Window(WINDOW, "hour"),
        **asked,
    )
    answer: dict[int, dict[int, int]] = {}
    for row in reached(table(everyone), funnel).to_pyarrow().to_pylist():
        answer.setdefault(row["person"], {})[row["step"]] = (row["at_us"] - START) // HOUR
    return answer


def expected(everyone: list[list[Event]], **how) -> dict[int, dict[int, int]]:
    each = {person: furthest(events, COUNT, deadline, **how) for person, events in enumerate(everyone, 1)}
    return {person: times for person, times in each.items() if times}


@given(people(step_events))
@few
def test_ordered(everyone) -> None:
    assert found(everyone) == expected(everyone)


@given(people(step_events, others))
@few
def test_strict(everyone) -> None:
    assert found(everyone, order="strict") == expected(everyone, strict=True)


@given(people(step_events, exclusions))
@few
def test_exclusions(everyone) -> None:
    excluding = (Exclusion("x", (), 1, 2),)
    assert found(everyone, exclusions=excluding) == expected(everyone)


@pytest.mark.parametrize("optional", [{1}, {2}, {1, 2}, {3}])
@given(everyone=people(step_events))
@few
def test_optional_steps(everyone, optional) -> None:
    asked = tuple(Step(optional=number in optional) for number in range(COUNT))
    assert found(everyone, steps=asked) == expected(everyone, optional=frozenset(optional))


@given(people(step_events))
@few
def test_unordered(everyone) -> None:
    answer = found(everyone, order="unordered")
    naive = {person: in_any_order(events, COUNT, deadline) for person, events in enumerate(everyone, 1)}
    assert {person: list(times.values()) for person, times in answer.items()} == {
        person: times for person, times in naive.items() if times
    }
