"""Who is in a segment of people: a saved filter over persons, or a list of them.

Membership is worked out when it is asked for, from all that is known by then. Only what is said
relative to a day counts from the day of ``AsOf``: the last days in which something was done, and
the platform, customer segment and persona somebody had.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from analytics.explore.conditions import Condition, holds, with_properties
from analytics.explore.selector import Selector, chosen_events
from analytics.metrics.calendar import HORIZON, bounds_us, day_number
from analytics.metrics.facts import BOT, is_active, with_person
from analytics.metrics.tables import Tables


@dataclass(frozen=True)
class AsOf:
    """The end of a local day, from which what is relative to a day is counted."""

    day: date
    zone: str


@dataclass(frozen=True)
class Being:
    """Who somebody is: a condition on a trait, or on platform, channel, customer segment or persona."""

    condition: Condition


@dataclass(frozen=True)
class Doing:
    """What somebody did: ``at_least`` to ``at_most`` (None: any number) chosen events.

    They lie within the last ``days`` local days, or from ``first`` to ``last``, both included; an
    end that is None is open.
    """

    selector: Selector
    at_least: int = 1
    at_most: int | None = None
    days: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Belonging:
    """Being in another segment, or not being in it."""

    segment: "Segment"
    inside: bool = True


@dataclass(frozen=True)
class Filtered:
    """Everyone of whom ``all`` of the conditions hold, or ``any`` of them."""

    match: Literal["all", "any"]
    conditions: "tuple[Being | Doing | Belonging, ...]"


@dataclass(frozen=True)
class Listed:
    """The people to whom these identities belong now."""

    identities: tuple[int, ...]


Segment: TypeAlias = Filtered | Listed


def only_members(tables: Tables, rows: ir.Table, segment: Segment, as_of: AsOf) -> ir.Table:
    """Those of ``rows``, which have ``person``, whose person is in the segment."""
    match segment:
        case Listed():
            return rows.semi_join(_listed(tables, segment), "person")
        case Filtered(match="all"):
            for condition in segment.conditions:
                rows = _meeting(tables, rows, condition, as_of)
            return rows
        case _:
            people = rows.select("person").distinct()
            meeting = [_meeting(tables, people, condition, as_of) for condition in segment.conditions]
            return rows.semi_join(ibis.union(*meeting) if len(meeting) > 1 else meeting[0], "person")


def everyone(tables: Tables) -> ir.Table:
    """``person``, once each, of whoever sent an event of any kind and is no bot."""
    sent = tables.events.filter(tables.events.actor != 0, (tables.events.flags & BOT) == 0)
    return with_person(tables, sent.select("actor").distinct()).select("person").distinct()


def _meeting(tables: Tables, rows: ir.Table, condition: Being | Doing | Belonging, as_of: AsOf) -> ir.Table:
    match condition:
        case Being():
            return rows.semi_join(_being(tables, rows, condition.condition, as_of), "person")
        case Doing(at_least=0):
            return rows.anti_join(_doing(tables, condition, (condition.at_most or 0) + 1, None, as_of), "person")
        case Doing():
            return rows.semi_join(_doing(tables, condition, condition.at_least, condition.at_most, as_of), "person")
        case Belonging(inside=True):
            return only_members(tables, rows, condition.segment, as_of)
        case _:
            inside = only_members(tables, rows.select("person").distinct(), condition.segment, as_of)
            return rows.anti_join(inside, "person")


def _listed(tables: Tables, listed: Listed) -> ir.Table:
    actors = ibis.memtable(pa.table({"actor": pa.array(listed.identities, pa.int64())}))
    return with_person(tables, actors).select("person").distinct()


def _being(tables: Tables, rows: ir.Table, condition: Condition, as_of: AsOf) -> ir.Table:
    """``person`` of those of ``rows`` of whom the condition holds, told by what stands for each at the day's end."""
    people = rows.select("person").distinct()
    if condition.property == "platform":
        people = _with_last_platform(tables, people, as_of)
    else:
        people = people.mutate(platform=ibis.literal(""))
    standing = people.select(
        "platform",
        actor="person",
        day=ibis.literal(day_number(as_of.day), "int32"),
        account=ibis.literal(""),
        customer_segment=ibis.literal(""),
        properties=ibis.literal("{}"),
    )
    resolved = with_properties(tables, standing, [condition.property])
    return resolved.filter(holds(resolved, condition)).select("person")


def _with_last_platform(tables: Tables, people: ir.Table, as_of: AsOf) -> ir.Table:
    """``people`` with the ``platform`` of their last active event; of two at one instant, the first by name."""
    events = tables.events.filter(is_active(tables.events), tables.events.at_us < bounds_us(as_of.day, as_of.zone)[1])
    sent = with_person(tables, events.select("actor", "at_us", "platform"))
    last = sent.group_by("person").aggregate(last_us=sent.at_us.max())
    newest = sent.join(last, [sent.person == last.person, sent.at_us == last.last_us])
    used = newest.group_by("person").aggregate(platform=newest.platform.min()).rename(used_by="person")
    joined = people.left_join(used, people.person == used.used_by)
    return joined.select("person", platform=joined.platform.coalesce(""))


def _doing(tables: Tables, doing: Doing, at_least: int, at_most: int | None, as_of: AsOf) -> ir.Table:
    """``person`` of everyone who did it so often."""
    since_us, until_us = _stretch(doing, as_of)
    rows = chosen_events(tables, [doing.selector], as_of.zone, since_us, until_us)
    rows = rows.filter(doing.selector.chooses(rows))
    counted = rows.group_by("person").aggregate(times=rows.count())
    counted = counted.filter(counted.times >= at_least)
    return (counted if at_most is None else counted.filter(counted.times <= at_most)).select("person")


def _stretch(doing: Doing, as_of: AsOf) -> tuple[int, int]:
    """From when until before when it was done, in UTC microseconds."""
    if doing.days is not None:
        first, last = as_of.day - timedelta(days=doing.days - 1), as_of.day
        return bounds_us(first, as_of.zone)[0], bounds_us(last, as_of.zone)[1]
    since_us = bounds_us(doing.first, as_of.zone)[0] if doing.first else 0
    return since_us, bounds_us(doing.last or HORIZON - timedelta(days=2), as_of.zone)[1]
