"""Stickiness: how many people were active in one period, in two, in three, …"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import ibis.expr.types as ir
import numpy as np

from analytics.explore.arrays import active_in, happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.periods import Grain, Periods, covering, now_us
from analytics.explore.selecting import Question, Selector, happened
from analytics.metrics.tables import Tables

OPERATORS = ("is", "exact", "gt", "gte", "lt", "lte")


@dataclass(frozen=True)
class Occurrences:
    """How many events in one period make somebody active in it."""

    operator: str = "gte"
    value: int = 1

    def enough(self, times: Any) -> Any:
        match self.operator:
            case "gt":
                return times > self.value
            case "gte":
                return times >= self.value
            case "lt":
                return times < self.value
            case "lte":
                return times <= self.value
            case _:
                return times == self.value


@dataclass(frozen=True, kw_only=True)
class Stickiness(Question):
    """From the beginning of the first period on. ``interval_count`` periods of the grain count as one,
    put together from the end, so that the first may have fewer.
    """

    selector: Selector
    grain: Grain = "day"
    interval_count: int = 1
    cumulative: bool = False
    occurrences: Occurrences = Occurrences()

    @cached_property
    def periods(self) -> Periods:
        return covering(self, self.grain)

    @cached_property
    def intervals(self) -> Periods:
        """The periods as they count, put together."""
        starts = self.periods.starts_us
        return replace(self.periods, starts_us=(starts[0], *starts[1:][:: -self.interval_count][::-1]))

    @property
    def most(self) -> int:
        """In how many periods somebody can have been active."""
        return -(-len(self.periods) // self.interval_count)


@dataclass(frozen=True)
class Point:
    """Those active in so many periods; if the question is cumulative, in so many or more."""

    periods: int


def answer(asking: Asking, stickiness: Stickiness) -> dict[str, Any]:
    """``counts``: the first is of those active in one period. ``complete``: whether the last period is over."""
    by_periods = _by_name(asking, stickiness)
    if by_periods is None:
        by_periods = {row["periods"]: row["people"] for row in asking.rows(_counts(asking.tables, stickiness))}
    else:
        asking.instead_of(lambda: _counts(asking.tables, stickiness))
    counts = [by_periods.get(periods, 0) for periods in range(1, stickiness.most + 1)]
    if stickiness.cumulative:
        counts = [sum(counts[place:]) for place in range(len(counts))]
    return {"counts": counts, "complete": stickiness.periods.until_us <= now_us()}


def people(asking: Asking, stickiness: Stickiness, point: Point) -> ir.Table | None:
    """Those behind one count."""
    rows = _people(asking.tables, stickiness)
    return rows.filter(rows.periods >= point.periods if stickiness.cumulative else rows.periods == point.periods)


def _by_name(asking: Asking, stickiness: Stickiness) -> dict[int, int] | None:
    """By the number of periods how many people there are, from arrays; None where the engine is to be asked."""
    since_us = stickiness.periods.since_us
    happened = happened_by_name(asking, stickiness, [stickiness.selector], since_us=since_us)
    if happened is None:
        return None
    active = active_in(happened, stickiness.selector, stickiness.intervals)
    enough = stickiness.occurrences.enough(active.times)
    people = np.bincount(np.bincount(active.who[enough]))
    return {periods: int(count) for periods, count in enumerate(people) if periods}


def _counts(tables: Tables, stickiness: Stickiness) -> ir.Table:
    """``periods, people``."""
    people = _people(tables, stickiness)
    return people.group_by("periods").aggregate(people=people.count())


def _people(tables: Tables, stickiness: Stickiness) -> ir.Table:
    """``person, periods``: in how many somebody was active."""
    rows = happened(tables, stickiness, [stickiness.selector], since_us=stickiness.periods.since_us)
    rows = rows.filter(stickiness.selector.chooses(rows))
    until_end = len(stickiness.periods) - 1 - stickiness.periods.number(rows)
    rows = rows.select("person", interval=until_end // stickiness.interval_count)
    times = rows.group_by(["person", "interval"]).aggregate(times=rows.count())
    active = times.filter(stickiness.occurrences.enough(times.times))
    return active.group_by("person").aggregate(periods=active.count())
