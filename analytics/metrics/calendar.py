"""The project's calendar as arithmetic on integers, so that every engine agrees on what a day is.

A day is a number: days since 1970-01-01. A period is named by the number of its first day.
Engines differ in their time functions and in the age of their time zone data; here the zone
enters as the list of its clock changes, and a local day is an addition and a division.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

Grain = Literal["day", "week", "month"]
Unit = Literal["second", "minute", "hour", "day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month")
Whole = TypeVar("Whole", int, ir.IntegerValue)

EPOCH = date(1970, 1, 1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
UNIT_US = {"second": SECOND_US, "minute": 60 * SECOND_US, "hour": 3_600 * SECOND_US}
HORIZON = date(2100, 1, 1)
MARCH_1968 = 671  # days before 1970


def day_number(day: date) -> int:
    return (day - EPOCH).days


def date_of(day: int) -> date:
    return EPOCH + timedelta(days=day)


def today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def day_start_us(day: date, zone: str) -> int:
    """The instant a local day begins; of a midnight that comes twice the first, of a skipped one the clock change."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return round(midnight.timestamp()) * SECOND_US


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
    return ((us + _offset(us, zone, first, last)) // DAY_US).cast("int32")


def later(us: ir.IntegerValue, count: int, unit: Unit, zone: str, first: date, last: date) -> ir.IntegerValue:
    """The instant ``count`` units after each one: days and longer are added in local time.

    So a day with a clock change is one day. Of a local time that comes twice it is the first, one
    that is skipped is as much later as the clocks are, and of a month that lacks the day it is the
    last. ``first`` and ``last`` name the days the column is known to lie in.
    """
    if unit in UNIT_US:
        return us + count * UNIT_US[unit]
    local = us + _offset(us, zone, first, last)
    if unit == "month":
        day = (local // DAY_US).cast("int64")
        ahead = (_months_later(day, count) - day) * DAY_US
        until = last + timedelta(days=31 * (count + 1))
    else:
        days = count * (7 if unit == "week" else 1)
        ahead = ibis.literal(days * DAY_US, "int64")
        until = last + timedelta(days=days)
    local = local + ahead
    return local - _offset_of_local(local, zone, first, until)


def _offset(us: ir.IntegerValue, zone: str, first: date, last: date) -> ir.IntegerValue:
    changes = clock_changes(zone)
    return _stepped(us, [since for since, _ in changes], [added for _, added in changes], zone, first, last)


def _offset_of_local(local: ir.IntegerValue, zone: str, first: date, last: date) -> ir.IntegerValue:
    """What a local time is ahead of UTC; the clocks count as changed when both of them are past the change."""
    changes = clock_changes(zone)
    added = [added for _, added in changes]
    later_clock = [max(pair) for pair in zip([added[0], *added], added, strict=False)]
    starts = [since + ahead for (since, _), ahead in zip(changes, later_clock, strict=True)]
    return _stepped(local, starts, added, zone, first, last)


def _stepped(
    us: ir.IntegerValue, starts: list[int], values: list[int], zone: str, first: date, last: date
) -> ir.IntegerValue:
    """The value that holds at each instant, of those that hold from their start on. As a tree, to look at few."""
    low = max(bisect_right(starts, day_start_us(first, zone) - 2 * DAY_US) - 1, 0)
    high = max(bisect_right(starts, day_start_us(last, zone) + 3 * DAY_US), low + 1)

    def value(low: int, high: int) -> ir.IntegerValue:
        if high - low == 1:
            return ibis.literal(values[low], "int64")
        middle = (low + high) // 2
        return ibis.ifelse(us < starts[middle], value(low, middle), value(middle, high))

    return value(low, high)


def _months_later(day: ir.IntegerValue, count: int) -> ir.IntegerValue:
    """The same day of a later month, or its last. For the arithmetic see ``period_of``."""
    year, month, since_first = _since_march(day)
    months = 12 * year + month + count
    first, following = _first_of_month(months), _first_of_month(months + 1)
    return ibis.least(first + since_first, following - 1)


def utc_day(us: int) -> date:
    return datetime.fromtimestamp(us / SECOND_US, UTC).date()


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
    _, _, since_first = _since_march(day)
    return day - since_first


def _since_march(day: Whole) -> tuple[Whole, Whole, Whole]:
    """Years since March 1968, months since the last March, days since the month's first."""
    since_march = day + MARCH_1968
    year = (4 * since_march + 3) // 1_461
    of_year = since_march - 1_461 * year // 4
    month = (5 * of_year + 2) // 153
    return year, month, of_year - (153 * month + 2) // 5


def _first_of_month(months: Whole) -> Whole:
    """The first day of the month that begins so many months after March 1968."""
    year = months // 12
    return 1_461 * year // 4 + (153 * (months - 12 * year) + 2) // 5 - MARCH_1968


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
