"""``replay_dead_letters`` takes refused events in again, after what was wrong has been mended."""

from argparse import ArgumentParser
from typing import Any

from tqdm import tqdm

from analytics.collect.dead_letters import replay
from analytics.collect.models import DeadLetter
from analytics.management.data_command import DataCommand


class Command(DataCommand):
    help = "Take refused events in again, after what was wrong has been mended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source", help="Only those of the source with this name.")
        parser.add_argument("--reason", help="Only those refused for this reason.")

    def handle(self, *args: Any, **options: Any) -> None:
        letters = DeadLetter.objects.replayable().order_by("id").select_related("source")
        if options["source"]:
            letters = letters.filter(source__name=options["source"])
        if options["reason"]:
            letters = letters.filter(reason=options["reason"])
        progress = tqdm(letters.iterator(chunk_size=100), total=letters.count(), unit="letter", disable=None)
        result = replay(progress)
        self.stdout.write(f"{result.stored} stored, {result.not_kept} not to be kept, {result.refused} refused again.")
