"""``create_source NAME --platform web`` prints the write key alone."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from analytics.collect.models import Platform
from analytics.collect.services import create_source
from analytics.management.data_command import DataCommand


class Command(DataCommand):
    help = "Make a source of events and print its write key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--platform", choices=Platform.values, default=Platform.WEB.value)
        parser.add_argument(
            "--origin", action="append", default=[], help="An origin browsers may send from; may be given again."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, write_key, _ = create_source(
                name=options["name"], platform=options["platform"], allowed_origins=options["origin"]
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(write_key)
