"""The project's calendar as arithmetic on integers, so that every engine agrees on what a day is.

A day is a number: days since 1970-01-01. A period is named by the number of its first day.
Engines differ in their time functions and in the age of their time zone data; here the zone
enters as the list of its clock changes, and a local day is an addition and a division.
"""

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

Grain = Literal["day", "week", "month"]
Unit = Literal["second", "minute", "hour", "day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month")
Whole = TypeVar("Whole", int, ir.IntegerValue)
Day: TypeAlias = int | ir.IntegerValue

EPOCH = date(1970, 1, 1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
UNIT_US = {"second": SECOND_US, "minute": 60 * SECOND_US, "hour": 3_600 * SECOND_US}
HORIZON = date(2100, 1, 1)


def day_number(day: date) -> int:
    return (day - EPOCH).days


def date_of(day: int) -> date:
    return EPOCH + timedelta(days=day)


def earliest(*days: Day) -> Day:
    return min(days) if all(isinstance(day, int) for day in days) else ibis.least(*days)


def latest(*days: Day) -> Day:
    return max(days) if all(isinstance(day, int) for day in days) else ibis.greatest(*days)


def today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def day_start_us(day: date, zone: str) -> int:
    """The instant a local day begins; of a midnight that comes twice the first, of a skipped one the clock change."""
    return instant_us(day, time(), zone)


def instant_us(day: date, at: time, zone: str) -> int:
    """The instant at which clocks show ``at``; of a time that comes twice the one its ``fold`` names."""
    since = datetime.combine(day, at, ZoneInfo(zone)) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)


def bounds_us(day: date, zone: str) -> tuple[int, int]:
    """From when until before when a local day lasts: 23, 24 or 25 hours in most zones."""
    return day_start_us(day, zone), day_start_us(day + timedelta(days=1), zone)


