from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from analytics.erasure import RecordedErasure, recorded_erasures, replay_erasures
from analytics.management.commands.backup import bar
from analytics.rollups.build import outdate_what_was_drawn
from analytics.store import unfinished
from analytics.store.archive import BrokenArchive
from analytics.store.backup import EventsElsewhere, NotRestorable, restore
from productops.lib.models import record


class Command(BaseCommand):
    help = "Replace database and events by those of a backup. Stop the portal first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="even though there are data here; they are lost")

    def handle(self, *, file: Path, force: bool, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        # People erased since the backup are in it: who they were must be known before it comes back.
        erased = [*(RecordedErasure(**one) for one in unfinished.carried()), *recorded_erasures()]
        try:
            restore(file, bar, carried=list(map(asdict, erased)), force=force)
        except (NotRestorable, EventsElsewhere, BrokenArchive) as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror or error}") from error
        outdate_what_was_drawn()
        erasures = replay_erasures(erased)
        record(None, "backup.restore", file.name, erasures=erasures)
        unfinished.end()
        self.stdout.write(f"Restored; {erasures} erasures were repeated. Start the portal again.")
