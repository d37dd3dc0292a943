"""Trends: one or more measures of chosen events over time, split by a property."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np

from analytics.explore import passes
from analytics.explore.arrays import active_in, happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.breakdown import OTHER, told, with_most
from analytics.explore.conditions import column_name
from analytics.explore.periods import covering
from analytics.explore.selecting import Question, Selector, happened
from analytics.explore.sessions import KEY, begun, ended_us, within
from analytics.metrics.activity import rolling_of
from analytics.metrics.calendar import (
    Grain,
    bounds_us,
    date_of,
    day_number,
    next_period,
    periods,
    today,
)
from analytics.metrics.cube import Cube
from analytics.metrics.portable import number_in
from analytics.metrics.quantiles import quantile
from analytics.metrics.sample import Sample
from analytics.metrics.scope import ROLLING_DAYS, Scope, Span
from analytics.metrics.tables import Tables

MEASURES = ("events", "people", "dau", "wau", "mau", "sessions", "sum", "mean", "median", "p90")
OF_PROPERTY = ("sum", "mean", "median", "p90")
TRAILING = {"wau": 7, "mau": ROLLING_DAYS}
BY_NAME = ("events", "people", "dau", "wau", "mau")
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
    values_shown: int = 10
    compare: str | None = None  # previous or year


@dataclass(frozen=True)
class Point:
    """One figure of a trend, to ask who is behind it."""

    series: int
    period: date
    breakdown: str | None = None


def answer(asking: Asking, trend: Trend) -> dict[str, Any]:
    """``periods`` and which of them are over (``complete``), ``series``, the same of the days ``compare`` names.

    Of periods that begin after today values are None.
    """
    found = _measured(asking, trend)
    if trend.compare:
        found["compare"] = _measured(asking, _earlier(trend))
    return found


def people(asking: Asking, trend: Trend, point: Point) -> ir.Table | None:
    """Those behind one value of a series."""
    known = _known(trend)
    if known is None or point.period > known.last:
        return None
    series = trend.series[point.series]
    rows = _rows(asking.tables, known, series)
    if trend.breakdown:
        rows = rows.filter(rows.split == point.breakdown)
    end = next_period(day_number(point.period), trend.grain) - 1
    end = min(end, day_number(known.last))
    if series.measure in TRAILING:
        since = end - TRAILING[series.measure] + 1
    else:
        since = max(day_number(point.period), day_number(trend.first))
    return rows.filter(rows.day.between(since, end))


def _known(trend: Trend) -> Trend | None:
    """The question up to today; None when all of it lies ahead. A rolling count would only fall from here on."""
    now = today(trend.timezone)
    if trend.first > now:
        return None
    return trend if trend.last <= now else replace(trend, last=now, ends=None)


def _earlier(trend: Trend) -> Trend:
    days = (trend.last - trend.first).days + 1
    back = timedelta(days=days if trend.compare == "previous" else 364)  # 52 weeks: weekdays stay weekdays
    return replace(trend, first=trend.first - back, last=trend.last - back, compare=None)


def _measured(asking: Asking, trend: Trend) -> dict[str, Any]:
    now, known = today(trend.timezone), _known(trend)
    starts = periods(trend.first, trend.last, trend.grain, trend.week_start)
    lines = []
    for number, series in enumerate(trend.series):
        found: dict[str | None, dict[date, float | None]] = {} if trend.breakdown else {None: {}}
        if known is not None:
            by_name = _by_name(asking, known, series)
            if by_name is not None:
                asking.instead_of(partial(_measure, asking.tables, known, series))
                found[None] = by_name
            else:
                for row in asking.rows(_measure(asking.tables, known, series)):
                    found.setdefault(row.get("split"), {})[date_of(row["period"])] = row["value"]
        nothing = None if series.measure in ("mean", "median", "p90") else 0
        for split, values in sorted(found.items(), key=_largest_first):
            shown = [values.get(start, nothing) if start <= now else None for start in starts]
            line: dict[str, Any] = {"label": _label(series, split), "values": shown}
            lines.append(line if trend.breakdown is None else {**line, "breakdown": split, "series": number})
    return {
        "periods": [start.isoformat() for start in starts],
        "complete": [next_period(day_number(start), trend.grain) <= day_number(now) for start in starts],
        "series": lines,
    }


def _largest_first(line: tuple[str | None, dict[date, float | None]]) -> tuple[bool, float, str]:
    split, values = line
    return split == OTHER, -sum(value or 0 for value in values.values()), split or ""


def _label(series: Series, split: str | None) -> str:
    name = f"{series.label} · {series.measure}"
    return f"{name} · {split}" if split is not None else name


def _by_name(asking: Asking, trend: Trend, series: Series) -> dict[date, float | None] | None:
    """Values by their period's first day, from arrays; None where the engine is to be asked."""
    if trend.breakdown or series.measure not in BY_NAME:
        return None
    trailing = TRAILING.get(series.measure)
    since_us = _looks_back_us(trend) if trailing else None
    happened = happened_by_name(asking, trend, [series], since_us=since_us)
    if happened is None:
        return None
    whole = covering(trend, trend.grain)
    if trailing:
        days = covering(trend, "day").with_more(before=trailing - 1)
        ends = days.numbers(np.array(whole.starts_us[1:])) - 1
        active = active_in(happened, series, days)
        values = passes.rolling(active.who, active.period, len(days), trailing)[ends]
    else:
        active = active_in(happened, series, whole)
        times = active.times if series.measure == "events" else np.ones_like(active.times)
        values = np.bincount(active.period, times, minlength=len(whole)).astype(np.int64)
    starts = periods(trend.first, trend.last, trend.grain, trend.week_start)
    return dict(zip(starts, values.tolist(), strict=True))


