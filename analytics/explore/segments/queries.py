"""Reading segments: what they say, on what they rest, who is on their lists."""

from collections.abc import Mapping

from analytics.explore.conditions import PERSON
from analytics.explore.models import PeopleSegment, SegmentMember
from analytics.explore.segments.definitions import Definition, properties, tree, within
from analytics.explore.segments.members import Listed, Segment
from analytics.people.removal import PERSONAL_TRAITS


class NoSuchSegment(LookupError):
    """A segment that doesn't exist, or not any more."""


def definitions() -> dict[int, Definition | None]:
    """Of every segment its definition; None: it is a list."""
    return dict(PeopleSegment.objects.values_list("pk", "definition"))


def segment_of(pk: int, known: Mapping[int, Definition | None] | None = None) -> Segment:
    """A segment as questions carry it. Raises NoSuchSegment."""
    known = definitions() if known is None else known
    if pk not in known:
        raise NoSuchSegment(pk)
    definition = known[pk]
    if definition is None:
        members = SegmentMember.objects.filter(segment=pk).order_by("identity")
        return Listed(tuple(members.values_list("identity", flat=True)))
    return tree(definition, lambda inner: segment_of(inner, known))


def properties_of(pk: int, known: Mapping[int, Definition | None]) -> set[str]:
    """Every property by which a segment, and those it rests on, tell people apart."""
    reached = (known.get(one) for one in within(pk, known))
    return {name for definition in reached if definition for name in properties(definition)}


def is_personal(pk: int, known: Mapping[int, Definition | None]) -> bool:
    """Whether a segment is made by what tells who somebody is: not every role may see by what."""
    return any(name.removeprefix(PERSON) in PERSONAL_TRAITS for name in properties_of(pk, known))
