"""Lifecycle: of each period the people who are new, return, are back after a break, or stay away."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from analytics.explore.arrays import active_in, happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.periods import Grain, Periods, covering, now_us
from analytics.explore.selecting import Question, Selector, happened
from analytics.metrics.calendar import local_day, utc_day
from analytics.metrics.facts import BOT, with_person
from analytics.metrics.tables import Tables
from analytics.metrics.timelines import Ints

STATUSES = ("new", "returning", "resurrected", "dormant")
NEW, RETURNING, RESURRECTED, DORMANT = range(len(STATUSES))
NEVER = -(2**30)  # before every period


@dataclass(frozen=True, kw_only=True)
class Lifecycle(Question):
    """Of the whole periods that the time asked about touches. Active is who sends a chosen event."""

    selector: Selector
    grain: Grain = "day"

    @cached_property
    def periods(self) -> Periods:
        return covering(self, self.grain)


@dataclass(frozen=True)
class Point:
    """One count: which period, from 0, and a status."""

    period: int
    status: str


def answer(asking: Asking, lifecycle: Lifecycle) -> dict[str, Any]:
    """``periods``, which of them are over (``complete``), and for each status how many people have it."""
    counts = _by_name(asking, lifecycle)
    if counts is None:
        counts = np.zeros((len(STATUSES), len(lifecycle.periods)), np.int64)
        for row in asking.rows(_counts(asking.tables, lifecycle)):
            counts[row["status"], row["period"]] = row["people"]
    else:
        asking.instead_of(lambda: _counts(asking.tables, lifecycle))
    return {
        "periods": lifecycle.periods.labels,
        "complete": lifecycle.periods.complete(now_us()),
        **{name: counts[status].tolist() for status, name in enumerate(STATUSES)},
    }


def people(asking: Asking, lifecycle: Lifecycle, point: Point) -> ir.Table | None:
    """Those who have one status in one period."""
    rows = _statuses(asking.tables, lifecycle)
    return rows.filter(rows.period == point.period, rows.status == STATUSES.index(point.status))


def _by_name(asking: Asking, lifecycle: Lifecycle) -> Ints | None:
    """How many people have each status in each period, from arrays; None where the engine is to be asked."""
    since_us, until_us = lifecycle.periods.with_more(before=1).since_us, lifecycle.periods.until_us
    happened = happened_by_name(asking, lifecycle, [lifecycle.selector], since_us=since_us, until_us=until_us)
    if happened is None:
        return None
    active, periods = active_in(happened, lifecycle.selector, lifecycle.periods), len(lifecycle.periods)
    period = active.period
    before = np.where(active.begins, NEVER, np.append(NEVER, period[:-1]))
    last_of_person = np.append(active.begins[1:], True)[: len(period)]
    after = np.where(last_of_person, -NEVER, np.append(period[1:], -NEVER)[: len(period)])
    created = lifecycle.periods.numbers(happened.timelines.created_us)[active.who]
    status = np.where(created == period, NEW, np.where(before == period - 1, RETURNING, RESURRECTED))
    here = (period >= 0) & (period < periods)
    gone = (after > period + 1) & (period + 1 < periods)
    cells = np.concatenate([status[here] * periods + period[here], DORMANT * periods + period[gone] + 1])
    return np.bincount(cells, minlength=len(STATUSES) * periods).reshape(len(STATUSES), periods)


def _counts(tables: Tables, lifecycle: Lifecycle) -> ir.Table:
    """``period, status, people``."""
    rows = _statuses(tables, lifecycle)
    return rows.group_by(["period", "status"]).aggregate(people=rows.count())


def _statuses(tables: Tables, lifecycle: Lifecycle) -> ir.Table:
    """``person, period, status``, once for everyone active in a period or in the one before it."""
    active = _active(tables, lifecycle)
    in_order = ibis.window(group_by=active.person, order_by=active.period)
    active = active.mutate(
        before=active.period.lag(1, NEVER).over(in_order),
        after=active.period.lead(1, -NEVER).over(in_order),
    )
    # Where a join finds nobody some engines give NULL, some 0: places are counted from 1.
    created = _created(tables, lifecycle)
    joined = active.left_join(created, active.person == created.created_person)
    joined = joined.mutate(is_new=joined.created_place.coalesce(0) == joined.period + 1)
    status = ibis.cases((joined.is_new, NEW), (joined.before == joined.period - 1, RETURNING), else_=RESURRECTED)
    here = joined.select("person", "period", status=status.cast("int32"))
    gone = active.filter(active.after > active.period + 1)
    away = gone.select("person", period=gone.period + 1, status=ibis.literal(DORMANT, "int32"))
    every = ibis.union(here, away.mutate(period=away.period.cast("int32")))
    return every.filter(every.period.between(0, len(lifecycle.periods) - 1))


def _active(tables: Tables, lifecycle: Lifecycle) -> ir.Table:
    """``person, period``, once each, from the period before those asked about, which is number −1."""
    since_us, until_us = lifecycle.periods.with_more(before=1).since_us, lifecycle.periods.until_us
    rows = happened(tables, lifecycle, [lifecycle.selector], since_us=since_us, until_us=until_us)
    rows = rows.filter(lifecycle.selector.chooses(rows))
    return rows.select("person", period=lifecycle.periods.number(rows)).distinct()


def _created(tables: Tables, lifecycle: Lifecycle) -> ir.Table:
    """``created_person, created_place`` of those whose first event of any kind lies in the periods: 1 for the first."""
    since_us, until_us = lifecycle.periods.since_us, lifecycle.periods.until_us
    sent = tables.events
    sent = sent.filter(sent.actor != 0, (sent.flags & BOT) == 0, sent.at_us < until_us)
    by_actor = with_person(tables, sent.group_by("actor").aggregate(at_us=sent.at_us.min()))
    people = by_actor.group_by("person").aggregate(at_us=by_actor.at_us.min())
    people = people.filter(people.at_us >= since_us)
    people = people.mutate(day=local_day(people.at_us, lifecycle.timezone, utc_day(since_us), utc_day(until_us)))
    return people.select(created_person="person", created_place=lifecycle.periods.number(people) + 1)
