"""Makes the demo: draws the world, writes its history and the people in it, and notes what is true of them."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from tqdm import tqdm

from analytics.collect.models import Source
from analytics.collect.services import create_source
from analytics.demo import world
from analytics.demo.activity import active_days
from analytics.demo.directory import Sightings, owners, record
from analytics.demo.frames import Vocabulary
from analytics.demo.mapping import map_features
from analytics.demo.outcomes import experiments
from analytics.demo.plan import DAY, Plan
from analytics.demo.population import NEVER, Population
from analytics.demo.rates import rates
from analytics.demo.rows import Writer, repeated
from analytics.demo.sessions import Sessions, Visits, number_sessions, plan_visits, share_out
from analytics.demo.settling import settle
from analytics.demo.spend import write_spend
from analytics.demo.stories import Stories
from analytics.demo.subscriptions import subscriptions
from analytics.demo.texts import THEMES
from analytics.demo.truths import Census, counts, entries
from analytics.demo.voices import voices
from analytics.store.imports import write_segment

TRUTHS, SPEND = "demo-truths.json", "demo-ad-spend.csv"
PIECE = 200_000  # events that are texts at once: some 200 MB


class OtherDemo(Exception):
    """Demo data of another plan is here: together they would be true of nothing."""


@dataclass(frozen=True)
class Demo:
    """Everything that is drawn before the first event is written."""

    population: Population
    properties: Vocabulary
    planted: np.ndarray  # events in order of time
    visits: Visits
    extra: np.ndarray

    @classmethod
    def of(cls, plan: Plan) -> "Demo":
        population, properties = settle(plan), Vocabulary("{}")
        days = active_days(plan, population)
        visits = plan_visits(population, days)
        planted = np.concatenate(
            [
                *Stories(population, properties).all(),
                *subscriptions(population, days, properties),
                *voices(population, visits, properties),
            ]
        )
        planted = planted[(planted["at"] >= plan.first_day * DAY) & (planted["at"] < plan.end)]
        planted = planted[np.argsort(planted["at"], kind="stable")]
        extra = share_out(population, visits, plan.events - len(planted) - len(visits.person))
        return cls(population, properties, planted, visits, extra)

    def pieces(self) -> Iterator[tuple[np.ndarray, np.random.Generator]]:
        """All events in order of time, some at once, with the chance that belongs to them."""
        plan = self.population.plan
        sessions = Sessions(self.population, self.properties)
        for number, (first, after) in enumerate(zip(plan.months[:-1], plan.months[1:], strict=True)):
            random = plan.random(f"month {number}")
            begin, end = np.searchsorted(self.planted["at"], [first * DAY, after * DAY])
            of = slice(*np.searchsorted(self.visits.day, [first, after]))
            events = np.concatenate([self.planted[begin:end], sessions.events(self.visits, self.extra, of, random)])
            events = events[events["at"] < plan.end]
            events = events[np.argsort(events["at"], kind="stable")]
            number_sessions(events)
            for start in range(0, len(events), PIECE):
                yield events[start : start + PIECE], random


def generate(plan: Plan, *, progress: bool = False) -> dict[str, Any]:
    """Write the demo of a plan and return its truths. Again, it adds nothing. Raises OtherDemo."""
    path = settings.DATA_DIR / TRUTHS
    parameters = {**asdict(plan), "until": plan.until.isoformat()}
    _claim(path, parameters)
    demo = Demo.of(plan)
    writer = Writer(demo.population, demo.properties, sources())
    seen, ledger, repeats, bots, crawlers = Sightings.none(writer), [], 0, 0, set[int]()
    with tqdm(total=plan.events, unit="event", unit_scale=True, disable=not progress) as bar:
        for events, random in demo.pieces():
            table = writer.table(events, random)
            seen.see(events, writer.account_of(events), table["message_id"])
            again = repeated(table, random)
            write_segment(type(table).from_batches([*table.to_batches(), *again.to_batches()]))
            ledger.append(entries(events))
            repeats += len(again)
            bots += int(events["bot"].sum())
            crawlers.update(events["person"][events["bot"]].tolist())
            bar.update(len(events))
    record(writer, seen)
    map_features()
    whole = np.concatenate(ledger)
    ledger.clear()  # of ten million events, 300 MB
    census = Census(demo.population, whole, settings.PROJECT_TIME_ZONE, settings.WEEK_START)
    truths = {
        "parameters": parameters,
        "time_zone": settings.PROJECT_TIME_ZONE,
        "complete": True,
        "planted": rates(census),
        "experiments": experiments(demo.population),
        "themes": list(THEMES),
        "counts": {
            **counts(census),
            "events": len(census.ledger) + bots,
            "events_sent_again": repeats,
            "bots": len(crawlers),
            "events_of_bots": bots,
            "people_with_several_ids": len(np.unique(owners(demo.population)[seen.link != NEVER])),
        },
        "ad_spend_minor_units": write_spend(demo.population, settings.DATA_DIR / SPEND),
    }
    _write(path, truths)
    return truths


def sources() -> Mapping[str, int]:
    """The demo's sources by platform, made where they are missing."""
    found = {}
    for platform in world.PLATFORMS:
        name = f"Kelpie {platform.key.replace('_', ' ')}"
        source = Source.objects.filter(name=name).first() or create_source(name=name, platform=platform.key)[0]
        found[platform.key] = source.pk
    return found


def _claim(path: Path, parameters: dict[str, Any]) -> None:
    """Note which demo belongs into this data directory, before anything of it is written."""
    if path.exists():
        here = json.loads(path.read_text())["parameters"]
        if here != parameters:
            raise OtherDemo(", ".join(f"{name} {value}" for name, value in here.items()))
    else:
        _write(path, {"parameters": parameters, "complete": False})


def _write(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_suffix(".writing")
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