def _measure(tables: Tables, trend: Trend, series: Series) -> ir.Table:
    """``period, split?, value``."""
    rows = _rows(tables, trend, series)
    keys = ["split"] if trend.breakdown else []
    span = Span(day_number(trend.first), day_number(trend.last), trend.grain, trend.week_start)
    if series.measure in TRAILING:
        days = Cube(rows.select(*keys, "person", "day").distinct(), tuple(keys))
        return rolling_of(days, Scope(Sample(tables, 0, 0), (span,))).select("period", *keys, value=series.measure)
    rows = rows.filter(rows.day.between(span.first, span.last))
    rows = rows.mutate(period=span.period_of(rows.day).cast("int32"))
    by = ["period", *keys]
    if series.measure in ("events", "sessions"):
        return rows.group_by(by).aggregate(value=rows.count())
    if series.measure in ("people", "dau"):
        found = rows.select(*by, "person").distinct()
        return found.group_by(by).aggregate(value=found.count())
    numbers = rows.filter(rows.number.notnull())
    if series.measure in QUANTILES:
        return quantile(numbers, by, "number", value=QUANTILES[series.measure])
    total = numbers.number.sum() if series.measure == "sum" else numbers.number.mean()
    return numbers.group_by(by).aggregate(value=total)


def _rows(tables: Tables, trend: Trend, series: Series) -> ir.Table:
    """``person, day, split?`` of what the series counts: the selected events, or the sessions that hold one."""
    if series.measure != "sessions":
        return _with_top(trend, _events(tables, trend, series))
    sessions = begun(tables, trend)
    # A session is its person's, whoever else sent events in it.
    events = _events(tables, replace(trend, segment=None), series, ended_us(sessions))
    rows = _with_top(trend, within(events, sessions))
    keys = ["split"] if trend.breakdown else []
    return rows.select(*KEY, *keys, "person", "day").distinct()


def _events(tables: Tables, trend: Trend, series: Series, last_us: int = 0) -> ir.Table:
    """``person, day, number, split?`` and a session's key, of the events that the series selects.

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


def _with_top(trend: Trend, rows: ir.Table) -> ir.Table:
    """Of a breakdown the values that are most frequent on the days asked for by name, the others as one."""
    if not trend.breakdown:
        return rows
    on_days = rows.day.between(day_number(trend.first), day_number(trend.last))
    times = rows.group_by("split").aggregate(weight=ibis.ifelse(on_days, 1, 0).sum())
    return with_most(rows, "split", times, trend.values_shown)
