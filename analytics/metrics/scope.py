"""What is asked of a metric: which periods, by which dimensions, of which part."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from analytics.metrics.calendar import Grain, period_of, previous_period
from analytics.metrics.sample import Sample
from analytics.metrics.tables import Tables

ROLLING_DAYS = 30


@dataclass(frozen=True)
class Scope:
    """A metric's question: the periods of ``grain`` from the one of ``first`` to the one of ``last``.

    ``last`` may lie within its period: then nothing later is known yet, and figures that are
    taken on a period's last day are taken on it.
    """

    sample: Sample
    first: int
    last: int
    grain: Grain = "day"
    week_start: int = 0

    def period_of(self, day: ir.IntegerValue) -> ir.IntegerValue:
        return period_of(day, self.grain, self.week_start)

    @property
    def first_period(self) -> int:
        return period_of(self.first, self.grain, self.week_start)

    @property
    def last_period(self) -> int:
        return period_of(self.last, self.grain, self.week_start)

    def within(self, rows: ir.Table) -> ir.Table:
        """``rows`` of the periods asked for, with their ``period`` in place of ``day``."""
        rows = rows.filter(rows.day.between(self.first_period, self.last))
        return rows.mutate(period=self.period_of(rows.day).cast("int32")).drop("day")


def days_needed(first: int, last: int, grain: Grain, week_start: int) -> tuple[int, int]:
    """The days a sample must hold so that every metric can answer for the periods of ``first`` to ``last``."""
    period = period_of(first, grain, week_start)
    return min(previous_period(period, grain), period - ROLLING_DAYS + 1), last


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
    needed = days_needed(first, last, grain, week_start)
    sample = Sample(tables, *needed, zone, (by,), where or {}, since=period_of(first, grain, week_start))
    return Scope(sample, first, last, grain, week_start)
