"""Adoption: who uses which feature, how soon they found it, and whether they came back to it."""

from dataclasses import dataclass, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from analytics.explore import passes
from analytics.explore.arrays import happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.periods import covering
from analytics.explore.selecting import Question, Selector, happened
from analytics.metrics.calendar import SECOND_US, Grain, day_number, period_of, today
from analytics.metrics.facts import BOT, with_person
from analytics.metrics.features import Feature, belonging
from analytics.metrics.quantiles import quantile, quantile_of
from analytics.metrics.tables import Tables
from analytics.metrics.timelines import Ints, Kind, Places

MOST_EVENTS = 25
ANYTHING = Selector()


@dataclass(frozen=True, kw_only=True)
class Adoption(Question):
    """``features`` are those asked about. Without any, ``events`` are; without either, those that most people sent."""

    events: tuple[str, ...] = ()
    grain: Grain = "week"


@dataclass(frozen=True)
class Point:
    """``feature``: its key, or the event's name."""

    feature: str


def answer(asking: Asking, adoption: Adoption) -> dict[str, Any]:
    """``by``, ``active`` people on the days asked for, and for each of ``features`` what was made of it."""
    known = _known(adoption)
    active, found, asked = 0, {}, adoption
    if known is not None:
        by_name = _Arrays.of(asking, known)
        asked = _with_events(asking, known, by_name)
        active = by_name.active if by_name else _count(asking, _active(asking.tables, asked))
        adopted = by_name.adopted(asked) if by_name else asking.rows(_adopted(asking.tables, asked))
        found = {row["feature"]: row for row in adopted}
        if by_name:
            asking.instead_of(lambda: _adopted(asking.tables, asked))
    features = asked.features or [Feature(name, name, "", ()) for name in asked.events]
    return {
        "by": "feature" if adoption.features else "event",
        "active": active,
        "features": [_line(feature, active, found.get(feature.key)) for feature in features],
    }


def people(asking: Asking, adoption: Adoption, point: Point) -> ir.Table | None:
    """Those who used a feature on the days asked for."""
    known = _known(adoption)
    known = known and _only(known, point.feature)
    if known is None:
        return None
    users = _users(asking.tables, known)
    return users.filter(users.times > 0)


def _known(adoption: Adoption) -> Adoption | None:
    """The question up to today; None when all of it lies ahead."""
    now = today(adoption.timezone)
    if adoption.first > now:
        return None
    return adoption if adoption.last <= now else replace(adoption, last=now, ends=None)


def _only(adoption: Adoption, key: str) -> Adoption | None:
    """The question about one feature or event alone; None: it isn't about that one."""
    if not adoption.features:
        return replace(adoption, events=(key,)) if not adoption.events or key in adoption.events else None
    chosen = tuple(feature for feature in adoption.features if feature.key == key)
    return replace(adoption, features=chosen) if chosen else None


def _with_events(asking: Asking, adoption: Adoption, by_name: "_Arrays | None") -> Adoption:
    """Where neither features nor events are asked about, the events that most people sent."""
    if adoption.features or adoption.events:
        return adoption
    if by_name:
        return replace(adoption, events=by_name.most_sent(MOST_EVENTS))
    rows = _uses(asking.tables, adoption).filter(lambda t: t.at_us >= adoption.bounds_us[0])
    sent = rows.select("event", "person").distinct()
    counted = sent.group_by("event").aggregate(people=sent.count())
    largest = counted.order_by([counted.people.desc(), counted.event]).limit(MOST_EVENTS)
    return replace(adoption, events=tuple(row["event"] for row in asking.rows(largest)))


def _uses(tables: Tables, adoption: Adoption) -> ir.Table:
    """``person, at_us, day, event, page`` of every active event, from the first ever to the last day asked for."""
    rows = happened(tables, adoption, [ANYTHING], since_us=0)
    return rows.filter(ANYTHING.chooses(rows)).select("person", "at_us", "day", "event", "page")


def _active(tables: Tables, adoption: Adoption) -> ir.Table:
    """``person``, once each, of everyone who was active on the days asked for."""
    rows = happened(tables, adoption, [ANYTHING])
    return rows.filter(ANYTHING.chooses(rows)).select("person").distinct()


def _count(asking: Asking, rows: ir.Table) -> int:
    (row,) = asking.rows(rows.aggregate(counted=rows.count()))
    return int(row["counted"])


def _users(tables: Tables, adoption: Adoption) -> ir.Table:
    """``feature, person, times, first_us, first_period, last_period``: of each, once, who ever used it.

    ``times`` counts the days asked for alone; the periods are the first and the last in which it was used.
    """
    uses = _uses(tables, adoption)
    if adoption.features:
        rows = belonging(uses, adoption.features)
    else:
        rows = uses.filter(uses.event.isin(adoption.events)).mutate(feature=uses.event)
    since, _ = adoption.bounds_us
    rows = rows.mutate(period=period_of(rows.day, adoption.grain, adoption.week_start))
    return rows.group_by(["feature", "person"]).aggregate(
        times=ibis.ifelse(rows.at_us >= since, 1, 0).sum(),
        first_us=rows.at_us.min(),
        first_period=rows.period.min(),
        last_period=rows.period.max(),
    )


