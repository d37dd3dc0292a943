"""Trends: one or more measures of chosen events over time, split by a property. Runs in a query process."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from time import perf_counter
from typing import Any

import ibis
import ibis.expr.types as ir

from analytics.explore.conditions import Condition, column_name, holds, with_properties
from analytics.metrics.activity import rolling_of
from analytics.metrics.calendar import Grain, bounds_us, date_of, day_number, local_day, next_period, periods
from analytics.metrics.cube import Cube
from analytics.metrics.facts import ACTIVE_TYPES, BOT, PASSIVE
from analytics.metrics.quantiles import quantile
from analytics.metrics.sample import Sample
from analytics.metrics.scope import ROLLING_DAYS, Scope, Span
from analytics.metrics.tables import Tables
from analytics.store.reading import snapshot

MEASURES = ("events", "people", "dau", "wau", "mau", "sessions", "sum", "mean", "median", "p90")
OF_PROPERTY = ("sum", "mean", "median", "p90")
TRAILING = {"wau": 7, "mau": ROLLING_DAYS}
QUANTILES = {"median": (1, 2), "p90": (9, 10)}
NONE, OTHER = "(none)", "(other)"


@dataclass(frozen=True)
class Series:
    """What is measured. ``event`` None: every active event. ``property`` None: the event's own value."""

    event: str | None = None
    measure: str = "events"
    filters: tuple[Condition, ...] = ()
    property: str | None = None


@dataclass(frozen=True)
class Trend:
    first: date
    last: date
    series: tuple[Series, ...]
    grain: Grain = "day"
    timezone: str = "UTC"
    week_start: int = 0
    filters: tuple[Condition, ...] = ()
    breakdown: str | None = None
    values_shown: int = 10
    compare: str | None = None  # previous or year


@dataclass(frozen=True)
class Point:
    """One figure of a trend, to ask who is behind it."""

    series: int
    period: date
    breakdown: str | None = None


def answer(trend: Trend) -> dict[str, Any]:
    """``periods``, ``series`` and, where asked, the same of the days ``compare`` names; ``sql``; ``computed_in_ms``."""
    began = perf_counter()
    asked: list[str] = []
    with snapshot() as tables:
        found = _measured(tables, trend, asked)
        if trend.compare:
            found["compare"] = _measured(tables, _earlier(trend), asked)
    return {**found, "sql": ";\n\n".join(asked), "computed_in_ms": round((perf_counter() - began) * 1000)}


def people(trend: Trend, point: Point, offset: int, limit: int) -> tuple[int, list[int]]:
    """How many people are behind a figure, and some of them, by id."""
    series = trend.series[point.series]
    with snapshot() as tables:
        rows = _events(tables, trend, series)
        if trend.breakdown:
            rows = rows.filter(rows.split == point.breakdown)
        end = next_period(day_number(point.period), trend.grain) - 1
        end = min(end, day_number(trend.last))
        since = end - TRAILING[series.measure] + 1 if series.measure in TRAILING else day_number(point.period)
        since = since if series.measure in TRAILING else max(since, day_number(trend.first))
        chosen = rows.filter(rows.day.between(since, end)).select("person").distinct()
        page = chosen.order_by("person").limit(limit, offset=offset).to_pyarrow()["person"].to_pylist()
        return chosen.count().to_pyarrow().as_py(), page


def _earlier(trend: Trend) -> Trend:
    days = (trend.last - trend.first).days + 1
    back = timedelta(days=days if trend.compare == "previous" else 364)  # 52 weeks: weekdays stay weekdays
    return replace(trend, first=trend.first - back, last=trend.last - back, compare=None)


def _measured(tables: Tables, trend: Trend, asked: list[str]) -> dict[str, Any]:
    starts = periods(trend.first, trend.last, trend.grain, trend.week_start)
    lines = []
    for series in trend.series:
        table = _measure(tables, trend, series)
        asked.append(str(ibis.to_sql(table, dialect="duckdb")))
        found: dict[str | None, dict[date, float | None]] = {} if trend.breakdown else {None: {}}
        for row in table.to_pyarrow().to_pylist():
            found.setdefault(row.get("split"), {})[date_of(row["period"])] = row["value"]
        nothing = None if series.measure in ("mean", "median", "p90") else 0
        for split, values in sorted(found.items(), key=_largest_first):
            line: dict[str, Any] = {"label": _label(series, split), "values": [values.get(s, nothing) for s in starts]}
            lines.append(line if trend.breakdown is None else {**line, "breakdown": split})
    return {"periods": [start.isoformat() for start in starts], "series": lines}


