"""Periods of an hour, a day, a week or a month in a time zone, one after the other, numbered from 0.

Days, weeks and months are whole local ones, however long clock changes make them. Hours are real
hours: where clocks go back, the hour that they show twice is two.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from time import time_ns
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np

from analytics.explore.selecting import Question
from analytics.metrics.calendar import (
    SECOND_US,
    date_of,
    day_number,
    day_start_us,
    local_time,
    next_period,
    period_number,
    period_of,
    previous_period,
)
from analytics.metrics.calendar import Grain as Days
from analytics.metrics.timelines import Ints

Grain = Literal["hour", "day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month")
HOUR_US = 3_600 * SECOND_US
QUARTER_US = 900 * SECOND_US  # in which no period ends, wherever clocks are set by whole quarters of an hour
MOST_COMPARED = 64  # beginnings that instants are compared with; of more, periods are worked out from the day


def now_us() -> int:
    return time_ns() // 1_000


@dataclass(frozen=True)
class Periods:
    """``starts_us``: the instants at which they begin, and as the last the one at which all are over."""

    grain: Grain
    timezone: str
    week_start: int
    starts_us: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.starts_us) - 1

    @property
    def since_us(self) -> int:
        return self.starts_us[0]

    @property
    def until_us(self) -> int:
        return self.starts_us[-1]

    def of(self, us: int) -> int:
        """Which of them an instant lies in; of one that lies before the first or after the last, that one."""
        return min(max(bisect_right(self.starts_us, us) - 1, 0), len(self) - 1)

    def number(self, rows: ir.Table) -> ir.IntegerValue:
        """Which of them each row lies in, by its ``at_us`` and local ``day``.

        Below 0: one before the first; from their count on: one after the last.
        """
        if len(self.starts_us) <= MOST_COMPARED:
            return self._between(rows.at_us, 0, len(self.starts_us)).cast("int32")
        if self.grain == "hour":
            return ((rows.at_us - self.since_us) // HOUR_US).cast("int32")
        first = period_number(_day_of(self.since_us, self.timezone), self.grain, self.week_start)
        return (period_number(rows.day, self.grain, self.week_start) - first).cast("int32")

    def numbers(self, at_us: Ints) -> Ints:
        """The same of instants in an array."""
        if any(start % QUARTER_US for start in self.starts_us):  # of clocks that were set by the sun
            return np.searchsorted(self.starts_us, at_us, side="right") - 1
        starts = np.array(self.starts_us) // QUARTER_US
        of_quarter = np.repeat(
            np.arange(-1, len(self) + 1), np.diff(starts, prepend=starts[0] - 1, append=starts[-1] + 1)
        )
        quarter = at_us // QUARTER_US - (starts[0] - 1)
        if self.since_us <= at_us.min(initial=self.since_us) and at_us.max(initial=self.since_us) < self.until_us:
            return of_quarter[quarter]
        return of_quarter[np.clip(quarter, 0, len(of_quarter) - 1)]

    def _between(self, us: ir.IntegerValue, low: int, high: int) -> ir.IntegerValue:
        """How many of the beginnings from ``low`` to before ``high`` an instant has reached, less one: by halving."""
        if low == high:
            return ibis.literal(low - 1, "int64")  # so that the cast around it all is made on every engine
        middle = (low + high) // 2
        return ibis.ifelse(
            us < self.starts_us[middle], self._between(us, low, middle), self._between(us, middle + 1, high)
        )

    @property
    def labels(self) -> list[str]:
        """Of each its first day; of an hour its beginning, with the zone's distance from UTC."""
        begins = [local_time(start, self.timezone) for start in self.starts_us[:-1]]
        if self.grain == "hour":
            return [begin.isoformat(timespec="minutes") for begin in begins]
        return [begin.date().isoformat() for begin in begins]

    def complete(self, now: int) -> list[bool]:
        """Which of them are over at an instant."""
        return [end <= now for end in self.starts_us[1:]]

    def with_more(self, *, before: int = 0, after: int = 0) -> "Periods":
        """These between as many as ``before`` and ``after``, the first of which is number 0 then."""
        starts = list(self.starts_us)
        for _ in range(before):
            starts.insert(0, _shifted_us(self.grain, self.timezone, starts[0], previous_period, -HOUR_US))
        for _ in range(after):
            starts.append(_shifted_us(self.grain, self.timezone, starts[-1], next_period, HOUR_US))
        return replace(self, starts_us=tuple(starts))


def covering(question: Question, grain: Grain) -> Periods:
    """All periods that the time asked about touches, each of them whole."""
    since_us, until_us = question.bounds_us
    starts = [_period_us(question, grain, since_us)]
    while starts[-1] < until_us:
        starts.append(_shifted_us(grain, question.timezone, starts[-1], next_period, HOUR_US))
    return Periods(grain, question.timezone, question.week_start, tuple(starts))


def ending(question: Question, grain: Grain, count: int) -> Periods:
    """As many periods as ``count``; the last of them holds the end of the time asked about."""
    last_us = _period_us(question, grain, question.bounds_us[1] - 1)
    begins = Periods(grain, question.timezone, question.week_start, (last_us,))
    return begins.with_more(before=count - 1, after=1)


def _period_us(question: Question, grain: Grain, us: int) -> int:
    """The beginning of the period that an instant lies in."""
    if grain == "hour":
        ahead = local_time(us, question.timezone).utcoffset() or timedelta()
        return us - (us + ahead // timedelta(microseconds=1)) % HOUR_US
    day = period_of(_day_of(us, question.timezone), grain, question.week_start)
    return day_start_us(date_of(day), question.timezone)


def _shifted_us(grain: Grain, zone: str, start_us: int, shift: Callable[[int, Days], int], hour_us: int) -> int:
    """Where the period beside the one that begins at ``start_us`` begins."""
    if grain == "hour":
        return start_us + hour_us
    return day_start_us(date_of(shift(_day_of(start_us, zone), grain)), zone)


def _day_of(us: int, zone: str) -> int:
    return day_number(local_time(us, zone).date())
