from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from tqdm import tqdm

from analytics.management.data_command import DataCommand
from analytics.store.archive import Advance
from analytics.store.backup import EventsElsewhere, back_up


def bar(total: int) -> Advance:
    """A progress bar of bytes, where someone is looking."""
    return tqdm(total=total, unit="B", unit_scale=True, disable=None).update


class Command(DataCommand):
    help = "Write database and events of this moment to one file. The portal may be running and taking in events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the tar file to write; it holds secrets, keep it safe")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            back_up(file, bar)
        except EventsElsewhere as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror or error}") from error
        self.stdout.write(f"Written to {file}, {file.stat().st_size:,} bytes.")
