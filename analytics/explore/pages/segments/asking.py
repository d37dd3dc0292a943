"""A segment as it is being made: what of its form can be kept, and how many people that would be."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from analytics.explore.models import PeopleSegment
from analytics.explore.pages.checking import wrong_parts
from analytics.explore.segments import membership
from analytics.explore.segments.definitions import MOST_CONDITIONS, Definition, tree
from analytics.explore.segments.queries import NoSuchSegment, definitions, segment_of
from analytics.explore.segments.requests import CONDITIONS
from analytics.store import pool


def checked(definition: Definition) -> tuple[dict[str, Any], list[str]]:
    """The definition without the conditions that can't be, and a sentence for each of those."""
    good: list[Mapping[str, Any]] = []
    warnings: list[str] = []
    for condition in definition["conditions"]:
        asked = CONDITIONS[condition["kind"]](data=condition)
        if not asked.is_valid():
            path, reason = next(wrong_parts(asked.errors))
            name = ".".join(str(part) for part in path) or condition["kind"]
            told = _("“%(name)s” can't be used here: %(reason)s It is left out.")
            warnings.append(told % {"name": name, "reason": reason})
        elif len(good) == MOST_CONDITIONS:
            warnings.append(_("A segment has at most %(most)d conditions; the rest is left out.") % {"most": len(good)})
            break
        else:
            good.append(asked.validated_data)
    match = definition["match"] if definition["match"] in ("all", "any") else "all"
    return {"match": match, "conditions": good}, warnings


def count_of(definition: Definition) -> int | None:
    """How many people are in it now; None where it has no condition, or names a segment that isn't there.

    Raises what ``pool.ask`` raises.
    """
    known = definitions()
    try:
        inside = tree(definition, lambda pk: segment_of(pk, known))
    except NoSuchSegment:
        return None
    return pool.ask(membership.count, inside) if definition["conditions"] else None


def count_in(segment: PeopleSegment) -> int:
    """Raises what ``pool.ask`` raises."""
    return pool.ask(membership.count, segment_of(segment.pk))
