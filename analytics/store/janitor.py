"""The janitor: removes what nobody can need any more, and spares everything younger."""

import shutil
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from analytics.collect.models import Event
from analytics.store import engine, inbox, lifecycle
from analytics.store.models import Segment

SCRATCH_LIMIT = timedelta(hours=20)
DEDUPE_PERIOD = timedelta(days=30)
# How many inbox rows one transaction deletes: on SQLite it holds the write lock meanwhile.
CHUNK = 2_000
PAUSE_SECONDS = 0.05  # in which others get at that lock


def sweep() -> None:
    """Remove replaced segments, leftovers of crashes, and inbox rows that were sealed long ago.

    It may be killed at any point, and any number of them may run at once.
    """
    now = timezone.now()
    _sweep_segments(now)
    _sweep_files(now)
    _sweep_scratch(now)
    _sweep_inbox(now)


def reader_limit() -> timedelta:
    """For how long after it was replaced a reader may still hold a segment: twice what a query may take."""
    return timedelta(seconds=2 * settings.QUERY_SECONDS)


def writer_limit() -> timedelta:
    """After how long a segment still in writing is taken for abandoned. A writer that is slower loses its work."""
    return 30 * reader_limit()


def _sweep_segments(now: datetime) -> None:
    for segment in Segment.objects.filter(state=Segment.State.REPLACED, replaced_at__lt=now - reader_limit()):
        engine.chosen().remove(segment.path)
        segment.delete()
    for segment in Segment.objects.filter(state=Segment.State.WRITING, created_at__lt=now - writer_limit()):
        lifecycle.discard(segment)


def _sweep_files(now: datetime) -> None:
    """Remove what no row names. A row comes before its file and goes after it, but for a crash in between."""
    paths = set(engine.chosen().older_than(now - writer_limit()))
    known = Segment.objects.filter(path__in=paths).values_list("path", flat=True)
    for path in paths.difference(known):
        engine.chosen().remove(path)


def _sweep_scratch(now: datetime) -> None:
    """Remove what killed queries, backups and restores leave: erased events could live on in it."""
    for folder in (*settings.DATA_DIR.glob("backup-*"), *settings.DATA_DIR.glob("spill/*")):
        if folder.stat().st_mtime < (now - SCRATCH_LIMIT).timestamp():
            shutil.rmtree(folder, ignore_errors=True)


def _sweep_inbox(now: datetime) -> None:
    """Remove sealed events when it is too late for one of them to be sent again."""
    old = Event.objects.filter(sealed_at__lt=now - DEDUPE_PERIOD).order_by("sealed_at")
    while ids := list(old.values_list("pk", flat=True)[:CHUNK]):
        Event.objects.filter(pk__in=inbox.among(ids)).delete()
        time.sleep(PAUSE_SECONDS)
