"""Compaction: many small segments of mixed months become a few for each month, with the columns questions ask for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby, pairwise
from math import inf
from operator import itemgetter

import numpy as np
import pyarrow as pa
from django.conf import settings
from django.db.models import QuerySet

from analytics.metrics.calendar import date_of, local_day, period_of
from analytics.metrics.properties import with_property_columns
from analytics.store import engine, lifecycle
from analytics.store.asked import hot_properties
from analytics.store.lifecycle import Draft, LostRace
from analytics.store.models import Segment
from analytics.store.schema import columns

# What one run sorts; beyond QUERY_MEMORY_MB the engine spills to disk.
ROWS_PER_RUN = 2_000_000
# A month's segments are merged when there are more than these, so that a late event now and then
# doesn't rewrite a month each time; a segment that has grown large stays as it is.
FEW = 4
LARGE = 1_000_000


def compact() -> int:
    """Sort mixed segments into months, then merge the small ones of each month; return how many were replaced.

    Replaced files stay until no reader can hold them. When another process replaces one of the
    segments first, what was merged is thrown away and left to the next run.
    """
    properties = hot_properties()
    replaced = 0
    try:
        while group := _mixed() or _crowded():
            _rewrite(group, properties)
            replaced += len(group)
    except LostRace:
        pass
    return replaced


def widen(most_rows: float = inf) -> int:
    """Give the segments of months a column for each hot property that they lack; return how many were replaced.

    Those that lack most come first, then the newest. No further one is begun when it would make
    more than ``most_rows``: that is left to the next run.
    """
    properties = hot_properties()
    replaced = rows = 0
    for segment in _lacking(properties):
        rows += segment.rows
        if replaced and rows > most_rows:
            break
        with suppress(LostRace):  # what replaced it has the columns, or gets them next time
            _rewrite([segment], properties)
            replaced += 1
    return replaced


def _mixed() -> list[Segment]:
    """The oldest segments that aren't of one month, as many as one run can sort but at least one."""
    group: list[Segment] = []
    rows = 0
    for segment in _published().filter(month=""):
        rows += segment.rows
        if group and rows > ROWS_PER_RUN:
            break
        group.append(segment)
    return group


def _crowded() -> list[Segment]:
    """The small segments of a month that has more than a few of them."""
    months = defaultdict(list)
    for segment in _published().exclude(month="").filter(rows__lt=LARGE):
        months[segment.month].append(segment)
    return next((segments for segments in months.values() if len(segments) > FEW), [])


def _lacking(properties: Collection[str]) -> list[Segment]:
    """The segments of months without a column for some of the properties, those that gain most first."""
    lacks = {segment: set(properties).difference(segment.properties) for segment in _published().exclude(month="")}
    lacking = [segment for segment, missing in lacks.items() if missing]
    return sorted(lacking, key=lambda segment: (len(lacks[segment]), segment.month), reverse=True)


def _published() -> QuerySet[Segment]:
    return Segment.objects.published().of(Segment.Table.EVENTS).order_by("pk")


def _rewrite(group: Sequence[Segment], properties: Sequence[str]) -> None:
    drafts: list[Draft] = []
    with lifecycle.discarded_on_failure(drafts):
        with engine.chosen().session() as session:
            events = session.stored(Segment.Table.EVENTS, [segment.path for segment in group])
            month = period_of(local_day(events.at_us, settings.PROJECT_TIME_ZONE), "month")
            rows = with_property_columns(events, properties).mutate(month_=month).order_by("month_", "actor", "at_us")
            names = columns(Segment.Table.EVENTS, properties).names
            for name, pairs in groupby(_by_month(session.stream(rows), names), key=itemgetter(0)):
                batches = (batch for _, batch in pairs)
                drafts.append(
                    lifecycle.draft(
                        Segment.Table.EVENTS, Segment.Origin.REWRITE, batches, month=name, properties=properties
                    )
                )
        lifecycle.publish(drafts, replacing=[segment.pk for segment in group])


def _by_month(sorted_batches: Iterable[pa.RecordBatch], names: Sequence[str]) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Cut batches that are sorted by the day number ``month_`` where it changes, and name the months."""
    for batch in sorted_batches:
        months = batch["month_"].to_numpy()
        cuts = [0, *(np.flatnonzero(np.diff(months)) + 1), len(months)]
        events = batch.select(names)
        for start, end in pairwise(cuts):
            if end > start:
                yield date_of(int(months[start])).strftime("%Y-%m"), events.slice(start, end - start)
