"""Backup and restore: database and segments of one moment, while everything goes on."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from analytics.collect.models import Event, Source
from analytics.store import archive, databases, installation, timelines, unfinished
from analytics.store.archive import Advance
from analytics.store.contents import one_moment
from analytics.store.models import Installation, Segment
from productops.lib.models import User

FORMAT = 1
SECRET = "secret_key"  # noqa: S105  (the name of its file)


class EventsElsewhere(Exception):
    """Sealed events are in another database, which has tools of its own for this."""


class NotRestorable(Exception):
    """The backup doesn't fit this installation, or the installation isn't empty."""


def back_up(target: Path, advance_of: Callable[[int], Advance]) -> None:
    """Write all of the installation to ``target``.

    ``advance_of`` is told how many bytes there are and returns what is called with each number done.
    Raises EventsElsewhere.
    """
    _check_events_are_here()
    with _staging() as folder:
        with one_moment():
            # Links first: a file that is replaced and removed from now on keeps its second name.
            _link(Segment.objects.published().values_list("path", flat=True), folder)
            databases.dump(folder / "database")
        if (settings.DATA_DIR / SECRET).exists():
            shutil.copy2(settings.DATA_DIR / SECRET, folder / SECRET)
        about = {
            "format": FORMAT,
            "database": connection.vendor,
            "migrations": databases.migrations(),
            "at": timezone.now().isoformat(),
        }
        archive.pack(folder, target, about, advance_of(archive.size_of(folder)))


def restore(source: Path, advance_of: Callable[[int], Advance], *, carried: list[Any], force: bool = False) -> None:
    """Replace the installation, whose processes are stopped, by what ``source`` holds.

    Raises NotRestorable, EventsElsewhere or archive.BrokenArchive before anything has changed. From then on
    it is ``unfinished``, with what is to be ``carried`` over, until the caller has done that and ends it.
    """
    _check_events_are_here()
    if not (force or is_empty() or unfinished.begun()):
        raise NotRestorable("This installation isn't empty.")
    with _staging() as folder:
        about = archive.unpack(source, folder, advance_of(source.stat().st_size))
        _check_fits(about)
        unfinished.begin(carried)
        timelines.forget()
        for file in folder.glob("segments/*/*.parquet"):
            place = settings.DATA_DIR / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.rename(place)
        databases.load(folder / "database")
        if (folder / SECRET).exists():
            (folder / SECRET).rename(settings.DATA_DIR / SECRET)
    if joined := Installation.objects.first():
        installation.keep_in_folder(joined.id)
    os.sync()


def is_empty() -> bool:
    """Whether nobody has sent or set up anything here yet."""
    return not any(model.objects.exists() for model in (Event, Segment, Source, User))


def _check_events_are_here() -> None:
    if not settings.EVENTS_URL.startswith("segments:"):
        raise EventsElsewhere("EVENTS_URL keeps events in a database: use the tools of both databases.")


def _check_fits(about: dict[str, Any]) -> None:
    if about.get("format") != FORMAT:
        raise NotRestorable(f"The backup has form {about.get('format')}; this version reads {FORMAT}.")
    if about.get("database") != connection.vendor:
        raise NotRestorable(f"The backup is of {about.get('database')}, and DATABASE_URL names {connection.vendor}.")
    if about.get("migrations") != databases.migrations():
        raise NotRestorable(
            "The backup was made by another version of the portal: restore it with that version, then upgrade."
        )


def _link(paths: Iterable[str], folder: Path) -> None:
    for path in paths:
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(settings.DATA_DIR / path, place)


@contextmanager
def _staging() -> Iterator[Path]:
    # Beside the segments: links and renames don't cross file systems.
    with TemporaryDirectory(prefix="backup-", dir=settings.DATA_DIR) as folder:
        yield Path(folder)
