"""Who is in a segment today. These functions read events: run them in a query process."""

from django.conf import settings

from analytics.explore.segments.members import AsOf, Segment, everyone, only_members
from analytics.explore.sent import sent_properties
from analytics.metrics.calendar import today
from analytics.store.reading import snapshot


def count(segment: Segment) -> int:
    with snapshot(properties=sent_properties(segment)) as tables:
        return only_members(tables, everyone(tables), segment, _now()).count().to_pyarrow().as_py()


def people(segment: Segment, offset: int = 0, limit: int | None = None) -> tuple[int, list[int]]:
    """How many people are in the segment, and some of them, or all, by id."""
    with snapshot(properties=sent_properties(segment)) as tables:
        members = only_members(tables, everyone(tables), segment, _now()).order_by("person")
        found = members.to_pyarrow()["person"]
    return len(found), found.slice(offset, limit).to_pylist()


def _now() -> AsOf:
    return AsOf(today(settings.PROJECT_TIME_ZONE), settings.PROJECT_TIME_ZONE)
