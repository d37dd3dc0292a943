"""What is asked of a metric: which periods, by which dimensions, of which part."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

from analytics.metrics.calendar import Day, Grain, Whole, earliest, latest, next_period, period_of, previous_period
from analytics.metrics.cube import Cube
from analytics.metrics.sample import Sample
from analytics.metrics.tables import Tables

ROLLING_DAYS = 30


class Periods:
    """Periods of ``grain``, and the days that tell some of them from the others."""

    grain: Grain
    week_start: int

    def period_of(self, day: Whole) -> Whole:
        return period_of(day, self.grain, self.week_start)

    def following(self, period: Whole) -> Whole:
        return next_period(period, self.grain)

    def before(self, period: Whole) -> Whole:
        return previous_period(period, self.grain)


@dataclass(frozen=True)
class Span(Periods):
    """The periods of ``grain`` from the one of day ``first`` to the one of day ``last``.

    ``last`` may lie within its period: then nothing later is known yet, and figures that are
    taken on a period's last day are taken on it.
    """

    first: int
    last: int
    grain: Grain = "day"
    week_start: int = 0

    @property
    def first_period(self) -> int:
        return self.period_of(self.first)

    @property
    def period_before(self) -> int:
        return self.before(self.first_period)

    @property
    def last_period(self) -> int:
        return self.period_of(self.last)

    @property
    def first_end(self) -> int:
        """The last day, as far as days are known, of the first period."""
        return min(self.following(self.first_period) - 1, self.last)

    @property
    def days_needed(self) -> tuple[int, int]:
        """The days a sample must hold so that every metric can answer."""
        rolling = self.first_end - ROLLING_DAYS + 1
        return min(self.period_before, rolling), self.last


@dataclass(frozen=True)
class OpenSpan(Periods):
    """A span whose days are left open: its expressions hold scalars that get their values when they are asked."""

    first_period: ir.IntegerValue
    period_before: ir.IntegerValue
    last_period: ir.IntegerValue
    first_end: ir.IntegerValue
    last: ir.IntegerValue
    grain: Grain = "day"
    week_start: int = 0


@dataclass(frozen=True)
class Scope:
    """A metric's question: some periods of a sample.

    Of several ``spans``, each of another grain, all are answered by one query; its rows carry the
    number of their ``span``, which is one more key.
    """

    sample: Sample
    spans: tuple[Span, ...] | tuple[OpenSpan, ...]

    @property
    def first_end(self) -> Day:
        """The last day, as far as days are known, of the period that ends first."""
        return earliest(*(span.first_end for span in self.spans))

    @property
    def last(self) -> Day:
        return latest(*(span.last for span in self.spans))

    def each(self, of_span: Callable[[Span | OpenSpan], ir.Table]) -> ir.Table:
        """The rows of all spans."""
        tables = [of_span(span) for span in self.spans]
        if len(tables) == 1:
            return tables[0]
        return ibis.union(*(table.mutate(span=ibis.literal(number, "int8")) for number, table in enumerate(tables)))

    def by_span(self, rows: ir.Table, of_span: Callable[[Span | OpenSpan], ir.Value]) -> ir.Value:
        """A column that is worked out in each span's own way."""
        *others, last = enumerate(of_span(span) for span in self.spans)
        value = last[1]
        return ibis.cases(*((rows.span == number, other) for number, other in others), else_=value) if others else value

    @property
    def _span(self) -> tuple[str, ...]:
        return ("span",) if len(self.spans) > 1 else ()

    def within(self, cube: Cube) -> Cube:
        """The rows of the periods asked for, with their ``period`` in place of ``day``."""
        rows = self.each(lambda span: _in_periods(cube.rows, span, span.first_period))
        return Cube(rows, (*cube.keys, *self._span), cube.cells)

    @cached_property
    def person_periods(self) -> Cube:
        """``keys, person, period``: once each, for every period in which a person was active.

        They begin a period earlier than asked for, which tells who came back.
        """
        active = self.sample.active
        rows = self.each(lambda span: _in_periods(active, span, span.period_before))
        placed = self.sample.placed(rows, "person", "period", *self._span, distinct=True)
        return Cube(placed.rows, (*placed.keys, *self._span), placed.cells)

    def asked(self, rows: ir.Table) -> ir.Table:
        """Those of ``rows`` whose period is asked for."""
        return rows.filter(
            self.by_span(rows, lambda span: rows.period.between(span.first_period, span.last_period)),
        )


def _in_periods(rows: ir.Table, span: Span | OpenSpan, first: Day) -> ir.Table:
    rows = rows.filter(rows.day.between(first, span.last))
    return rows.mutate(period=span.period_of(rows.day).cast("int32")).drop("day")


def scope(
    tables: Tables,
    first: int,
    last: int,
    grain: Grain = "day",
    *,
    zone: str = "UTC",
    week_start: int = 0,
    by: tuple[str, ...] = (),
    where: Mapping[str, str] | None = None,
) -> Scope:
    """The question of one metric, by one set of dimensions."""
    span = Span(first, last, grain, week_start)
    sample = Sample(tables, *span.days_needed, zone, (by,), where or {}, since=span.first_period)
    return Scope(sample, (span,))
