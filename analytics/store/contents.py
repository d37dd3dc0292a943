"""What the Django database holds at one moment: the published segments, the inbox, who is whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from analytics.people.channels import Rule, current_rules
from analytics.store.identity_map import IDENTITIES, IdentityMap
from analytics.store.inbox import UNSEALED, Unsealed
from analytics.store.models import Segment
from analytics.store.schema import SCHEMA_VERSION, TABLES
from analytics.store.touch_channels import TOUCHES, Touches


class UnreadableSegment(Exception):
    """A published segment has columns of another version than this program's."""


@dataclass(frozen=True)
class Contents:
    paths: dict[str, list[str]]  # of the published segments, by table
    properties: dict[str, list[str]]  # of which the files of events have columns, by path
    inbox: pa.Table  # unsealed events, with the columns of EVENTS
    identities: pa.Table  # actor, person
    touches: Touches  # of segments that were looked through before
    rules: tuple[Rule, ...]  # which channel a touch belongs to


def contents(first_us: int | None = None, last_us: int | None = None) -> Contents:
    """Read everything in one database snapshot; of events, only what lies in the range, ends included."""
    with one_moment() as own:
        # In a transaction of the caller there may be rows that are never committed: nothing of it is kept.
        inbox, identities, touches = (UNSEALED, IDENTITIES, TOUCHES) if own else (Unsealed(), IdentityMap(), Touches())
        segments = _segments(first_us, last_us)
        return Contents(
            paths={table: [segment.path for segment in of_table] for table, of_table in segments.items()},
            properties={segment.path: segment.properties for segment in segments[Segment.Table.EVENTS]},
            inbox=_within(inbox.current(), first_us, last_us),
            identities=identities.current(),
            touches=touches,
            rules=current_rules(),
        )


@contextmanager
def one_moment() -> Iterator[bool]:
    """Let all queries within see the same state of the database, without stopping any writer.

    Yields whether the snapshot is its own; in a transaction of the caller, that one's isolation holds.
    """
    if connection.in_atomic_block:
        yield False
    elif connection.vendor == "sqlite":
        # atomic() would begin IMMEDIATE and wait for the write lock. A deferred transaction that
        # only reads is a snapshot of the WAL and waits for nobody.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield True
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield True


def _segments(first_us: int | None, last_us: int | None) -> dict[str, list[Segment]]:
    segments: dict[str, list[Segment]] = {table: [] for table in TABLES}
    for segment in Segment.objects.published().order_by("pk"):
        if segment.schema_version != SCHEMA_VERSION:
            raise UnreadableSegment(
                f"{segment.path} has version {segment.schema_version}, this program reads {SCHEMA_VERSION}."
            )
        if segment.table != Segment.Table.EVENTS or segment.meets(first_us, last_us):
            segments[segment.table].append(segment)
    return segments


def _within(events: pa.Table, first_us: int | None, last_us: int | None) -> pa.Table:
    if first_us is not None:
        events = events.filter(pc.field("at_us") >= first_us)
    if last_us is not None:
        events = events.filter(pc.field("at_us") <= last_us)
    return events
