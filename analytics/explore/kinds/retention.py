"""Retention: of the people who started in a period, how many come back in later ones.

A cohort is everyone whose first start event ever, or any start event, lies in a period. Column 0
of its row is its size; every further column counts those who come back between two distances.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.periods import HOUR_US, Grain, Periods, covering, ending, now_us
from analytics.explore.selecting import Question, Selector, happened
from analytics.metrics.intervals import Share, wilson
from analytics.metrics.tables import Tables

WINDOW_US = {"hour": HOUR_US, "day": 24 * HOUR_US, "week": 7 * 24 * HOUR_US, "month": 30 * 24 * HOUR_US}


@dataclass(frozen=True)
class Column:
    """Coming back ``first`` to ``last`` periods after the start, both included."""

    first: int
    last: int


@dataclass(frozen=True, kw_only=True)
class Retention(Question):
    """``count`` periods up to the end of the time asked about; None: those it touches.

    A return takes ``minimum_occurrences`` events in one period. With ``rolling``, distances are
    counted from the instant of each person's own start, in windows of 1 hour, 24 hours, 7 or 30
    days. ``brackets`` are the distances at which columns begin.
    """

    start: Selector
    returning: Selector
    mode: Literal["first_time", "recurring"] = "first_time"
    grain: Grain = "day"
    count: int | None = None
    on_or_after: bool = False
    minimum_occurrences: int = 1
    rolling: bool = False
    brackets: tuple[int, ...] = ()

    @cached_property
    def cohorts(self) -> Periods:
        if self.count is None:
            return covering(self, self.grain)
        return ending(self, self.grain, self.count)

    @cached_property
    def columns(self) -> list[Column]:
        """The last bracket has no end of its own: it is that very period."""
        if not self.brackets:
            return [Column(distance, distance) for distance in range(len(self.cohorts))]
        following = [*(bracket - 1 for bracket in self.brackets[1:]), self.brackets[-1]]
        return [Column(0, 0), *(Column(*ends) for ends in zip(self.brackets, following, strict=True))]

    @cached_property
    def seen(self) -> Periods:
        """The periods in which returns are looked for: brackets may reach beyond the last cohort's."""
        return self.cohorts.with_more(after=self.brackets[-1] if self.brackets else 0)

    def over_us(self, cohort: int, column: Column) -> int:
        """When nobody of a cohort can come back in a column any more."""
        if self.rolling and column.last:
            return self.cohorts.starts_us[cohort + 1] + (column.last + 1) * WINDOW_US[self.grain]
        return self.seen.starts_us[cohort + column.last + 1]

    @property
    def until_us(self) -> int:
        """When nobody can come back in any cell any more."""
        return max(self.over_us(cohort, self.columns_of(cohort)[-1]) for cohort in range(len(self.cohorts)))

    def columns_of(self, cohort: int) -> list[Column]:
        """Without brackets a row ends with the last period asked for."""
        return self.columns if self.brackets else self.columns[: len(self.cohorts) - cohort]


@dataclass(frozen=True)
class Point:
    """One cell: a cohort and a column, each counted from 0."""

    cohort: int
    offset: int


def answer(asking: Asking, retention: Retention) -> dict[str, Any]:
    """``cohorts``, one for each period, with how many came back in each of ``columns`` and which are over.

    ``average`` is of each column over the cells that are over, weighted by the cohorts' sizes. It
    has an interval if everyone is in one cohort only.
    """
    counted = {(row["cohort"], row["place"]): row["people"] for row in asking.rows(_cells(asking.tables, retention))}
    now = now_us()
    cohorts = []
    for cohort, period in enumerate(retention.cohorts.labels):
        columns = retention.columns_of(cohort)
        returned = [counted.get((cohort, place), 0) for place in range(len(columns))]
        if retention.on_or_after:  # counted by the last column, in which people are in the earlier ones, too
            for place in range(len(columns) - 2, 0, -1):
                returned[place] += returned[place + 1]
        complete = [retention.over_us(cohort, column) <= now for column in columns]
        cohorts.append({"period": period, "size": returned[0], "returned": returned, "complete": complete})
    return {
        "cohorts": cohorts,
        "columns": [{"from": column.first, "to": column.last} for column in retention.columns],
        "average": [_average(retention, cohorts, place) for place in range(len(retention.columns))],
    }


def people(asking: Asking, retention: Retention, point: Point) -> ir.Table | None:
    """Those behind one cell."""
    rows = _came_back(asking.tables, retention)
    return rows.filter(rows.cohort == point.cohort, _is_in(rows.offset, retention, point.offset))


