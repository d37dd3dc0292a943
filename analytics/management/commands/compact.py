from typing import Any

from analytics.management.data_command import DataCommand
from analytics.store import janitor, timelines
from analytics.store.compact import compact, widen


class Command(DataCommand):
    help = (
        "Merge small segments into months, give all of them columns for the properties that questions asked for, "
        "and remove what nobody can need any more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{compact():,} segments merged.")
        self.stdout.write(f"{widen():,} segments given columns.")
        self.stdout.write("Timelines written." if timelines.keep() else "Timelines hold, or there are none to be had.")
        janitor.sweep()
