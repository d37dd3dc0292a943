"""Trends: one or more measures of chosen events over time, split by a property."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from analytics.explore.arrays import active_in, happened_by_name, rolling
from analytics.explore.asking import Asking
from analytics.explore.breakdown import NONE, OTHER, told, with_most
from analytics.explore.conditions import column_name
from analytics.explore.periods import HOUR_US, Grain, Periods, covering, now_us
from analytics.explore.selecting import Question, Selector, happened
from analytics.explore.sessions import KEY, begun, ended_us, within
from analytics.metrics.activity import rolling_of
from analytics.metrics.calendar import bounds_us, day_number, local_time, period_number
from analytics.metrics.cube import Cube
from analytics.metrics.portable import number_in
from analytics.metrics.quantiles import quantile
from analytics.metrics.sample import Sample
from analytics.metrics.scope import ROLLING_DAYS, Scope, Span
from analytics.metrics.tables import Tables

MEASURES = ("events", "people", "dau", "wau", "mau", "sessions", "sum", "mean", "median", "p90")
OF_PROPERTY = ("sum", "mean", "median", "p90")
TRAILING = {"wau": 7, "mau": ROLLING_DAYS}  # days
PEOPLE = ("people", "dau", *TRAILING)
BY_NAME = ("events", *PEOPLE)
QUANTILES = {"median": (1, 2), "p90": (9, 10)}


@dataclass(frozen=True)
class Series(Selector):
    """What is measured of the events chosen. ``property`` None: the event's own value."""

    measure: str = "events"
    property: str | None = None


@dataclass(frozen=True, kw_only=True)
class Trend(Question):
    series: tuple[Series, ...]
    grain: Grain = "day"
    breakdown: str | None = None
    values_shown: int = 25
    compare: str | None = None  # previous or year

    @cached_property
    def periods(self) -> Periods:
        return covering(self, self.grain)


@dataclass(frozen=True)
class Point:
    """One figure of a trend, to ask who is behind it; its period counts from 0."""

    series: int
    period: int
    breakdown: str | None = None


def answer(asking: Asking, trend: Trend) -> dict[str, Any]:
    """``periods`` and which of them are over (``complete``), ``series``, the same of the days ``compare`` names.

    Of periods that have not begun values are None.
    """
    found = _measured(asking, trend)
    if trend.compare:
        found["compare"] = _measured(asking, _earlier(trend))
    return found


def people(asking: Asking, trend: Trend, point: Point) -> ir.Table | None:
    """Those behind one value of a series."""
    known = _known(trend)
    if known is None or point.period >= len(known.periods):
        return None
    series = trend.series[point.series]
    rows = _rows(asking.tables, known, series)
    if trend.breakdown:
        rows = rows.filter(rows.split == point.breakdown)
    if series.measure not in TRAILING:
        return rows.filter(known.periods.number(rows) == point.period)
    units, per_day = _units(known)
    trailing = TRAILING[series.measure] * per_day
    units = units.with_more(before=trailing - 1)
    last = units.of(known.periods.starts_us[point.period + 1] - 1)
    return rows.filter(rows.at_us >= units.starts_us[last + 1 - trailing], rows.at_us < units.starts_us[last + 1])


def _known(trend: Trend) -> Trend | None:
    """The question up to today; None when all of it lies ahead. A rolling count would only fall from here on."""
    today = local_time(now_us(), trend.timezone).date()
    if trend.first > today:
        return None
    return trend if trend.last <= today else replace(trend, last=today, ends=None)


def _units(trend: Trend) -> tuple[Periods, int]:
    """What trailing days are counted in up to the end of the last period or to today, and how many a day has.

    Hours in a trend by the hour, else days.
    """
    if trend.grain == "hour":
        return trend.periods, 24
    last = local_time(min(trend.periods.until_us - 1, max(now_us(), trend.bounds_us[1] - 1)), trend.timezone).date()
    return covering(replace(trend, last=last, ends=None), "day"), 1


