"""Sets of days, as the numbers that derived tables carry, and the stretches of time they cover."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_

import ibis
import ibis.expr.types as ir

from analytics.metrics.calendar import bounds_us, date_of, next_period, period_of


@dataclass(frozen=True)
class Run:
    """Consecutive days, both ends included."""

    first: int
    last: int

    def us(self, zone: str) -> tuple[int, int]:
        """From when until before when these days last in ``zone``, in UTC microseconds."""
        return bounds_us(date_of(self.first), zone)[0], bounds_us(date_of(self.last), zone)[1]


def runs(days: Iterable[int]) -> list[Run]:
    """The days as the fewest runs, in order."""
    ordered = sorted(set(days))
    if not ordered:
        return []
    breaks = [(before, after) for before, after in pairwise(ordered) if after > before + 1]
    firsts = [ordered[0], *(after for _, after in breaks)]
    lasts = [*(before for before, _ in breaks), ordered[-1]]
    return [Run(first, last) for first, last in zip(firsts, lasts, strict=True)]


def on_days(column: ir.IntegerValue, stretches: Iterable[Run]) -> ir.BooleanValue:
    """Whether a column of day numbers lies in one of the runs."""
    return _any(column.between(run.first, run.last) for run in stretches)


def within(start: ir.IntegerValue, end: ir.IntegerValue, spans: Iterable[tuple[int, int]]) -> ir.BooleanValue:
    """Whether the closed interval from ``start`` to ``end`` meets one of the half-open ``spans``, in microseconds."""
    return _any((end >= first) & (start < before) for first, before in spans)


def _any(conditions: Iterable[ir.BooleanValue]) -> ir.BooleanValue:
    return reduce(or_, conditions, ibis.literal(False))


def month_of(day: int) -> str:
    """The month of a day as parts are named: YYYY-MM."""
    return f"{date_of(day):%Y-%m}"


def whole_months(days: Iterable[int]) -> list[Run]:
    """The months that these days lie in, each as a run."""
    starts = sorted({period_of(day, "month") for day in days})
    return [Run(start, next_period(start, "month") - 1) for start in starts]
