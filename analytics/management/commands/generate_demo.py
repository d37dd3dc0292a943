"""``manage.py generate_demo``: an invented product's history, with the truths about it."""

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from analytics.demo.plan import Plan
from analytics.demo.services import SPEND, TRUTHS, OtherDemo, generate
from analytics.management.data_command import DataCommand

EVENTS_PER_PERSON = 15


class Command(DataCommand):
    help = "Write demo data of an invented product, and what is true of it into demo-truths.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=50_000, help="people who sign up")
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--years", type=int, default=3)
        parser.add_argument("--until", type=date.fromisoformat, help="first day without events; default: now")
        parser.add_argument("--events", type=int, help=f"about so many; default: {EVENTS_PER_PERSON} a person")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["people"] < 100 or options["years"] < 1:
            raise CommandError("A demo needs at least 100 people and one year.")
        until, hours = (options["until"], 0) if options["until"] else _kept_end() or _now()
        plan = Plan(
            people=options["people"],
            seed=options["seed"],
            years=options["years"],
            until=until,
            events=options["events"] or EVENTS_PER_PERSON * options["people"],
            hours=hours,
        )
        try:
            truths = generate(plan, progress=sys.stderr.isatty() or options["verbosity"] > 1)
        except OtherDemo as error:
            raise CommandError(
                f"Here is already the demo of {error}. Ask for the same, or set an empty DATA_DIR and DATABASE_URL."
            ) from None
        counts = truths["counts"]
        self.stdout.write(
            f"{counts['events']:,} events of {counts['people']:,} people; truths in {TRUTHS}, ad spend in {SPEND}."
        )


def _kept_end() -> tuple[date, int] | None:
    """The end of the demo that is here already, so that the same command on another day adds nothing."""
    path = settings.DATA_DIR / TRUTHS
    if not path.exists():
        return None
    parameters = json.loads(path.read_text())["parameters"]
    return date.fromisoformat(parameters["until"]), parameters["hours"]


def _now() -> tuple[date, int]:
    """Today, and its hours that are over (UTC)."""
    now = datetime.now(UTC)
    return now.date(), now.hour
