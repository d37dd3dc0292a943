"""The nightly work by hand."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from analytics.management.data_command import DataCommand
from analytics.rollups import nightly
from analytics.rollups.locks import Busy
from productops.lib.background import stand_back
from productops.lib.checks import SETTINGS


class Command(DataCommand):
    help = "Derive activity, sessions and personas from new events and bring all rollups up to date."
    requires_system_checks = [SETTINGS]  # others load all pages, which takes longer than a small night

    def run_from_argv(self, argv: list[str]) -> None:
        stand_back()
        super().run_from_argv(argv)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=date.fromisoformat, help="Redo the days from here, YYYY-MM-DD."
        )
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="Redo the days up to here, YYYY-MM-DD.")

    def handle(self, *args: Any, first: date | None, last: date | None, **options: Any) -> None:
        if first and last and first > last:
            raise CommandError("--from lies after --to.")
        with tqdm(total=100, desc="Rolling up", unit="%", bar_format="{desc} {bar} {n:.0f} % {elapsed}") as bar:

            def show(share: float) -> None:
                bar.update(100 * share - bar.n)

            try:
                summary = nightly.run(first, last, show)
            except Busy as busy:
                raise CommandError(str(busy)) from busy
        self.stdout.write(summary)
