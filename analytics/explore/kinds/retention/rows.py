"""Retention in SQL that every engine has: one row for everyone in a cohort and each distance they come back at."""

import ibis
import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.kinds.retention.question import WINDOW_US, Point, Retention
from analytics.explore.selecting import happened
from analytics.metrics.tables import Tables


def cells(asking: Asking, retention: Retention) -> dict[tuple[int, int], int]:
    """How many people are in each column of each cohort, both counted from 0."""
    found = asking.rows(_counted(came_back(asking.tables, retention), retention))
    counts = {(row["cohort"], row["place"]): row["people"] for row in found}
    if retention.on_or_after:  # counted in their last column, people are in the earlier ones, too
        for cohort in range(len(retention.cohorts)):
            for place in range(len(retention.columns) - 2, 0, -1):
                counts[cohort, place] = counts.get((cohort, place), 0) + counts.get((cohort, place + 1), 0)
    return counts


def behind(tables: Tables, retention: Retention, point: Point) -> ir.Table:
    """``person`` of everyone in one cell."""
    rows = came_back(tables, retention)
    return rows.filter(rows.cohort == point.cohort, _is_in(rows.offset, retention, point.offset))


def _counted(rows: ir.Table, retention: Retention) -> ir.Table:
    """``cohort, place, people``; on or after, people are in their last column alone."""
    if retention.on_or_after:
        keys = ["person", "cohort", (rows.offset == 0).name("starts")]
        rows = rows.group_by(keys).aggregate(offset=rows.offset.max())
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


def came_back(tables: Tables, retention: Retention) -> ir.Table:
    """``person, cohort, offset``, once each: 0 for those in a cohort, else how many periods after it they came."""
    rows = events(tables, retention)
    starts = _starts(rows, retention)
    returns = (_returns_by_window if retention.rolling else _returns_by_period)(rows, starts, retention)
    if not retention.brackets:
        returns = returns.filter(returns.cohort + returns.offset < len(retention.cohorts))
    return ibis.union(starts.select("person", "cohort", offset=ibis.literal(0, "int32")), returns)


def events(tables: Tables, retention: Retention) -> ir.Table:
    """``person, at_us, period, starts, returns`` of the events looked at, the last two 1 or 0.

    For a first time everybody's start events of all times are among them.
    """
    since_us = retention.cohorts.since_us
    if retention.mode == "first_time":
        since_us = min(since_us, tables.events.at_us.min().to_pyarrow().as_py() or since_us)
    selectors = (retention.start, retention.returning)
    rows = happened(tables, retention, selectors, since_us=since_us, until_us=retention.until_us)
    starts, returns = (ibis.ifelse(selector.chooses(rows), 1, 0) for selector in selectors)
    rows = rows.select("person", "at_us", period=retention.seen.number(rows), starts=starts, returns=returns)
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
