"""Definitions of dynamic segments as they are kept: what they refer to, how far they reach, what they say.

A definition is what ``segments.requests.DefinitionSerializer`` lets through. It may name other
segments; together they form a graph that must not be endless, nor deep, nor large.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from analytics.explore.conditions import Condition
from analytics.explore.mapped import condition_of
from analytics.explore.segments.members import Being, Belonging, Doing, Filtered, Segment
from analytics.explore.selector import Selector

Definition = Mapping[str, Any]

MOST_CONDITIONS = 20  # of one segment
MOST_LEVELS = 5  # of segments within segments
MOST_IN_ALL = 100  # conditions, those of segments within counted as often as they are used


class Unbounded(ValueError):
    """Segments that refer to one another in a circle, too deeply or too often."""


def references(definition: Definition | None) -> Iterator[int]:
    """The segments that a definition names; none of a list, which has no definition."""
    for condition in (definition or {}).get("conditions", ()):
        if condition["kind"] == "segment":
            yield condition["segment"]


def properties(definition: Definition) -> Iterator[str]:
    """Every property by which a definition tells people apart."""
    for condition in definition["conditions"]:
        if condition["kind"] == "person":
            yield condition["property"]
        for one in condition.get("filters", ()):
            yield one["property"]


def within(segment: int, definitions: Mapping[int, Definition | None]) -> Iterator[int]:
    """The segment, and all those it rests on, each once."""
    seen, waiting = set(), [segment]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield one
            waiting.extend(references(definitions.get(one)))


def extent(
    segment: int, definitions: Mapping[int, Definition | None], above: frozenset[int] = frozenset()
) -> tuple[int, int]:
    """How many levels a segment has, and how many conditions in all. Raises Unbounded."""
    if segment in above:
        raise Unbounded("circle")
    if len(above) >= MOST_LEVELS:
        raise Unbounded("levels")
    definition = definitions.get(segment) or {}
    inner = [extent(one, definitions, above | {segment}) for one in references(definition)]
    levels = 1 + max((levels for levels, _ in inner), default=0)
    conditions = len(definition.get("conditions", ())) + sum(conditions for _, conditions in inner)
    if conditions > MOST_IN_ALL:
        raise Unbounded("conditions")
    return levels, conditions


def tree(definition: Definition, segment_of: Callable[[int], Segment]) -> Filtered:
    """What a definition says, for ``members.only_members``; ``segment_of`` gives the segments that it names."""
    return Filtered(definition["match"], tuple(_condition(one, segment_of) for one in definition["conditions"]))


def _condition(one: Definition, segment_of: Callable[[int], Segment]) -> Being | Doing | Belonging:
    match one["kind"]:
        case "person":
            return Being(_filter(one))
        case "event":
            selector = Selector(one["event"], tuple(_filter(each) for each in one["filters"]))
            first, last = (_day(one[end]) for end in ("from", "to"))
            return Doing(selector, one["at_least"], one["at_most"], one["days"], first, last)
        case _:
            return Belonging(segment_of(one["segment"]), one["inside"])


def _filter(one: Definition) -> Condition:
    value = tuple(one["value"]) if isinstance(one["value"], list) else one["value"]
    return condition_of(one["property"], one["operator"], value)


def _day(kept: str | date | None) -> date | None:
    """A day as it is kept, or as it was just sent."""
    return date.fromisoformat(kept) if isinstance(kept, str) else kept
