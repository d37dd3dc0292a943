"""Writing the rollups: every metric by day, week and month, for the periods that given days reach.

Figures are worked out first, without touching the database, then written in short transactions,
so that collecting never waits long. Before the first of them the periods are queued as stale and
after the last taken off again: whoever reads in between is answered from ``user_day``, and never
sees half of a night. Killed in between, the queue has them done again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from analytics.metrics.calendar import GRAINS, Grain, date_of, day_number, today
from analytics.metrics.registry import DIMENSIONS, Metric
from analytics.metrics.scope import Span
from analytics.metrics.tables import Tables
from analytics.records import Records
from analytics.rollups import versions
from analytics.rollups.asked import Questions
from analytics.rollups.days import Run
from analytics.rollups.keeping import Ahead, working_ahead
from analytics.rollups.models import Rollup, Watermark
from analytics.rollups.spread import reached, stretches
from analytics.stale import StaleDays

ROWS_AT_ONCE = 400  # collecting on SQLite waits until a transaction ends
SIGNIFICANT_DIGITS = 12

Progress = Callable[[float], None]
Key = tuple[int, str, str, str, str, str]  # period, dimensions, event
Values = dict[str, Any]


def build(tables: Tables, days: Collection[int], progress: Progress = lambda share: None) -> int:
    """Work out the rollups that ``days`` reach, and those of every day since the last run. Returns rows written.

    A new version of calendar or definitions has everything worked out anew.
    """
    through, version = day_number(today(settings.PROJECT_TIME_ZONE)), versions.current()
    done = Watermark.objects.filter(step=Watermark.Step.ROLLUPS, version=version).first()
    written = 0
    with working_ahead(tables) as ahead:
        questions = Questions(tables, ahead)
        if done and done.day:
            since_then = range(day_number(done.day), through + 1)
            asked = {*days, *questions.moved(days), *since_then}
        else:
            asked = _every_day(ahead, tables, through)
        todo = stretches(day for day in asked if day <= through)
        for number, stretch in enumerate(todo, 1):
            written += _build_stretch(questions, stretch, through, version)
            progress(number / len(todo))
    for pks in _batches(Rollup.objects.exclude(version=version).values_list("pk", flat=True) if not done else ()):
        Rollup.objects.filter(pk__in=pks).delete()
    Watermark.objects.update_or_create(
        step=Watermark.Step.ROLLUPS, defaults={"day": date_of(through), "version": version}
    )
    return written


def outdate_what_was_drawn() -> None:
    """Have pages drawn anew, by moving on the time of the figures by which they are kept.

    The cache isn't asked: it is others' too, and may not answer. What it holds is found no more.
    """
    Watermark.objects.filter(step=Watermark.Step.ROLLUPS).update(at=timezone.now())


def _every_day(ahead: Ahead, tables: Tables, through: int) -> set[int]:
    days = tables.user_day.filter(tables.user_day.day > 0)
    first = ahead.answer(days.aggregate(first=days.day.min())).result()["first"][0].as_py()
    return set(range(through if first is None else first, through + 1))


def _build_stretch(questions: Questions, stretch: Run, through: int, version: str) -> int:
    spans = [reached(stretch, grain, settings.WEEK_START, through) for grain in GRAINS]
    figures: dict[Grain, dict[Key, Values]] = {span.grain: {} for span in spans}
    for metrics, theirs, answer in questions.figures(spans):
        for rows in answer.to_batches(max_chunksize=20_000):
            _note(figures, metrics, theirs, rows.to_pydict())
    mark = StaleDays.objects.create(
        kind=StaleDays.Kind.IDENTITY,
        first_day=date_of(min(span.first_period for span in spans)),
        last_day=date_of(through),
    )
    written = sum(_write(span, figures[span.grain], version) for span in spans)
    mark.delete()
    return written


def _note(
    figures: Mapping[Grain, dict[Key, Values]],
    metrics: Sequence[Metric],
    spans: Sequence[Span],
    columns: Mapping[str, list[Any]],
) -> None:
    """Enter the figures of some rows in their cells; counts of 0 are left out, and rates of nothing."""
    blank, no_span = repeat(""), repeat(0)
    keys = list(zip(columns["period"], *(columns.get(name, blank) for name in (*DIMENSIONS, "event")), strict=False))
    numbers = columns.get("span", no_span)
    for metric in metrics:
        grains = [figures[span.grain] if span.grain in metric.grains else None for span in spans]
        values = list(map(_rounded, columns[metric.value]))
        counted = columns[metric.over] if metric.is_rate else values
        lengths = columns["length"] if metric.own_dimension == "length" else blank
        for key, number, value, over, length in zip(keys, numbers, values, counted, lengths, strict=False):
            cells = grains[number]
            if cells is None or not metric.is_kept(over):
                continue
            cell = cells.setdefault(key, {})
            if length:
                cell.setdefault(metric.key, {})[length] = value
            else:
                cell[metric.key] = [value, over] if metric.is_rate else value


def _rounded(value: float) -> float:
    """Sums of fractions depend in their last digits on the order of the rows: these are rounded away."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if isinstance(value, float) else value


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
    rows = ((grain, date_of(cell[0]), *cell[1:], values, version) for cell, values in figures.items())
    for batch in _batches(rows):
        parameter = _ROWS.parameter(batch)  # before the lock is held
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {_TABLE} ({_ROWS.names}) SELECT {_ROWS.names} FROM {_ROWS.source} WHERE true "  # noqa: S608
                f'ON CONFLICT ({_CELL}) DO UPDATE SET "values" = excluded."values", version = excluded.version',
                [parameter],
            )
    return len(figures) + len(gone)


_KEY = ("period", *DIMENSIONS, "event")
_CELL = ", ".join(("grain", *_KEY))
_TABLE = Rollup._meta.db_table
_ROWS = Records(Rollup, ("grain", *_KEY, "values", "version"))


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for item in items:
        batch.append(item)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
