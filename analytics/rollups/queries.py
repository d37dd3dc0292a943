"""Reading figures: from the rollups, and from ``user_day`` where those don't hold them or are stale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import cache

from analytics.metrics.calendar import Grain, date_of, day_number, periods
from analytics.metrics.registry import DIMENSIONS, METRICS, Metric
from analytics.rollups import versions
from analytics.rollups.asked import stored_sets
from analytics.rollups.models import Rollup
from analytics.rollups.standing import Standing, end_of, standing

CACHED_SECONDS = 3600

Parts = tuple[float | None, float | None, float | None]  # value, numerator, denominator
Cells = dict[tuple[str, date, str], Parts]  # metric, period, value of the dimension asked by


@dataclass(frozen=True)
class Point:
    """A figure of one period. ``value`` None: no data.

    ``complete`` False: the period is not over yet, or was not when it was last counted.
    ``current`` False: it is as another time zone or definition had it, and is being worked out anew.
    """

    period: date
    dimensions: dict[str, str]
    value: float | None
    numerator: float | None
    denominator: float | None
    complete: bool
    current: bool = True


def series(
    metric: str, first: date, last: date, grain: Grain, where: Mapping[str, str] | None = None, by: str | None = None
) -> list[Point]:
    """One metric over the periods that touch ``first`` to ``last``; without gaps, by value where ``by`` is given."""
    return several([metric], first, last, grain, where, by)[metric]


def several(
    metrics: Sequence[str],
    first: date,
    last: date,
    grain: Grain,
    where: Mapping[str, str] | None = None,
    by: str | None = None,
    version: str | None = None,
) -> dict[str, list[Point]]:
    """Several metrics at once, in five queries however long the range is, or six with events by name.

    Only what rollups don't hold, or not yet, is worked out anew.

    ``where`` maps dimensions to the one value wanted, ``by`` is a dimension to split by. Who asks
    several times may say the ``version`` that holds now, which saves three queries each.
    """
    where, state = dict(where or {}), standing(version or versions.current())
    asked = periods(first, last, grain, settings.WEEK_START)
    kept = [key for key in metrics if _is_stored(METRICS[key], where, by)]
    unkept = [key for key in metrics if key not in kept]
    cells: Cells = {}
    if kept:
        stale = state.stale(asked, grain)
        if len(stale) < len(asked):
            for rows in _in_same_rows(kept):
                cells |= _from_rollups(rows, asked, grain, where, by)
        cells = {cell: parts for cell, parts in cells.items() if cell[1] not in stale}
        cells |= _live(kept, sorted(stale), grain, where, by, state)
    cells |= _live(unkept, asked, grain, where, by, state)
    return {key: _points(METRICS[key], asked, grain, where, by, cells, state) for key in metrics}


def _is_stored(metric: Metric, where: Mapping[str, str], by: str | None) -> bool:
    wanted = {*where, *([by] if by else [])} & set(DIMENSIONS)
    return any(wanted == set(chosen) for chosen in stored_sets(metric))


def _in_same_rows(metrics: Sequence[str]) -> list[list[str]]:
    """Metrics apart by whether their rows are those of cells, or those of events in cells."""
    apart = [[key for key in metrics if (METRICS[key].own_dimension == "event") is named] for named in (False, True)]
    return [found for found in apart if found]


def _from_rollups(
    metrics: Sequence[str], asked: Sequence[date], grain: Grain, where: Mapping[str, str], by: str | None
) -> Cells:
    own = METRICS[metrics[0]].own_dimension
    dimensions: dict[str, Any] = {name: where.get(name, "") for name in (*DIMENSIONS, "event")}
    rows = Rollup.objects.filter(grain=grain, period__range=(asked[0], asked[-1]))
    if by in dimensions:
        del dimensions[by]
        rows = rows.exclude(**{by: ""})
    elif own == "event" and "event" not in where:
        del dimensions["event"]
        rows = rows.exclude(event="")
    cells: Cells = {}
    in_rows = by if by in (*DIMENSIONS, "event") else None
    names = ("period", "values", *([in_rows] if in_rows else []))
    for period, values, *split in rows.filter(**dimensions).values_list(*names):
        for key in metrics:
            if key in values:
                _enter(cells, METRICS[key], period, split[0] if split else "", values[key], where, by)
    return cells


def _enter(
    cells: Cells, metric: Metric, period: date, split: str, stored: Any, where: Mapping[str, str], by: str | None
) -> None:
    if metric.is_rate:
        cells[metric.key, period, split] = (None, *stored)
    elif metric.own_dimension == "length":
        for length, count in stored.items():
            if where.get("length", length) == length:
                _add(cells, (metric.key, period, length if by == "length" else split), count)
    else:
        _add(cells, (metric.key, period, split), stored)


def _add(cells: Cells, cell: tuple[str, date, str], count: float) -> None:
    """Add up where a metric counts by a dimension that wasn't asked for: its parts never overlap."""
    cells[cell] = ((cells[cell][0] or 0 if cell in cells else 0) + count, None, None)


def _live(
    metrics: Sequence[str],
    asked: Sequence[date],
    grain: Grain,
    where: Mapping[str, str],
    by: str | None,
    state: Standing,
) -> Cells:
    """The same figures by the same functions from ``user_day``, in a query process.

    Kept until the data or the definitions change.
    """
    if not metrics or not asked:
        return {}
    from analytics.rollups import live
    from analytics.store import pool
    from analytics.store.version import data_version

    first, last = day_number(asked[0]), day_number(min(end_of(asked[-1], grain), state.today))
    if first > last:
        return {}
    question = (list(metrics), first, last, grain, dict(sorted(where.items())), by)
    asked_of = repr((question, state.version, data_version().text))
    key = "live:" + blake2b(asked_of.encode(), digest_size=16).hexdigest()
    found: list[live.Figure] | None = cache.get(key)
    if found is None:
        found = pool.ask(live.figures, *question)
        cache.set(key, found, CACHED_SECONDS)
    wanted, cells = set(asked), Cells()
    for name, number, split, *parts in found:
        period, metric = date_of(number), METRICS[name]
        if period not in wanted or not metric.is_kept(parts[2] if metric.is_rate else parts[0]):
            continue
        if metric.own_dimension:
            _add(cells, (name, period, split), parts[0] or 0)
        else:
            cells[name, period, split] = (parts[0], parts[1], parts[2])
    return cells


def _points(
    metric: Metric,
    asked: Iterable[date],
    grain: Grain,
    where: Mapping[str, str],
    by: str | None,
    cells: Cells,
    state: Standing,
) -> list[Point]:
    """The figures in order, with a zero, or "no data", wherever there is none; what is to come has no data."""
    splits = sorted({split for key, _, split in cells if key == metric.key}) if by else [""]
    nothing: Parts = (0, None, None) if metric.counts else (None, 0, 0) if metric.is_rate else (None, None, None)
    points = []
    for period in asked:
        stands = state.is_complete(period, grain), state.is_current(period, grain, {*where, by})
        for split in splits:
            missing = nothing if period <= state.today else (None, None, None)
            value, numerator, denominator = cells.get((metric.key, period, split), missing)
            if metric.is_rate:
                value = numerator / denominator if denominator and numerator is not None else None
            dimensions = {**where, **({by: split} if by else {})}
            points.append(Point(period, dimensions, value, numerator, denominator, *stands))
    return points
