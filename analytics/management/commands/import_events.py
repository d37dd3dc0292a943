"""``manage.py import_events``: history from a file becomes events."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from tqdm import tqdm

from analytics.collect.models import Source
from analytics.collect.services import create_source
from analytics.imports.columns import LEFT_OUT, NAMES, MissingColumn
from analytics.imports.files import Opened, UnreadableFile
from analytics.imports.services import import_file
from analytics.management.data_command import DataCommand


class Command(DataCommand):
    help = "Import events from a CSV, JSON Lines or Parquet file, each once; list in FILE.rejected.csv what is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="Import", help="name of the source; made when there is none")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"what a column is: {', '.join(NAMES)}, or {LEFT_OUT} to leave it out",
        )
        parser.add_argument("--time-zone", default=settings.PROJECT_TIME_ZONE, help="of times that name none")
        parser.add_argument("--dry-run", action="store_true", help="read and check everything, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path, dry = options["file"], options["dry_run"]
        columns, zone = _columns(options["map"]), _zone(options["time_zone"])
        source = _source(options["source"], make=not dry)
        try:
            done = import_file(
                path, source=source, columns=columns, zone=zone, dry_run=dry, show=_bar if sys.stderr.isatty() else None
            )
        except (UnreadableFile, MissingColumn) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror or error}") from None
        verb = "could be imported" if dry else "imported"
        self.stdout.write(f"{done.rows:,} rows: {done.imported:,} {verb}, {done.known:,} already there.")
        for reason, count in done.rejected.most_common():
            self.stdout.write(f"{count:,} rejected: {reason}")
        if done.rejected and not dry:
            self.stdout.write(f"The rejected rows are in {path}.rejected.csv.")


def _columns(told: list[str]) -> dict[str, str]:
    columns = {}
    for each in told:
        column, separator, field = each.rpartition("=")
        if not separator or field not in (*NAMES, LEFT_OUT):
            raise CommandError(f"--map {each}: write COLUMN=FIELD, with one of {', '.join(NAMES)} or {LEFT_OUT}.")
        columns[column] = field
    return columns


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise CommandError(f"There is no time zone {name}. Write one as Europe/Berlin.") from None


def _source(name: str, *, make: bool) -> Source:
    """The source of that name. A trial run has one that is not stored."""
    if source := Source.objects.filter(name=name).first():
        return source
    try:
        return create_source(name=name, platform="server")[0] if make else Source(pk=0, name=name, platform="server")
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from None


def _bar(opened: Opened) -> Callable[[], None]:
    bar = tqdm(total=opened.size, unit="B", unit_scale=True)

    def step() -> None:
        bar.update(opened.position() - bar.n)

    return step
