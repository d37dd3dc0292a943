"""How segments come and go: written, published, replaced; what readers see changes in one transaction."""

from collections.abc import Collection, Iterable
from uuid import uuid4

import pyarrow as pa
from django.utils import timezone

from analytics.store import engine
from analytics.store.models import Segment
from analytics.store.parquet import Written
from analytics.store.schema import SCHEMA_VERSION


class LostRace(Exception):
    """Someone else sealed, replaced or erased the same rows first: what was written is to be thrown away."""


def write(
    table: str, origin: Segment.Origin, batches: Iterable[pa.RecordBatch | pa.Table], *, month: str = ""
) -> tuple[Segment, Written]:
    """Write rows into a new segment, which nobody sees until it is published.

    The row in state ``writing`` comes first: whatever happens then, the janitor knows the file.
    """
    path = f"segments/{table}/{uuid4().hex}.parquet"
    segment = Segment.objects.create(table=table, origin=origin, path=path, month=month, schema_version=SCHEMA_VERSION)
    return segment, engine.chosen().write(table, path, batches)


def publish(segment: Segment, written: Written) -> None:
    """Show a written segment to every snapshot from now on, in the caller's transaction."""
    published = Segment.objects.filter(pk=segment.pk, state=Segment.State.WRITING).update(
        state=Segment.State.PUBLISHED,
        rows=written.rows,
        bytes=written.bytes,
        min_at_us=written.min_at_us,
        max_at_us=written.max_at_us,
        published_at=timezone.now(),
    )
    if not published:
        raise LostRace(segment.path)
    segment.refresh_from_db()


def retire(ids: Collection[int]) -> None:
    """Hide published segments from every snapshot from now on, in the caller's transaction."""
    retired = Segment.objects.filter(pk__in=ids, state=Segment.State.PUBLISHED).update(
        state=Segment.State.REPLACED, replaced_at=timezone.now()
    )
    if retired != len(ids):
        raise LostRace(f"{len(ids) - retired} of {len(ids)} segments")


def discard(segment: Segment) -> None:
    """Throw away a segment that was never published: nobody can be reading it."""
    engine.chosen().remove(segment.path)
    segment.delete()
