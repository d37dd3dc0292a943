"""The event dictionary: what is sent, how often, with which properties.

Volumes are counted anew each night. Properties are learned from a sample of what came in since
the last night, so that a night costs the same however much history there is.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import msgspec
from django.db import transaction
from django.utils import timezone

from analytics.metrics.calendar import DAY_US, day_number
from analytics.rollups.models import EventDefinition, Watermark
from analytics.store.reading import snapshot

MOST_NAMES = 5_000  # a name made of ids would fill the dictionary; the rarest stay out
SAMPLE = 400  # about so many events of each name a night
MOST_EXAMPLES = 5
LONGEST_EXAMPLE = 60
# A value that so many actors sent says nothing about one of them.
FEWEST_ACTORS = 3

Properties = dict[str, dict[str, Any]]


def update() -> int:
    """Bring the dictionary up to date with what came in up to yesterday, UTC; returns how many names it has.

    Names that turn up when there is a dictionary already are not expected until someone says so.
    """
    today = timezone.now().date()
    done = Watermark.objects.filter(step=Watermark.Step.DICTIONARY).values_list("day", flat=True).first()
    with snapshot() as tables:
        volumes = _volumes(tables.events, today)
        sampled = _sample(tables.events, done, today)
    known = {each.name: each for each in EventDefinition.objects.all()}
    expected = not known
    for row in volumes:
        definition = known.setdefault(row["event"], EventDefinition(name=row["event"], expected=expected))
        definition.first_seen, definition.last_seen = _moment(row["first_us"]), _moment(row["last_us"])
        definition.volume, definition.volume_28d = row["volume"], row["volume_28d"]
    gone = known.keys() - {row["event"] for row in volumes}
    for name in gone:
        known[name].volume = known[name].volume_28d = 0
    for name, rows in sampled.items():
        if name in known:
            known[name].properties = merged(known[name].properties, learned(rows, today - timedelta(days=1)))
    _save(known.values(), today - timedelta(days=1))
    return len(known)


def _volumes(events: ir.Table, today: date) -> list[dict[str, Any]]:
    recent = events.at_us >= (day_number(today) - 28) * DAY_US
    rows = events.group_by("event").agg(
        volume=events.count(),
        volume_28d=ibis.ifelse(recent, 1, 0).sum(),
        first_us=events.at_us.min(),
        last_us=events.at_us.max(),
    )
    return rows.order_by(rows.volume.desc(), rows.event).limit(MOST_NAMES).to_pyarrow().to_pylist()


def _sample(events: ir.Table, done: date | None, today: date) -> dict[str, list[dict[str, Any]]]:
    """``actor, properties`` of some events of each name that came in after ``done`` and before ``today``."""
    since = 0 if done is None else (day_number(done) + 1) * DAY_US
    fresh = events.filter((events.received_us >= since) & (events.received_us < day_number(today) * DAY_US))
    counts = fresh.group_by("event").agg(count=fresh.count())
    rates = counts.select(name="event", rate=counts["count"] // SAMPLE + 1)
    joined = fresh.join(rates, fresh.event == rates.name)
    rows = joined.filter(joined.message_id.hash().abs() % joined.rate == 0).select("event", "actor", "properties")
    found = defaultdict(list)
    for row in rows.to_pyarrow().to_pylist():
        found[row["event"]].append(row)
    return found


def learned(rows: Iterable[dict[str, Any]], day: date) -> Properties:
    """Of each property the types it came in, since when, and values that several actors sent."""
    types: dict[str, Counter[str]] = defaultdict(Counter)
    actors: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        for name, value in msgspec.json.decode(row["properties"]).items():
            types[name][type_of(value)] += 1
            if isinstance(value, str | int | float) and len(str(value)) <= LONGEST_EXAMPLE:
                actors[name][str(value)].add(row["actor"])
    return {
        name: {
            "types": dict(counts),
            "since": dict.fromkeys(counts, day.isoformat()),
            "examples": sorted(value for value, who in actors[name].items() if len(who) >= FEWEST_ACTORS)[
                :MOST_EXAMPLES
            ],
        }
        for name, counts in types.items()
    }


def merged(known: Properties, fresh: Properties) -> Properties:
    """What was known and what is new together; a type keeps the day on which it was first seen."""
    result = dict(known)
    for name, new in fresh.items():
        old = known.get(name, {"types": {}, "since": {}, "examples": []})
        result[name] = {
            "types": dict(Counter(old["types"]) + Counter(new["types"])),
            "since": new["since"] | old["since"],
            "examples": list(dict.fromkeys([*old["examples"], *new["examples"]]))[:MOST_EXAMPLES],
        }
    return dict(sorted(result.items()))


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "list" if isinstance(value, list) else "object"


def _save(definitions: Iterable[EventDefinition], through: date) -> None:
    with transaction.atomic():
        EventDefinition.objects.bulk_create(
            definitions,
            batch_size=200,
            update_conflicts=True,
            unique_fields=["name"],
            # What people write into the dictionary meanwhile stays.
            update_fields=["first_seen", "last_seen", "volume", "volume_28d", "properties"],
        )
        Watermark.objects.update_or_create(step=Watermark.Step.DICTIONARY, defaults={"day": through})


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)
