"""Who there is, by channel, persona and activity. These functions run in a query process."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
from django.conf import settings
from django.utils import timezone

from analytics.dashboards.people.timeline import Slice, moment
from analytics.metrics.calendar import day_number, today
from analytics.metrics.facts import DIRECT, UNKNOWN, channels, with_person
from analytics.metrics.tables import Tables
from analytics.rollups.counted import is_active, of_someone
from analytics.rollups.personas import STILL
from analytics.store.of_actors import rows_with
from analytics.store.reading import snapshot

# Events younger than this are read themselves, as the nightly tables may not hold them yet.
FRESH = timedelta(days=3)


@dataclass(frozen=True)
class Wanted:
    """Which people; blank and None ask for any. ``persons`` are those a text search found."""

    persons: tuple[int, ...] | None = None
    channel: str = ""
    persona: str = ""
    active_days: int | None = None
    """Active within so many days; negative: not active for so many."""


@dataclass(frozen=True)
class Entry:
    """A person as the nightly tables and the latest events know it; times are None where there is no event."""

    person: int
    channel: str
    persona: str
    created_at: datetime | None
    last_active_at: datetime | None


@dataclass(frozen=True)
class Choices:
    """The channels and personas that people have."""

    channels: tuple[str, ...]
    personas: tuple[str, ...]


@dataclass(frozen=True)
class PersonaSpan:
    """From a day to a day (None: still), both included; numbers of days since 1970."""

    persona: str
    from_day: int
    to_day: int | None


@dataclass(frozen=True)
class Standing:
    """What a person's page says beside ids and traits."""

    entry: Entry
    personas: tuple[PersonaSpan, ...]
    accounts: tuple[str, ...]


def find(wanted: Wanted, offset: int, limit: int) -> Slice:
    """People in the order of their last activity, newest first."""
    with snapshot() as tables:
        return _find(tables, wanted, offset, limit)


def page(wanted: Wanted, offset: int, limit: int) -> tuple[Slice, Choices]:
    """The same, with what can be asked for."""
    with snapshot() as tables:
        return _find(tables, wanted, offset, limit), _choices(tables)


def standing(person: int, actors: Collection[int]) -> Standing:
    """What is known of one person, whose identities are ``actors``: all of their events included, sealed or not."""
    with snapshot() as tables:
        entry = _entry(_entries(tables, (person,)).to_pyarrow().to_pylist()[0])
        spans = tables.persona_history.filter(tables.persona_history.person == person).order_by("from_day")
        personas = tuple(_span(row) for row in spans.to_pyarrow().to_pylist())
    with rows_with("events", "actor", actors) as rows:
        events = of_someone(rows)
        by_account = events.group_by("account").aggregate(
            first_us=events.at_us.min(),
            any_us=events.at_us.max(),
            last_us=ibis.ifelse(is_active(events), events.at_us, 0).max(),
        )
        rows = by_account.order_by(ibis.desc("any_us")).to_pyarrow().to_pylist()
    first_us = min((row["first_us"] for row in rows), default=0)
    last_us = max((row["last_us"] for row in rows), default=0)
    return Standing(
        entry=replace(entry, created_at=_moment_or_none(first_us), last_active_at=_moment_or_none(last_us)),
        personas=personas,
        accounts=tuple(row["account"] for row in rows if row["account"]),
    )


def _find(tables: Tables, wanted: Wanted, offset: int, limit: int) -> Slice:
    people = _filtered(_entries(tables, wanted.persons), wanted)
    newest = people.order_by(people.last_us.desc(), people.person).limit(limit, offset=offset)
    return Slice([_entry(row) for row in newest.to_pyarrow().to_pylist()], people.count().to_pyarrow().as_py())


def _choices(tables: Tables) -> Choices:
    channels = tables.touch_channels.select("channel").distinct().to_pyarrow()["channel"].to_pylist()
    spans = tables.persona_history
    personas = spans.select(persona=_named(spans)).distinct().to_pyarrow()["persona"].to_pylist()
    return Choices(tuple(sorted({*channels, DIRECT})), tuple(sorted(personas)))


def _entries(tables: Tables, persons: tuple[int, ...] | None) -> ir.Table:
    """``person, channel, persona, first_us, last_us`` of everyone seen, or of exactly these persons."""
    people = _seen(tables)
    if persons is not None:
        named = ibis.memtable({"named": list(persons)}, schema={"named": "int64"})
        joined = named.left_join(people, named.named == people.person)
        people = joined.select(person="named", first_us=joined.first_us.coalesce(0), last_us=joined.last_us.coalesce(0))
    came = channels(tables).select(came_person="person", came_by="channel")
    people = people.left_join(came, people.person == came.came_person)
    day = day_number(today(settings.PROJECT_TIME_ZONE))
    spans = tables.persona_history
    current = spans.filter(spans.from_day <= day, spans.to_day >= day)
    current = current.select(persona_person="person", named=_named(current))
    people = people.left_join(current, people.person == current.persona_person)
    return people.select(
        "person",
        "first_us",
        "last_us",
        channel=people.came_by.coalesce(DIRECT),
        persona=people.named.coalesce(UNKNOWN),
    )


def _seen(tables: Tables) -> ir.Table:
    days = tables.user_day.select("actor", "first_us", "last_us")
    since_us = int((timezone.now() - FRESH).timestamp()) * 1_000_000
    events = of_someone(tables.events.filter(tables.events.at_us >= since_us))
    fresh = events.select("actor", first_us="at_us", last_us=ibis.ifelse(is_active(events), events.at_us, 0))
    seen = with_person(tables, days.union(fresh))
    return seen.group_by("person").aggregate(first_us=seen.first_us.min(), last_us=seen.last_us.max())


def _filtered(people: ir.Table, wanted: Wanted) -> ir.Table:
    if wanted.channel:
        people = people.filter(people.channel == wanted.channel)
    if wanted.persona:
        people = people.filter(people.persona == wanted.persona)
    if wanted.active_days is not None:
        since = timezone.now() - timedelta(days=abs(wanted.active_days))
        since_us = int(since.timestamp()) * 1_000_000
        people = people.filter(people.last_us >= since_us if wanted.active_days > 0 else people.last_us < since_us)
    return people


def _named(spans: ir.Table) -> ir.StringValue:
    return spans.ability + "-" + spans.experience + "-" + spans.wallet


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(
        person=row["person"],
        channel=row["channel"],
        persona=row["persona"],
        created_at=_moment_or_none(row["first_us"]),
        last_active_at=_moment_or_none(row["last_us"]),
    )


def _moment_or_none(us: int) -> datetime | None:
    return moment(us) if us else None


def _span(row: dict[str, Any]) -> PersonaSpan:
    persona = "-".join((row["ability"], row["experience"], row["wallet"]))
    return PersonaSpan(persona, row["from_day"], None if row["to_day"] == STILL else row["to_day"])
