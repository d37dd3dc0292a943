"""Imports a file: in chunks, each stored for good before the next, so that it can be killed at any point."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from analytics.collect.keys import KnownSource
from analytics.collect.models import Source
from analytics.collect.refusals import RefusedEvent
from analytics.event import EventRow
from analytics.imports.columns import Columns
from analytics.imports.events import Reader
from analytics.imports.files import Damaged, Opened, Row, open_rows
from analytics.imports.identities import telling
from analytics.imports.occurrences import Occurrences
from analytics.imports.progress import Progress, ProgressFile
from analytics.imports.rejects import Rejects
from analytics.people.linking import link
from analytics.store.imports import write_segment
from analytics.store.schema import EVENTS

CHUNK_ROWS = 50_000
CHUNK_BYTES = 64 * 1024 * 1024  # of properties and contexts

_json = msgspec.json.Encoder(order="sorted").encode


@dataclass
class _Chunk:
    """Rows that are stored together. A row without a message id has a digest instead."""

    events: list[tuple[int, EventRow]] = field(default_factory=list)  # with the place of their digest; -1: none
    digests: list[bytes] = field(default_factory=list)
    rejected: list[tuple[int, str, str, str]] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0

    @property
    def full(self) -> bool:
        return self.rows >= CHUNK_ROWS or self.bytes >= CHUNK_BYTES

    def take(self, item: Row | Damaged, reader: Reader) -> None:
        self.rows += 1
        if isinstance(item, Damaged):
            self.rejected.append((item.number, item.reason, item.detail, item.text[:1_000]))
            return
        place = -1
        if not reader.has_id(item.values):
            place = len(self.digests)
            self.digests.append(_digest(item.values))
        try:
            event = reader.event(item.values)
        except RefusedEvent as refusal:
            text = _json({key: str(value)[:200] for key, value in item.values.items()}).decode()
            self.rejected.append((item.number, refusal.reason, refusal.detail, text[:1_000]))
            return
        self.events.append((place, event))
        self.bytes += len(event.properties) + len(event.context)

    def number(self, occurrences: Occurrences) -> list[EventRow]:
        """The events, those without an id named by what is in their row and how often it came before."""
        earlier = _count(occurrences, self.digests)
        for place, event in self.events:
            if place >= 0:
                event.message_id = f"row-{self.digests[place].hex()}-{earlier[place]}"
        return [event for _, event in self.events]


def import_file(
    path: Path,
    *,
    source: Source,
    columns: Mapping[str, str],
    zone: ZoneInfo,
    dry_run: bool = False,
    show: Callable[[Opened], Callable[[], None]] | None = None,
) -> Progress:
    """Make events of a file's rows and return what became of them.

    ``columns`` maps columns to fields where their names don't tell; ``zone`` is that of times
    without one. With ``dry_run`` nothing is written. ``show`` gets the opened file and returns
    what is called after each chunk. Raises UnreadableFile, MissingColumn and OSError.
    """
    with open_rows(path) as opened:
        naming = Columns(columns)
        if opened.columns:
            naming.check(opened.columns)
        reader = Reader(
            source=KnownSource.of(source, trusted=True),
            columns=naming,
            zone=zone,
            received_us=int(timezone.now().timestamp() * 1_000_000),
        )
        step = show(opened) if show else lambda: None
        if dry_run:
            return _tried(opened, reader, step)
        kept = ProgressFile(path, source=source.pk, columns=dict(columns), zone=zone.key)
        progress = kept.read()
        rejects = Rejects(path, keep_bytes=progress.rejected_bytes)
        occurrences = Occurrences()
        for chunk in _chunks(_after(opened.rows, progress.rows, reader, occurrences), reader):
            imported = _store(chunk.number(occurrences))
            progress.rejected_bytes = rejects.add(chunk.rejected)
            _add(progress, chunk, imported=imported)
            kept.write(progress)
            step()
        kept.remove()
    return progress


def _tried(opened: Opened, reader: Reader, step: Callable[[], None]) -> Progress:
    progress = Progress()
    for chunk in _chunks(opened.rows, reader):
        _add(progress, chunk, imported=len(chunk.events))
        step()
    return progress


def _after(
    rows: Iterator[Row | Damaged], done: int, reader: Reader, occurrences: Occurrences
) -> Iterator[Row | Damaged]:
    """The rows that are not done yet; the others are counted as occurrences all the same."""
    digests: list[bytes] = []
    for item in rows:
        if item.number > done:
            _count(occurrences, digests)
            yield item
            break
        if isinstance(item, Row) and not reader.has_id(item.values):
            digests.append(_digest(item.values))
        if len(digests) >= CHUNK_ROWS:
            _count(occurrences, digests)
            digests.clear()
    yield from rows


def _chunks(rows: Iterator[Row | Damaged], reader: Reader) -> Iterator[_Chunk]:
    chunk = _Chunk()
    for item in rows:
        chunk.take(item, reader)
        if chunk.full:
            yield chunk
            chunk = _Chunk()
    if chunk.rows:
        yield chunk


def _store(events: list[EventRow]) -> int:
    """Store events and who is who in them; returns how many were new. Doing it again changes nothing."""
    if not events:
        return 0
    with transaction.atomic():
        link(telling(events))
    columns = {
        name: pa.array([getattr(event, name) for event in events], EVENTS.field(name).type) for name in EVENTS.names
    }
    segment = write_segment(pa.table(columns, schema=EVENTS))
    return segment.rows if segment else 0


def _add(progress: Progress, chunk: _Chunk, *, imported: int) -> None:
    progress.rows += chunk.rows
    progress.imported += imported
    progress.rejected.update(reason for _, reason, _, _ in chunk.rejected)


def _digest(values: Mapping[str, Any]) -> bytes:
    return blake2b(_json(dict(values)), digest_size=16).digest()


def _count(occurrences: Occurrences, digests: list[bytes]) -> np.ndarray:
    return occurrences.count(np.frombuffer(b"".join(digest[:8] for digest in digests), dtype=np.uint64))
