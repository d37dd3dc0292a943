"""How segments come and go: written, published, replaced. What readers see changes in one transaction."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from analytics.store import engine
from analytics.store.models import Segment
from analytics.store.schema import SCHEMA_VERSION
from analytics.store.written import Written

WRITERS = 2  # files at a time: most of writing one is packing its columns


class LostRace(Exception):
    """Someone else sealed, replaced or erased the same rows first; what was written is thrown away."""


@dataclass(frozen=True)
class Draft:
    """A segment that is written and that nobody sees yet."""

    segment: Segment
    written: Written


def draft(
    table: str,
    origin: Segment.Origin,
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    month: str = "",
    properties: Collection[str] = (),
) -> Draft:
    """Write rows, which have columns for these properties, into a new segment."""
    (drafted,) = draft_each(table, origin, {month: batches}, properties=properties)
    return drafted


def draft_each(
    table: str,
    origin: Segment.Origin,
    months: Mapping[str, Iterable[pa.RecordBatch | pa.Table]],
    *,
    properties: Collection[str] = (),
) -> list[Draft]:
    """Write the rows of each month into a new segment.

    The rows in state ``writing`` come before the files: whatever happens then, the janitor finds them.
    """
    segments = Segment.objects.bulk_create(
        Segment(
            table=table,
            origin=origin,
            path=f"segments/{table}/{uuid4().hex}.parquet",
            month=month,
            schema_version=SCHEMA_VERSION,
            properties=list(properties),
        )
        for month in months
    )
    write = partial(engine.chosen().write, table, properties=properties)
    try:
        with ThreadPoolExecutor(WRITERS) as writers:
            written = list(writers.map(write, (segment.path for segment in segments), months.values()))
    except BaseException:
        for segment in segments:
            discard(segment)
        raise
    return list(map(Draft, segments, written))


def publish(
    drafts: Sequence[Draft], *, replacing: Collection[int] = (), also: Callable[[], None] | None = None
) -> None:
    """Show the drafts to every snapshot from now on and hide the replaced ones, in one transaction.

    ``also`` runs in it, first. When anything fails, or a segment to replace is no longer
    published (LostRace), nothing has changed and the drafts are gone.
    """
    with discarded_on_failure(drafts), transaction.atomic():
        if also:
            also()
        _retire(replacing)
        for each in drafts:
            _show(each)


@contextmanager
def discarded_on_failure(drafts: Sequence[Draft]) -> Iterator[None]:
    """Throw the drafts away, those added meanwhile included, when what is done within fails."""
    try:
        yield
    except BaseException:
        for each in drafts:
            discard(each.segment)
        raise


def discard(segment: Segment) -> None:
    """Throw away a segment unless it is published.

    A commit whose answer got lost may have published it, so that the database is asked: only
    whoever deletes the row in state ``writing`` removes the file.
    """
    if Segment.objects.filter(pk=segment.pk, state=Segment.State.WRITING).delete()[0]:
        engine.chosen().remove(segment.path)


def _show(draft: Draft) -> None:
    shown = Segment.objects.filter(pk=draft.segment.pk, state=Segment.State.WRITING).update(
        state=Segment.State.PUBLISHED,
        rows=draft.written.rows,
        bytes=draft.written.bytes,
        min_at_us=draft.written.min_at_us,
        max_at_us=draft.written.max_at_us,
        published_at=timezone.now(),
    )
    if not shown:
        raise LostRace(f"{draft.segment.path} was taken for abandoned")


def _retire(ids: Collection[int]) -> None:
    published = Segment.objects.published().filter(pk__in=ids)
    # In the order of their ids: two rewriters wait for one another, but never each for the other.
    held = len(published.order_by("pk").select_for_update().values_list("pk"))
    if held != len(ids):
        raise LostRace(f"{len(ids) - held} of {len(ids)} segments were replaced already")
    published.update(state=Segment.State.REPLACED, replaced_at=timezone.now())
