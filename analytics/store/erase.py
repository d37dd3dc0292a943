"""Erasing people's events: from the inbox at once, from every segment and derived part by rewriting it."""

from collections.abc import Callable, Collection, Sequence

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction

from analytics.collect.models import Event
from analytics.metrics.calendar import DAY_US, day_number, today
from analytics.metrics.properties import with_property_columns
from analytics.store import days, engine, inbox, janitor, lifecycle, timelines
from analytics.store.engine import Session
from analytics.store.lifecycle import LostRace
from analytics.store.locks import alone
from analytics.store.models import Segment
from analytics.store.schema import EVENTS

# How many inbox rows one transaction deletes: on SQLite it holds the write lock meanwhile.
CHUNK = 2_000
# What tells for which days an event counted.
TELLING = ["at_us", "type", "account", "customer_segment"]
TELLING_SCHEMA = pa.schema([EVENTS.field(name) for name in TELLING])

# Which rows of a table are an actor's.
Theirs = Callable[[ir.Table, Collection[int]], ir.BooleanValue]
OF_ACTORS: dict[str, Theirs] = {
    Segment.Table.EVENTS: lambda rows, ids: rows.actor.isin(ids),
    Segment.Table.USER_DAY: lambda rows, ids: rows.actor.isin(ids),
    Segment.Table.SESSIONS: lambda rows, ids: rows.actor.isin(ids),
    Segment.Table.TOUCHES: lambda rows, ids: rows.actor.isin(ids),
    Segment.Table.PERSONA_HISTORY: lambda rows, ids: rows.person.isin(ids),
    Segment.Table.TRAIT_HISTORY: lambda rows, ids: (
        (rows.subject_kind == "actor") & rows.subject.isin([str(number) for number in ids])
    ),
}


def erase_actors(identities: Collection[int]) -> int:
    """Remove every row of these actors and return how many events went.

    The rows are gone from every snapshot when this returns; the files that held them go with the
    janitor, as soon as no reader can have them open. The days they touched are derived again.
    To repeat it is harmless, and is what an interrupted one needs.
    """
    # The inbox first: a sealer that has read these rows then finds them missing and gives up,
    # and one that was faster has published a segment which is looked through below.
    erased = _erase_from_inbox(identities)
    for table in OF_ACTORS:
        with alone(table):
            rows = _erase_from_segments(table, identities)
        erased += rows if table == Segment.Table.EVENTS else 0
    timelines.forget()
    janitor.sweep()
    return erased


def _erase_from_inbox(identities: Collection[int]) -> int:
    """Returns the number of events that were only in the inbox."""
    theirs = Event.objects.filter(actor__in=inbox.among(identities))
    unsealed = 0
    while chunk := list(theirs.values("pk", "segment", *TELLING)[:CHUNK]):
        only_here = [row for row in chunk if row["segment"] is None]
        with transaction.atomic():
            Event.objects.filter(pk__in=inbox.among([row["pk"] for row in chunk])).delete()
            days.queue(_days_told_of(pa.Table.from_pylist(only_here, TELLING_SCHEMA)))
        unsealed += len(only_here)
    return unsealed


def _erase_from_segments(table: str, identities: Collection[int]) -> int:
    erased = 0
    with engine.chosen().session() as session:
        clean = _without(session, list(Segment.objects.published().of(table)), identities)
    while segment := Segment.objects.published().of(table).exclude(pk__in=clean).first():
        try:
            erased += _rewrite_without(segment, identities)
        except LostRace:
            continue  # what replaced it is published now, and its turn comes
        clean.add(segment.pk)
    return erased


def _without(session: Session, segments: Sequence[Segment], identities: Collection[int]) -> set[int]:
    """The segments of one table that hold no row of theirs: most, found by halves in a few questions."""
    if not segments:
        return set()
    rows = session.stored(segments[0].table, [segment.path for segment in segments])
    if not rows.filter(OF_ACTORS[segments[0].table](rows, identities)).limit(1).to_pyarrow().num_rows:
        return {segment.pk for segment in segments}
    if len(segments) == 1:
        return set()
    half = len(segments) // 2
    return _without(session, segments[:half], identities) | _without(session, segments[half:], identities)


def _rewrite_without(segment: Segment, identities: Collection[int]) -> int:
    with engine.chosen().session() as session:
        rows = session.stored(segment.table, [segment.path])
        theirs = OF_ACTORS[segment.table](rows, identities)
        gone = rows.filter(theirs).to_pyarrow()
        if not gone.num_rows:
            return 0
        kept = with_property_columns(rows.filter(~theirs), segment.properties)
        if segment.table == Segment.Table.EVENTS:
            kept = kept.order_by("actor", "at_us")
        drafts = []
        if gone.num_rows < segment.rows:
            batches = session.stream(kept)
            drafts.append(
                lifecycle.draft(
                    segment.table,
                    Segment.Origin.REWRITE,
                    batches,
                    month=segment.month,
                    properties=segment.properties,
                )
            )

    def queue_days() -> None:
        if segment.table == Segment.Table.EVENTS:
            days.queue(_days_told_of(gone.select(TELLING)))
        if segment.table == Segment.Table.SESSIONS:
            days.queue(_days_lasted(gone))

    lifecycle.publish(drafts, replacing=[segment.pk], also=queue_days)
    return gone.num_rows


def _days_told_of(events: pa.Table) -> list[int]:
    """The days of these events, and all since one told an account's segment, which held for others in it."""
    told = (pc.field("type") == "group") & (pc.field("account") != "") & (pc.field("customer_segment") != "")
    since = days.days_of(events.filter(told)["at_us"])[:1]
    until = day_number(today(settings.PROJECT_TIME_ZONE))
    return [*days.days_of(events["at_us"]), *(day for first in since for day in range(first, until + 1))]


def _days_lasted(sessions: pa.Table) -> list[int]:
    """All days of these sessions: on a shared device others may have acted in them, who must be counted anew."""
    spans = zip(sessions["start_us"].to_pylist(), sessions["end_us"].to_pylist(), strict=True)
    # Half a day at a time meets every day, even one that a change of clocks has shortened.
    return days.days_of(pa.chunked_array([[*range(start, end, DAY_US // 2), end] for start, end in spans]))
