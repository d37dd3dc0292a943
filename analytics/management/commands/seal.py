from typing import Any

from django.core.management.base import BaseCommand

from analytics.store.seal import seal


class Command(BaseCommand):
    help = "Move the events of the inbox into segments. Tasks do this all the time; it can be run at any moment."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{seal():,} events sealed.")