def _adopted(tables: Tables, adoption: Adoption) -> ir.Table:
    """A row for each feature that was used on the days asked for."""
    users = _users(tables, adoption)
    users = users.filter(users.times > 0)
    created = _created(tables, adoption)
    users = users.join(created, users.person == created.created_person)
    users = users.mutate(wait_us=users.first_us - users.created_us)
    since, _ = adoption.bounds_us
    last_period = period_of(day_number(adoption.last), adoption.grain, adoption.week_start)
    could_return = (users.first_us >= since) & (users.first_period < last_period)
    counted = users.group_by("feature").aggregate(
        people=users.count(),
        times=users.times.sum(),
        could_return=ibis.ifelse(could_return, 1, 0).sum(),
        returned=ibis.ifelse(could_return & (users.last_period > users.first_period), 1, 0).sum(),
    )
    waits = quantile(users, ["feature"], "wait_us", median_us=(1, 2))
    return counted.join(waits, "feature")


def _created(tables: Tables, adoption: Adoption) -> ir.Table:
    """``created_person, created_us``: the earliest event of any kind."""
    rows = tables.events
    rows = rows.filter(rows.at_us < adoption.bounds_us[1], rows.actor != 0, (rows.flags & BOT) == 0)
    first = with_person(tables, rows.group_by("actor").aggregate(first_us=rows.at_us.min()))
    return first.group_by(created_person=first.person).aggregate(created_us=first.first_us.min())


@dataclass(frozen=True)
class _Arrays:
    """The same from arrays: a row for each person and each of ``names`` they used on the days asked for.

    A name is a feature's key or an event's; ``name`` is a place among them, or one after the last for anything at all.
    """

    names: tuple[str, ...]
    created_us: Ints  # of everyone
    since_us: int
    who: Places
    name: Places
    first_us: Ints
    last_us: Ints
    times: Ints

    @classmethod
    def of(cls, asking: Asking, adoption: Adoption) -> "_Arrays | None":
        """None where the engine is to be asked."""
        happened = happened_by_name(asking, adoption, [ANYTHING], since_us=0)
        if happened is None or (adoption.features and not happened.timelines.tell_pages):
            return None
        lines, (since_us, _) = happened.timelines, adoption.bounds_us
        active = [place for place, kind in enumerate(lines.kinds) if not kind.passive]
        named = _named(asking, [lines.kinds[place] for place in active], adoption.features)
        names = tuple(dict.fromkeys(name for of_kind in named for name in of_kind))
        number_of = {name: number for number, name in enumerate(names)}
        numbers: list[list[int]] = [[] for _ in lines.kinds]
        for place, of_kind in zip(active, named, strict=True):
            numbers[place] = [*(number_of[name] for name in of_kind), len(names)]
        first_number = np.cumsum([0, *map(len, numbers)])
        every = np.array([number for of_kind in numbers for number in of_kind], np.int32)

        def of_share(share: tuple[int, int]) -> tuple[Places, Places, Ints, Ints, Ints]:
            events = happened.of_people(share)
            who, what, first, last, times = passes.uses(events, first_number, every, len(names) + 1, since_us)
            return who + np.int32(share[0]), what, first, last, times

        rows = (np.concatenate(column) for column in zip(*happened.of_shares(of_share), strict=True))
        return cls(names, lines.created_us, since_us, *rows)

    @property
    def active(self) -> int:
        return int(np.count_nonzero(self.name == len(self.names)))

    def most_sent(self, most: int) -> tuple[str, ...]:
        people = np.bincount(self.name, minlength=len(self.names)).tolist()
        largest = sorted(zip(self.names, people, strict=False), key=lambda each: (-each[1], each[0]))
        return tuple(event for event, count in largest[:most] if count)

    def adopted(self, adoption: Adoption) -> list[dict[str, Any]]:
        asked = [feature.key for feature in adoption.features] or adoption.events
        wanted = dict.fromkeys(name for name in asked if name in self.names)
        return [row for name in wanted if (row := self._adopted(name, adoption))["people"]]

    def _adopted(self, name: str, adoption: Adoption) -> dict[str, Any]:
        its_own = np.flatnonzero(self.name == self.names.index(name))
        first, last, times = self.first_us[its_own], self.last_us[its_own], self.times[its_own]
        wait = np.sort(first - self.created_us[self.who[its_own]])
        whole = covering(adoption, adoption.grain)
        first_period, last_period = whole.numbers(first), whole.numbers(last)
        could_return = (first >= self.since_us) & (first_period < len(whole) - 1)
        return {
            "feature": name,
            "people": len(its_own),
            "times": int(times.sum()),
            "could_return": int(np.count_nonzero(could_return)),
            "returned": int(np.count_nonzero(could_return & (last_period > first_period))),
            "median_us": quantile_of(wait.astype(np.float64), 1, 2) if len(wait) else None,
        }


def _named(asking: Asking, kinds: list[Kind], features: tuple[Feature, ...]) -> list[list[str]]:
    """The names that each kind of activity goes by: its features, which only the engine can tell, or its event."""
    if not features or not kinds:
        return [[kind.event] for kind in kinds]
    rows = {"kind": range(len(kinds)), "event": [kind.event for kind in kinds], "page": [kind.page for kind in kinds]}
    found = asking.aside(belonging(ibis.memtable(pa.table(rows)), features).select("kind", "feature"))
    named: list[list[str]] = [[] for _ in kinds]
    for kind, feature in zip(*found.to_pydict().values(), strict=True):
        named[kind].append(feature)
    return named


def _line(feature: Feature, active: int, row: dict[str, Any] | None) -> dict[str, Any]:
    row = row or {"people": 0, "times": 0, "median_us": None, "returned": 0, "could_return": 0}
    return {
        "feature": feature.key,
        "name": feature.name,
        "area": feature.area,
        "people": row["people"],
        "active": active,
        "share": row["people"] / active if active else None,
        "times": row["times"],
        "first_use_median_seconds": None if row["median_us"] is None else row["median_us"] / SECOND_US,
        "retained": row["returned"] / row["could_return"] if row["could_return"] else None,
        "returned": row["returned"],
        "could_return": row["could_return"],
    }
