"""What the Django database holds at one moment: the published segments, the inbox, who is whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import F

from analytics.collect.models import Event
from analytics.people.models import Identity, IdentityEdge
from analytics.store import inbox
from analytics.store.models import Segment
from analytics.store.schema import SCHEMA_VERSION, TABLES

IDENTITIES = pa.schema({"actor": pa.int64(), "person": pa.int64()})


class UnreadableSegment(Exception):
    """A published segment has columns of another version than this program's."""


@dataclass(frozen=True)
class Contents:
    segments: dict[str, list[Segment]]  # by table, only those that the reader's range can meet
    inbox: pa.Table  # columns of EVENTS
    identities: pa.Table  # columns of IDENTITIES


def contents(first_us: int | None = None, last_us: int | None = None) -> Contents:
    """Read everything in one database snapshot; of events, only what lies in the range, ends included."""
    with one_moment():
        return Contents(
            segments=_segments(first_us, last_us), inbox=_unsealed(first_us, last_us), identities=_identities()
        )


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all queries within see the same state of the database, without stopping any writer.

    Inside a transaction of the caller its isolation holds.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        # atomic() would begin IMMEDIATE and wait for the write lock. A deferred transaction that
        # only reads is a snapshot of the WAL and waits for nobody.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


def _segments(first_us: int | None, last_us: int | None) -> dict[str, list[Segment]]:
    by_table: dict[str, list[Segment]] = {table: [] for table in TABLES}
    for segment in Segment.objects.published().order_by("pk"):
        if segment.schema_version != SCHEMA_VERSION:
            raise UnreadableSegment(
                f"{segment.path} has version {segment.schema_version}, this program reads {SCHEMA_VERSION}."
            )
        if segment.table != Segment.Table.EVENTS or segment.meets(first_us, last_us):
            by_table[segment.table].append(segment)
    return by_table


def _unsealed(first_us: int | None, last_us: int | None) -> pa.Table:
    events = Event.objects.unsealed()
    if first_us is not None:
        events = events.filter(at_us__gte=first_us)
    if last_us is not None:
        events = events.filter(at_us__lte=last_us)
    return inbox.as_table(events)


def _identities() -> pa.Table:
    moved = list(Identity.objects.exclude(person=F("id")).values_list("id", "person"))
    actors, persons = zip(*moved, strict=True) if moved else ((), ())
    return pa.table([actors, persons], schema=IDENTITIES)


def newest_edge() -> int:
    return IdentityEdge.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
