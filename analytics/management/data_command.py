"""What commands that work with the data have in common."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from analytics.store import unfinished


class DataCommand(BaseCommand):
    """Refuses to work on half of what a restore was to bring back: the next try would lose what it does."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        if unfinished.begun():
            raise CommandError(unfinished.ADVICE)
        return super().execute(*args, **options)
