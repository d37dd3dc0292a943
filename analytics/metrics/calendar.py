"""The project's calendar as arithmetic on integers, so that every engine agrees on what a day is.

A day is a number: days since 1970-01-01. A period is named by the number of its first day.
Engines differ in their time functions and in the age of their time zone data; here the zone
enters as the list of its clock changes, and a local day is an addition and a division.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir

Grain = Literal["day", "week", "month"]
GRAINS: tuple[Grain, ...] = ("day", "week", "month")
Whole = TypeVar("Whole", int, ir.IntegerValue)

EPOCH = date(1970, 1, 1)
SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
HORIZON = date(2100, 1, 1)


def day_number(day: date) -> int:
    return (day - EPOCH).days


def date_of(day: int) -> date:
    return EPOCH + timedelta(days=day)


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
    starts = [since for since, _ in changes]
    low = max(bisect_right(starts, day_start_us(first, zone) - DAY_US) - 1, 0)
    high = bisect_right(starts, day_start_us(last, zone) + 2 * DAY_US)

    def added(low: int, high: int) -> ir.IntegerValue:
        if high - low == 1:
            return ibis.literal(changes[low][1], "int64")
        middle = (low + high) // 2
        return ibis.ifelse(us < starts[middle], added(low, middle), added(middle, high))

    return ((us + added(low, high)) // DAY_US).cast("int32")


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