def _earlier(trend: Trend) -> Trend:
    days = (trend.last - trend.first).days + 1
    back = timedelta(days=days if trend.compare == "previous" else 364)  # 52 weeks: weekdays stay weekdays
    return replace(trend, first=trend.first - back, last=trend.last - back, compare=None)


def _measured(asking: Asking, trend: Trend) -> dict[str, Any]:
    now, known = now_us(), _known(trend)
    begun = [start <= now for start in trend.periods.starts_us[:-1]]
    lines = []
    for number, series in enumerate(trend.series):
        found: dict[str | None, dict[int, float | None]] = {} if trend.breakdown else {None: {}}
        if known is not None:
            by_name = _by_name(asking, known, series)
            if by_name is not None:
                asking.instead_of(partial(_measure, asking.tables, known, series))
                found[None] = by_name
            else:
                for row in asking.rows(_measure(asking.tables, known, series)):
                    found.setdefault(row.get("split"), {})[row["period"]] = row["value"]
        nothing = None if series.measure in ("mean", "median", "p90") else 0
        for split, values in sorted(found.items(), key=_largest_first):
            shown = [values.get(place, nothing) if has else None for place, has in enumerate(begun)]
            line: dict[str, Any] = {"label": _label(series, split), "values": shown}
            lines.append(line if trend.breakdown is None else {**line, "breakdown": split, "series": number})
    return {"periods": trend.periods.labels, "complete": trend.periods.complete(now), "series": lines}


def _largest_first(line: tuple[str | None, dict[int, float | None]]) -> tuple[bool, bool, float, str]:
    """Values by name before what isn't set, and that before all others."""
    split, values = line
    return split == OTHER, split == NONE, -sum(value or 0 for value in values.values()), split or ""


def _label(series: Series, split: str | None) -> str:
    name = f"{series.label} · {series.measure}"
    return f"{name} · {split}" if split is not None else name


def _by_name(asking: Asking, trend: Trend, series: Series) -> dict[int, float | None] | None:
    """Values by the number of their period, from arrays; None where the engine is to be asked."""
    if trend.breakdown or series.measure not in BY_NAME:
        return None
    trailing = TRAILING.get(series.measure)
    since_us = _looks_back_us(trend) if trailing else None
    happened = happened_by_name(asking, trend, [series], since_us=since_us)
    if happened is None:
        return None
    if trailing:
        units, per_day = _units(trend)
        units = units.with_more(before=trailing * per_day - 1)
        ends = units.numbers(np.array(trend.periods.starts_us[1:])) - 1
        values = rolling(active_in(happened, series, units), len(units), trailing * per_day)[ends]
    else:
        active = active_in(happened, series, trend.periods)
        times = active.times if series.measure == "events" else np.ones_like(active.times)
        values = np.bincount(active.period, times, minlength=len(trend.periods)).astype(np.int64)
    return dict(enumerate(values.tolist()))


def _measure(tables: Tables, trend: Trend, series: Series) -> ir.Table:
    """``period, split?, value``."""
    rows = _rows(tables, trend, series)
    keys = ["split"] if trend.breakdown else []
    if series.measure in TRAILING:
        return _trailing(tables, trend, series, rows.select(*keys, "person", "at_us", "day"))
    rows = rows.mutate(period=trend.periods.number(rows))
    by = ["period", *keys]
    if series.measure in ("events", "sessions"):
        return rows.group_by(by).aggregate(value=rows.count())
    if series.measure in PEOPLE:
        found = rows.select(*by, "person").distinct()
        return found.group_by(by).aggregate(value=found.count())
    numbers = rows.filter(rows.number.notnull())
    if series.measure in QUANTILES:
        return quantile(numbers, by, "number", value=QUANTILES[series.measure])
    total = numbers.number.sum() if series.measure == "sum" else numbers.number.mean()
    return numbers.group_by(by).aggregate(value=total)