def _largest_first(line: tuple[str | None, dict[date, float | None]]) -> tuple[bool, float, str]:
    split, values = line
    return split == OTHER, -sum(value or 0 for value in values.values()), split or ""


def _label(series: Series, split: str | None) -> str:
    name = f"{series.event or 'any event'} · {series.measure}"
    return f"{name} · {split}" if split is not None else name


def _measure(tables: Tables, trend: Trend, series: Series) -> ir.Table:
    """``period, split?, value``."""
    rows = _events(tables, trend, series)
    keys = ["split"] if trend.breakdown else []
    span = Span(day_number(trend.first), day_number(trend.last), trend.grain, trend.week_start)
    if series.measure in TRAILING:
        days = Cube(rows.select(*keys, "person", "day").distinct(), tuple(keys))
        return rolling_of(days, Scope(Sample(tables, 0, 0), (span,))).select("period", *keys, value=series.measure)
    if series.measure == "sessions":
        rows = _sessions(tables, trend, rows, keys)
    rows = rows.filter(rows.day.between(span.first, span.last))
    rows = rows.mutate(period=span.period_of(rows.day).cast("int32"))
    by = ["period", *keys]
    if series.measure == "events":
        return rows.group_by(by).aggregate(value=rows.count())
    if series.measure in ("people", "dau"):
        found = rows.select(*by, "person").distinct()
        return found.group_by(by).aggregate(value=found.count())
    if series.measure == "sessions":
        return rows.group_by(by).aggregate(value=rows.count())
    numbers = rows.filter(rows.number.notnull())
    if series.measure in QUANTILES:
        return quantile(numbers, by, "number", value=QUANTILES[series.measure])
    total = numbers.number.sum() if series.measure == "sum" else numbers.number.mean()
    return numbers.group_by(by).aggregate(value=total)


def _events(tables: Tables, trend: Trend, series: Series) -> ir.Table:
    """``person, day, number, split?`` and a session's key, of the events that the series selects.

    A named event counts though it be passive: whoever asks for it by name means it.
    """
    looks_back = TRAILING.get(series.measure, 1) - 1
    if looks_back:  # the trailing days of the first period's end, which may lie before its start
        looks_back += 31
    first = trend.first - timedelta(days=looks_back)
    since, until = bounds_us(first, trend.timezone)[0], bounds_us(trend.last, trend.timezone)[1]
    rows = tables.events
    rows = rows.filter(rows.at_us >= since, rows.at_us < until, rows.actor != 0, (rows.flags & BOT) == 0)
    if series.event is None:
        rows = rows.filter(rows.type.isin(ACTIVE_TYPES), (rows.flags & PASSIVE) == 0)
    else:
        rows = rows.filter(rows.event == series.event, rows.type.isin(ACTIVE_TYPES))
    rows = rows.mutate(day=local_day(rows.at_us, trend.timezone, first, trend.last))
    conditions = (*trend.filters, *series.filters)
    wanted = [condition.property for condition in conditions]
    measured = series.property if series.measure in OF_PROPERTY else None
    wanted += [name for name in (trend.breakdown, measured) if name]
    rows = with_properties(tables, rows, list(dict.fromkeys(wanted)))
    if conditions:
        rows = rows.filter(*(holds(rows, condition) for condition in conditions))
    number = rows[column_name(measured)].try_cast("float64") if measured else rows.value
    rows = rows.mutate(number=number)
    if not trend.breakdown:
        return rows
    split = rows[column_name(trend.breakdown)].coalesce("")
    rows = rows.mutate(split=ibis.ifelse(split == "", NONE, split))
    return _with_top(rows, trend.values_shown)


def _with_top(rows: ir.Table, shown: int) -> ir.Table:
    """The most frequent values by name, the others as one."""
    counted = rows.group_by("split").aggregate(times=rows.count())
    top = counted.order_by([counted.times.desc(), counted.split]).limit(shown).to_pyarrow()["split"].to_pylist()
    return rows.mutate(split=ibis.ifelse(rows.split.isin(top), rows.split, OTHER))


def _sessions(tables: Tables, trend: Trend, rows: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The sessions in which a selected event lies, once each, on the day they began."""
    cut = tables.sessions.select("start_us", "end_us", of_source="source", of_device="device", of_session="session_id")
    joined = rows.join(
        cut,
        [
            rows.source == cut.of_source,
            rows.device == cut.of_device,
            rows.session_id == cut.of_session,
            rows.at_us >= cut.start_us,
            rows.at_us <= cut.end_us,
        ],
    )
    found = joined.select("of_source", "of_device", "of_session", "start_us", *keys).distinct()
    return found.mutate(day=local_day(found.start_us, trend.timezone, trend.first, trend.last))