@lru_cache(maxsize=32)
def clock_changes(zone: str) -> tuple[tuple[int, int], ...]:
    """``(since, offset)``, both in microseconds: what a zone adds to UTC since when, from 1970 to 2100.

    zoneinfo doesn't list its transitions. Clocks never change twice within a day, so that the
    offset is looked at once a day and a change between two looks is found by halving.
    """
    here = ZoneInfo(zone)

    def offset(second: int) -> int:
        change = datetime.fromtimestamp(second, here).utcoffset()
        assert change is not None
        return round(change.total_seconds())

    changes = [(0, offset(0))]
    for day in range(1, day_number(HORIZON)):
        low, high = (day - 1) * 86_400, day * 86_400
        if offset(high) == changes[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if offset(middle) == changes[-1][1]:
                low = middle
            else:
                high = middle
        changes.append((high, offset(high)))
    return tuple((since * SECOND_US, added * SECOND_US) for since, added in changes)


def local_day(
    us: ir.IntegerValue, zone: str, first: date = EPOCH, last: date = HORIZON - timedelta(days=1)
) -> ir.IntegerValue:
    """The local day on which each instant falls.

    ``first`` and ``last`` name the days the column is known to lie in; they only shorten the
    SQL, to the clock changes between them.
    """
    changes = clock_changes(zone)
    starts, added = zip(*changes, strict=True)
    low = max(bisect_right(starts, day_start_us(first, zone) - DAY_US) - 1, 0)
    high = max(bisect_right(starts, day_start_us(last, zone) + 2 * DAY_US), low + 1)  # of no days at all, any will do
    return ((us + _stepped(us, starts[low:high], added[low:high])) // DAY_US).cast("int32")


def instant_later(us: int, count: int, unit: Unit, zone: str) -> int:
    """The instant ``count`` units after another: days and longer are added in local time.

    So a day with a clock change is one day. Of a local time that comes twice it is the first, one
    that is skipped is as much later as the clocks are, and of a month that lacks the day it is the
    last.
    """
    if unit in UNIT_US:
        return us + count * UNIT_US[unit]
    start = local_time(us, zone).replace(tzinfo=None)
    if unit == "month":
        year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
        end = start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
    else:
        end = start + timedelta(days=count * (7 if unit == "week" else 1))
    return instant_us(end.date(), end.time(), zone)


def later(us: ir.IntegerValue, count: int, unit: Unit, zone: str, first: date, last: date) -> ir.IntegerValue:
    """``instant_later`` of a column, which is known to lie on the local days from ``first`` to ``last``."""
    return us + _stepped(us, *ahead(count, unit, zone, first, last))


@lru_cache(maxsize=256)
def ahead(count: int, unit: Unit, zone: str, first: date, last: date) -> tuple[Sequence[int], Sequence[int]]:
    """How many microseconds ahead ``instant_later`` is: since when, and how many.

    That is the same for long stretches. It can change at a midnight, when clocks change, and once
    between these, when they do so later on.
    """
    if unit in UNIT_US:
        return [0], [count * UNIT_US[unit]]
    since, until = (
        day_start_us(first, zone) - DAY_US,
        instant_later(day_start_us(last, zone) + 2 * DAY_US, count, unit, zone),
    )
    if unit != "month" and not any(since < change <= until for change, _ in clock_changes(zone)):
        return [0], [until - day_start_us(last, zone) - 2 * DAY_US]

    def ahead_of(us: int) -> int:
        return instant_later(us, count, unit, zone) - us

    days = range(day_number(first) - 1, day_number(last) + 3)
    ends = {day_start_us(date_of(day), zone) for day in days}
    ends |= {since for since, _ in clock_changes(zone) if min(ends) < since < max(ends)}
    found: list[tuple[int, int]] = []
    for since, until in pairwise(sorted(ends)):
        pieces = [(since, ahead_of(since))]
        if ahead_of(until - 1) != pieces[0][1]:
            change = bisect_left(range(since, until), True, key=lambda us: ahead_of(us) != pieces[0][1]) + since
            pieces.append((change, ahead_of(change)))
        found += pieces
    changes = [found[0], *(piece for before, piece in pairwise(found) if piece[1] != before[1])]
    return [since for since, _ in changes], [further for _, further in changes]


def _stepped(us: ir.IntegerValue, starts: Sequence[int], values: Sequence[int]) -> ir.IntegerValue:
    """The value that holds at each instant, of those that hold from their start on. As a tree, to look at few."""

    def value(low: int, high: int) -> ir.IntegerValue:
        if high - low == 1:
            return ibis.literal(values[low], "int64")
        middle = (low + high) // 2
        return ibis.ifelse(us < starts[middle], value(low, middle), value(middle, high))

    return value(0, len(starts))


def utc_day(us: int) -> date:
    return datetime.fromtimestamp(us / SECOND_US, UTC).date()


def local_time(us: int, zone: str) -> datetime:
    """What clocks in a zone show at an instant."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)).astimezone(ZoneInfo(zone))


def period_of(day: Whole, grain: Grain, week_start: int = 0) -> Whole:
    """The first day of the period that a day lies in; days as integers or as a column.

    ``week_start`` is 0 for Monday to 6 for Sunday. Months hold from March 1900 to February 2100,
    between two centuries that have no leap day: years are counted from March, so that the leap
    day comes last, and months of 30 and 31 days then follow each other as 153 days in five.
    """
    if grain == "day":
        return day
    if grain == "week":
        since_monday = day + 3 - week_start  # day 0 was a Thursday
        return since_monday // 7 * 7 - 3 + week_start
    _, month, of_year = _since_march(day)
    return day - (of_year - (153 * month + 2) // 5)


def period_number(day: Whole, grain: Grain, week_start: int = 0) -> Whole:
    """The place of a day's period in the row of all periods, so that the next one's is greater by 1."""
    if grain == "day":
        return day
    if grain == "week":
        return (day + 3 - week_start) // 7
    year, month, _ = _since_march(day)
    return 12 * year + month


def _since_march(day: Whole) -> tuple[Whole, Whole, Whole]:
    """Years since 1 March 1968, months since the last March, days since that March's first."""
    since = day + 671
    year = (4 * since + 3) // 1_461
    of_year = since - 1_461 * year // 4
    return year, (5 * of_year + 2) // 153, of_year


def next_period(period: Whole, grain: Grain) -> Whole:
    """The first day of the period after the one that begins on ``period``."""
    if grain == "day":
        return period + 1
    return period + 7 if grain == "week" else period_of(period + 31, "month")


def previous_period(period: Whole, grain: Grain) -> Whole:
    if grain == "day":
        return period - 1
    return period - 7 if grain == "week" else period_of(period - 1, "month")


def periods(first: date, last: date, grain: Grain, week_start: int = 0) -> list[date]:
    """The first days of all periods that touch ``first`` to ``last``, both included."""
    starts, end = [period_of(day_number(first), grain, week_start)], day_number(last)
    while (following := next_period(starts[-1], grain)) <= end:
        starts.append(following)
    return [date_of(start) for start in starts]
