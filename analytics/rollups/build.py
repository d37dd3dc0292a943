"""Writing the rollups: every metric by day, week and month, for the periods that given days reach.

Figures are worked out first, without touching the database, then written in short transactions,
so that collecting never waits long. Before the first of them the periods are queued as stale and
after the last taken off again: whoever reads in between is answered from ``user_day``, and never
sees half of a night. Killed in between, the queue has them done again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import ibis.expr.types as ir
from django.conf import settings
from django.db import transaction

from analytics.metrics.calendar import GRAINS, Grain, date_of, day_number, today
from analytics.metrics.facts import Lookups
from analytics.metrics.registry import DIMENSIONS, METRICS, Metric
from analytics.metrics.sample import Sample
from analytics.metrics.scope import Scope, Span
from analytics.metrics.tables import Tables
from analytics.rollups import versions
from analytics.rollups.days import Run
from analytics.rollups.keeping import keeper
from analytics.rollups.models import Rollup, Watermark
from analytics.rollups.spread import moved_days, reached, stretches
from analytics.stale import StaleDays

# Measured in docs/decisions: deeper combinations would make rollups larger than the events.
STORED_SETS: tuple[tuple[str, ...], ...] = ((), *((name,) for name in DIMENSIONS))
STORED_SETS_BY_NAME: tuple[tuple[str, ...], ...] = ((),)
WATERMARK = "rollup_rows"
ROWS_AT_ONCE = 400
SIGNIFICANT_DIGITS = 12

Progress = Callable[[float], None]
Key = tuple[int, str, str, str, str, str]  # period, dimensions, event
Values = dict[str, Any]


def stored_sets(metric: Metric) -> tuple[tuple[str, ...], ...]:
    """The combinations of dimensions that rollups hold of a metric."""
    return STORED_SETS_BY_NAME if metric.own_dimension == "event" else STORED_SETS


def build(tables: Tables, days: Iterable[int], progress: Progress = lambda share: None) -> int:
    """Work out the rollups that ``days`` reach, and those of every day since the last run. Returns rows written.

    A new version of calendar or definitions has everything worked out anew.
    """
    lookups = Lookups(tables, keep=keeper(tables))
    through, version = day_number(today(settings.PROJECT_TIME_ZONE)), versions.current()
    done = Watermark.objects.filter(step=WATERMARK, version=version).first()
    if done and done.day:
        asked = moved_days(lookups, days) | set(range(day_number(done.day), through + 1))
    else:
        asked = _every_day(tables, through)
    todo = stretches(day for day in asked if day <= through)
    written = 0
    for number, stretch in enumerate(todo, 1):
        written += _build_stretch(lookups, stretch, through, version)
        progress(number / len(todo))
    for pks in _batches(Rollup.objects.exclude(version=version).values_list("pk", flat=True) if not done else ()):
        Rollup.objects.filter(pk__in=pks).delete()
    Watermark.objects.update_or_create(step=WATERMARK, defaults={"day": date_of(through), "version": version})
    return written


def _every_day(tables: Tables, through: int) -> set[int]:
    first = tables.user_day.filter(tables.user_day.day > 0).day.min().to_pyarrow().as_py()
    return set(range(through if first is None else first, through + 1))


def _build_stretch(lookups: Lookups, stretch: Run, through: int, version: str) -> int:
    spans = [reached(stretch, grain, settings.WEEK_START, through) for grain in GRAINS]
    firsts, lasts = zip(*(span.days_needed for span in spans), strict=True)
    since = min(span.first_period for span in spans)
    sample, by_name = (
        Sample(
            lookups.tables,
            min(firsts),
            max(lasts),
            settings.PROJECT_TIME_ZONE,
            sets,
            keep=lookups.keep,
            shared=lookups,
            since=since,
        )
        for sets in (STORED_SETS, STORED_SETS_BY_NAME)
    )
    figures = _figures(sample, by_name, spans)
    mark = StaleDays.objects.create(
        kind=StaleDays.Kind.IDENTITY,
        first_day=date_of(since),
        last_day=date_of(through),
    )
    written = sum(_write(span, figures[span.grain], version) for span in spans)
    mark.delete()
    return written


def _figures(sample: Sample, by_name: Sample, spans: Sequence[Span]) -> dict[Grain, dict[Key, Values]]:
    """The values of every cell in which something happened, by grain."""
    figures: dict[Grain, dict[Key, Values]] = {span.grain: {} for span in spans}
    scopes: dict[tuple[Span, ...], Scope] = {}
    families = groupby(sorted(METRICS.values(), key=lambda m: m.family.__qualname__), key=lambda m: m.family)
    for family, members in families:
        metrics = list(members)
        asked = tuple(span for span in spans if any(span.grain in metric.grains for metric in metrics))
        if metrics[0].own_dimension == "event":
            scope = Scope(by_name, asked)
        else:
            scope = scopes.setdefault(asked, Scope(sample, asked))
        for row in _rows(family(scope)):
            grain = asked[row.get("span", 0)].grain
            for metric in metrics:
                if grain in metric.grains:
                    _note(figures[grain], metric, row)
    return figures


def _rows(table: ir.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_pyarrow().to_batches(max_chunksize=20_000):
        yield from batch.to_pylist()


def _note(figures: dict[Key, Values], metric: Metric, row: dict[str, Any]) -> None:
    """Enter one figure in its cell; zeros are left out, and so are rates of nothing.

    Sums of fractions depend in their last digits on the order of the rows: these are rounded away.
    """
    if not row[metric.over or metric.value]:
        return
    key = (row["period"], *(row.get(name, "") for name in DIMENSIONS), row.get("event", ""))
    values = figures.setdefault(key, {})
    if metric.own_dimension == "length":
        values.setdefault(metric.key, {})[row["length"]] = row[metric.value]
    else:
        value = row[metric.value]
        value = float(f"{value:.{SIGNIFICANT_DIGITS}g}") if isinstance(value, float) else value
        values[metric.key] = [value, row[metric.over]] if metric.is_rate else value


def _write(span: Span, figures: dict[Key, Values], version: str) -> int:
    """Make the stored rows of these periods equal to ``figures``, touching only those that differ."""
    grain = span.grain
    stored = Rollup.objects.filter(grain=grain, period__range=(date_of(span.first_period), date_of(span.last)))
    gone: list[int] = []
    for pk, kept_version, values, *key in stored.values_list("pk", "version", "values", *_KEY).iterator():
        cell: Key = (day_number(key[0]), *key[1:])
        if cell not in figures:
            gone.append(pk)
        elif figures[cell] == values and kept_version == version:
            del figures[cell]
    for pks in _batches(gone):
        Rollup.objects.filter(pk__in=pks).delete()
    rows = (
        Rollup(
            grain=grain, version=version, values=values, **dict(zip(_KEY, (date_of(cell[0]), *cell[1:]), strict=True))
        )
        for cell, values in figures.items()
    )
    for batch in _batches(rows):
        with transaction.atomic():
            Rollup.objects.bulk_create(
                batch, update_conflicts=True, unique_fields=["grain", *_KEY], update_fields=["values", "version"]
            )
    return len(figures) + len(gone)


_KEY = ("period", *DIMENSIONS, "event")


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
