"""Stickiness: how many people were active in one period, in two, in three, …"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.periods import Grain, Periods, covering, now_us
from analytics.explore.selecting import Question, Selector, happened
from analytics.metrics.tables import Tables

OPERATORS = ("exact", "gt", "gte", "lt", "lte")


@dataclass(frozen=True)
class Occurrences:
    """How many events in one period make somebody active in it."""

    operator: str = "gte"
    value: int = 1

    def enough(self, times: ir.IntegerValue) -> ir.BooleanValue:
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
    people = _people(asking.tables, stickiness)
    found = asking.rows(people.group_by("periods").aggregate(people=people.count()))
    by_periods = {row["periods"]: row["people"] for row in found}
    counts = [by_periods.get(periods, 0) for periods in range(1, stickiness.most + 1)]
    if stickiness.cumulative:
        counts = [sum(counts[place:]) for place in range(len(counts))]
    return {"counts": counts, "complete": stickiness.periods.until_us <= now_us()}


def people(asking: Asking, stickiness: Stickiness, point: Point) -> ir.Table | None:
    """Those behind one count."""
    rows = _people(asking.tables, stickiness)
    return rows.filter(rows.periods >= point.periods if stickiness.cumulative else rows.periods == point.periods)


def _people(tables: Tables, stickiness: Stickiness) -> ir.Table:
    """``person, periods``: in how many somebody was active."""
    rows = happened(tables, stickiness, [stickiness.selector], since_us=stickiness.periods.since_us)
    rows = rows.filter(stickiness.selector.chooses(rows))
    until_end = len(stickiness.periods) - 1 - stickiness.periods.number(rows)
    rows = rows.select("person", interval=until_end // stickiness.interval_count)
    times = rows.group_by(["person", "interval"]).aggregate(times=rows.count())
    active = times.filter(stickiness.occurrences.enough(times.times))
    return active.group_by("person").aggregate(periods=active.count())