def _average(retention: Retention, cohorts: list[dict[str, Any]], place: int) -> dict[str, Any]:
    over = [cohort for cohort in cohorts if place < len(cohort["complete"]) and cohort["complete"][place]]
    share = Share(sum(cohort["returned"][place] for cohort in over), sum(cohort["size"] for cohort in over))
    low, high = (retention.mode == "first_time" and wilson(share)) or (None, None)
    return {"value": share.value, "numerator": share.part, "denominator": share.whole, "low": low, "high": high}


def _cells(tables: Tables, retention: Retention) -> ir.Table:
    """``cohort, place, people``: how many are in each column; on or after, only in the last of theirs."""
    rows = _came_back(tables, retention)
    if retention.on_or_after:
        rows = rows.group_by(["person", "cohort", (rows.offset == 0).name("starts")]).aggregate(
            offset=rows.offset.max()
        )
    rows = rows.mutate(place=_place(rows.offset, retention)).filter(ibis._.place >= 0)
    found = rows.select("person", "cohort", "place").distinct()
    return found.group_by(["cohort", "place"]).aggregate(people=found.count())


def _place(offset: ir.IntegerValue, retention: Retention) -> ir.IntegerValue:
    """The last column a distance is in; −1: none."""
    if not retention.brackets:
        return offset
    place: ir.IntegerValue = ibis.literal(-1)
    for number in range(len(retention.columns)):
        place = ibis.ifelse(_is_in(offset, retention, number), number, place)
    return place


def _is_in(offset: ir.IntegerValue, retention: Retention, place: int) -> ir.BooleanValue:
    column = retention.columns[place]
    if retention.on_or_after and place:
        return offset >= column.first
    return offset.between(column.first, column.last)


def _came_back(tables: Tables, retention: Retention) -> ir.Table:
    """``person, cohort, offset``, once each: 0 for those in a cohort, else how many periods after it they came."""
    rows = _events(tables, retention)
    starts = _starts(rows, retention)
    returns = (_returns_by_window if retention.rolling else _returns_by_period)(rows, starts, retention)
    if not retention.brackets:
        returns = returns.filter(returns.cohort + returns.offset < len(retention.cohorts))
    return ibis.union(starts.select("person", "cohort", offset=ibis.literal(0, "int32")), returns)


def _events(tables: Tables, retention: Retention) -> ir.Table:
    """``person, at_us, period, starts, returns`` of the events looked at, the last two 1 or 0.

    For a first time everybody's start events of all times are among them.
    """
    since_us = retention.cohorts.since_us
    if retention.mode == "first_time":
        since_us = min(since_us, tables.events.at_us.min().to_pyarrow().as_py() or since_us)
    selectors = (retention.start, retention.returning)
    rows = happened(tables, retention, selectors, since_us=since_us, until_us=retention.until_us)
    starts, returns = (ibis.ifelse(selector.chooses(rows), 1, 0) for selector in selectors)
    rows = rows.select("person", "at_us", period=retention.cohorts.number(rows), starts=starts, returns=returns)
    return rows.filter((rows.starts == 1) | (rows.period >= 0))


def _starts(rows: ir.Table, retention: Retention) -> ir.Table:
    """``person, cohort, start_us``: when in its period somebody's start is."""
    rows = rows.filter(rows.starts == 1)
    if retention.mode == "first_time":
        starts = rows.group_by("person").aggregate(cohort=rows.period.min(), start_us=rows.at_us.min())
    else:
        starts = rows.group_by(["person", rows.period.name("cohort")]).aggregate(start_us=rows.at_us.min())
    return starts.filter(starts.cohort.between(0, len(retention.cohorts) - 1))


def _returns_by_period(rows: ir.Table, starts: ir.Table, retention: Retention) -> ir.Table:
    rows = rows.filter(rows.returns == 1)
    times = rows.group_by(["person", "period"]).aggregate(times=rows.count())
    enough = times.filter(times.times >= retention.minimum_occurrences)
    found = starts.join(enough, "person")
    found = found.filter(found.period > found.cohort)
    return found.select("person", "cohort", offset=(found.period - found.cohort).cast("int32"))


def _returns_by_window(rows: ir.Table, starts: ir.Table, retention: Retention) -> ir.Table:
    window_us = WINDOW_US[retention.grain]
    found = starts.join(rows.filter(rows.returns == 1).select("person", "at_us"), "person")
    found = found.filter(found.at_us >= found.start_us + window_us)
    found = found.mutate(offset=((found.at_us - found.start_us) // window_us).cast("int32"))
    times = found.group_by(["person", "cohort", "offset"]).aggregate(times=found.count())
    return times.filter(times.times >= retention.minimum_occurrences).select("person", "cohort", "offset")