def _trailing(tables: Tables, trend: Trend, series: Series, rows: ir.Table) -> ir.Table:
    """The same of a rolling count, taken at the end of each period: on its last day, or in the hour itself."""
    keys = ["split"] if trend.breakdown else []
    units, per_day = _units(trend)
    if trend.grain == "hour":
        rows = rows.mutate(day=((rows.at_us - units.since_us) // HOUR_US).cast("int32"))
        span = Span(0, len(units) - 1)
    else:
        first = day_number(trend.first)
        span = Span(first, first + len(units) - 1, trend.grain, trend.week_start)
    active = Cube(rows.select(*keys, "person", "day").distinct(), tuple(keys))
    counts = rolling_of(active, Scope(Sample(tables, 0, 0), (span,)), per_day)
    if trend.grain == "hour":
        period = counts.period
    else:
        before = period_number(span.first, trend.grain, trend.week_start)
        period = period_number(counts.period, trend.grain, trend.week_start) - before
    return counts.select(*keys, period=period.cast("int32"), value=counts[series.measure])


def _rows(tables: Tables, trend: Trend, series: Series) -> ir.Table:
    """``person, at_us, day, split?`` of what the series counts: the selected events, or the sessions that hold one."""
    if series.measure != "sessions":
        return _with_top(trend, series, _events(tables, trend, series))
    sessions = begun(tables, trend)
    # A session is its person's, whoever else sent events in it.
    events = _events(tables, replace(trend, segment=None), series, ended_us(sessions))
    rows = within(events, sessions)
    rows = _with_top(trend, series, rows.mutate(at_us=rows.start_us))
    keys = ["split"] if trend.breakdown else []
    return rows.select(*KEY, *keys, "person", "at_us", "day").distinct()


def _events(tables: Tables, trend: Trend, series: Series, last_us: int = 0) -> ir.Table:
    """``person, at_us, day, number, split?`` and a session's key, of the events that the series selects.

    They go on to ``last_us`` where that is later than the last day asked for.
    """
    looks_back = TRAILING.get(series.measure, 1) - 1
    since, until = trend.bounds_us
    if looks_back:
        since = _looks_back_us(trend)
    until = max(until, last_us + 1)
    measured = series.property if series.measure in OF_PROPERTY else None
    also = [name for name in (trend.breakdown, measured) if name]
    rows = happened(tables, trend, [series], also, since_us=since, until_us=until)
    rows = rows.filter(series.chooses(rows))
    number = number_in(rows[column_name(measured)]) if measured else rows.value
    rows = rows.mutate(number=number)
    return rows.mutate(split=told(rows, trend.breakdown)) if trend.breakdown else rows


def _looks_back_us(trend: Trend) -> int:
    """From when on the trailing days count of the first period's end, which may lie before its start."""
    return bounds_us(trend.first - timedelta(days=ROLLING_DAYS + 30), trend.timezone)[0]


def _with_top(trend: Trend, series: Series, rows: ir.Table) -> ir.Table:
    """Of a breakdown the values that measure most on the days asked for by name, the others as one.

    What has no sum is told by how often it was measured.
    """
    if not trend.breakdown:
        return rows
    since, until = trend.bounds_us
    asked = (rows.at_us >= since) & (rows.at_us < until)
    if series.measure in PEOPLE:
        found = rows.select("split", "person", period=ibis.ifelse(asked, trend.periods.number(rows), -1)).distinct()
        counts = ibis.ifelse(found.period < 0, 0, 1)
    elif series.measure == "sum":
        found, counts = rows, ibis.ifelse(asked, rows.number.coalesce(0.0), 0.0)
    else:
        found, counts = rows, ibis.ifelse(asked, 1, 0)
    return with_most(rows, "split", found.group_by("split").aggregate(weight=counts.sum()), trend.values_shown)
