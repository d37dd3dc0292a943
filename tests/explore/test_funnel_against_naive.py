"""Funnels of made-up worlds, against a reference that goes from event to event."""

from datetime import date
from random import Random

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.explore.kinds.funnel import attempts, passes
from analytics.explore.kinds.funnel.question import Exclusion, Funnel, Step, Window
from tests.explore.naive_funnel import Event, furthest, in_any_order

HOUR = 3_600_000_000
START = 1_741_000_000_000_000
COUNT = 4
WINDOW = 6
COLUMNS = {
    "person": "int64",
    "at_us": "int64",
    "steps": "int64",
    "excludes": "int64",
    "begins": "boolean",
}

few = settings(max_examples=5)  # each is a world of many people, asked for in one query
worlds = st.integers(0, 2**32)


def people(seed: int, *kinds: str) -> list[list[Event]]:
    """People with up to nine events within fifteen hours: steps, and those of ``kinds``."""
    chance = Random(seed)

    def event() -> Event:
        at = chance.randrange(15)
        if (kind := chance.choice(["step", "step", *kinds])) == "step":
            return Event(at, frozenset(chance.sample(range(COUNT), chance.choice([1, 1, 2]))))
        return Event(at, frozenset(), frozenset({1} if kind == "exclusion" else ()))

    return [[event() for _ in range(chance.randrange(10))] for _ in range(200)]


def deadline(start: int) -> int:
    return start + WINDOW


def table(everyone: list[list[Event]]) -> ibis.Table:
    rows = [
        (person, START + each.at * HOUR, bits(each.steps), bits(each.excludes), True)
        for person, events in enumerate(everyone, 1)
        for each in events
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
    rows = table(everyone)
    portable = by_person(attempts.reached(rows, funnel).to_pyarrow())
    if passes.can_take(funnel):
        assert by_person(passes.of_rows(rows.to_pyarrow(), funnel)) == portable
    return portable


def by_person(reached: pa.Table) -> dict[int, dict[int, int]]:
    answer: dict[int, dict[int, int]] = {}
    for row in reached.to_pylist():
        answer.setdefault(row["person"], {})[row["step"]] = (row["at_us"] - START) // HOUR
    return answer


def expected(everyone: list[list[Event]], **how) -> dict[int, dict[int, int]]:
    each = {person: furthest(events, COUNT, deadline, **how) for person, events in enumerate(everyone, 1)}
    return {person: times for person, times in each.items() if times}


@given(worlds)
@few
def test_ordered(seed) -> None:
    everyone = people(seed)
    assert found(everyone) == expected(everyone)


@given(worlds)
@few
def test_strict(seed) -> None:
    everyone = people(seed, "other")
    assert found(everyone, order="strict") == expected(everyone, strict=True)


@given(worlds)
@few
def test_exclusions(seed) -> None:
    everyone = people(seed, "exclusion")
    excluding = (Exclusion("x", (), 1, 2),)
    assert found(everyone, exclusions=excluding) == expected(everyone)


@pytest.mark.parametrize("optional", [{1}, {2}, {1, 2}, {3}])
@given(seed=worlds)
@few
def test_optional_steps(seed, optional) -> None:
    everyone = people(seed)
    asked = tuple(Step(optional=number in optional) for number in range(COUNT))
    assert found(everyone, steps=asked) == expected(everyone, optional=frozenset(optional))


def any_order(everyone: list[list[Event]]) -> dict[int, list[int]]:
    naive = {person: in_any_order(events, COUNT, deadline) for person, events in enumerate(everyone, 1)}
    return {person: times for person, times in naive.items() if times}


@given(worlds)
@few
def test_unordered(seed) -> None:
    everyone = people(seed)
    answer = found(everyone, order="unordered")
    assert {person: list(times.values()) for person, times in answer.items()} == any_order(everyone)


@given(worlds)
@few
def test_unordered_with_exclusions(seed) -> None:
    everyone = people(seed, "exclusion")
    answer = found(everyone, order="unordered", exclusions=(Exclusion("x", (), 0, COUNT - 1),))
    assert {person: list(times.values()) for person, times in answer.items()} == any_order(everyone)
