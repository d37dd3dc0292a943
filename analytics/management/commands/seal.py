from typing import Any

from analytics.management.data_command import DataCommand
from analytics.store.seal import seal


class Command(DataCommand):
    help = "Move the events of the inbox into segments. Tasks do this all the time; it can be run at any moment."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{seal():,} events sealed.")
