"""Days and periods, against Python's own calendar and zone data."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.metrics.calendar import (
    DAY_US,
    GRAINS,
    SECOND_US,
    bounds_us,
    clock_changes,
    date_of,
    day_number,
    later,
    local_day,
    next_period,
    period_of,
    periods,
    previous_period,
)

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Havana", "Pacific/Apia"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_local_day_equals_pythons_around_every_clock_change(zone: str) -> None:
    instants = [since + near for since, _ in clock_changes(zone)[1:] for near in (-SECOND_US, -1, 0, 1, SECOND_US)]
    instants += range(0, 130 * 365 * DAY_US, 97 * DAY_US + 7 * 3600 * SECOND_US)
    table = ibis.memtable(pa.table({"us": instants}))
    found = table.select("us", day=local_day(table.us, zone)).to_pyarrow().to_pylist()
    for row in found:
        expected = (EPOCH + timedelta(microseconds=row["us"])).astimezone(ZoneInfo(zone)).date()
        assert date_of(row["day"]) == expected, row["us"]


def test_days_known_beforehand_shorten_the_sql_and_change_nothing() -> None:
    first, last = date(2025, 3, 20), date(2025, 4, 10)
    instants = range(bounds_us(first, "Europe/Berlin")[0], bounds_us(last, "Europe/Berlin")[1], 1_799 * SECOND_US)
    table = ibis.memtable(pa.table({"us": list(instants)}))
    whole, cut = local_day(table.us, "Europe/Berlin"), local_day(table.us, "Europe/Berlin", first, last)
    rows = table.select(whole=whole, cut=cut).to_pyarrow().to_pylist()
    assert all(row["whole"] == row["cut"] for row in rows)
    assert len(ibis.to_sql(table.select(cut=cut))) * 10 < len(ibis.to_sql(table.select(whole=whole)))


def test_days_that_end_before_they_begin_hold_nothing_whatever_the_clocks_did_between() -> None:
    table = ibis.memtable(pa.table({"us": pa.array([], pa.int64())}))
    day = local_day(table.us, "Europe/Berlin", date(2025, 4, 2), date(2025, 3, 28))
    assert table.select(day=day).to_pyarrow().num_rows == 0


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2025, 3, 30), "Europe/Berlin", 23),
        (date(2025, 10, 26), "Europe/Berlin", 25),
        (date(2025, 3, 9), "America/New_York", 23),
        (date(2025, 11, 2), "America/New_York", 25),
        (date(2025, 3, 30), "Asia/Kolkata", 24),
        (date(2018, 11, 4), "America/Sao_Paulo", 23),  # its midnight doesn't exist
    ],
)
def test_a_day_lasts_as_long_as_clocks_say(day: date, zone: str, hours: int) -> None:
    start, end = bounds_us(day, zone)
    assert end - start == hours * 3600 * SECOND_US


@settings(max_examples=300)
@given(st.dates(date(1901, 1, 1), date(2099, 12, 31)), st.integers(0, 6))
def test_periods_equal_pythons(day: date, week_start: int) -> None:
    number = day_number(day)
    assert date_of(period_of(number, "month")) == day.replace(day=1)
    week = date_of(period_of(number, "week", week_start))
    assert week.weekday() == week_start
    assert timedelta(0) <= day - week < timedelta(7)
    for grain in GRAINS:
        period = period_of(number, grain, week_start)
        assert period <= number < next_period(period, grain)
        assert previous_period(next_period(period, grain), grain) == period
        assert period_of(next_period(period, grain), grain, week_start) == next_period(period, grain)


def test_a_column_of_days_is_cut_like_a_number() -> None:
    numbers = list(range(day_number(date(1999, 12, 1)), day_number(date(2004, 4, 1))))
    table = ibis.memtable(pa.table({"day": numbers}))
    for grain, week_start in [("day", 0), ("week", 0), ("week", 6), ("month", 0)]:
        found = table.select(day="day", period=period_of(table.day, grain, week_start)).to_pyarrow().to_pylist()
        assert all(row["period"] == period_of(row["day"], grain, week_start) for row in found)


def test_periods_touch_both_ends() -> None:
    assert periods(date(2025, 1, 31), date(2025, 3, 1), "month") == [date(2025, m, 1) for m in (1, 2, 3)]
    assert periods(date(2025, 1, 1), date(2025, 1, 6), "week") == [date(2024, 12, 30), date(2025, 1, 6)]
    assert periods(date(2025, 1, 1), date(2025, 1, 1), "week", 6) == [date(2024, 12, 29)]


INSTANTS = st.integers(946_684_800, 4_070_908_800)  # 2000 to 2098


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
@given(
    instants=st.lists(INSTANTS, min_size=1, max_size=50),
    count=st.integers(1, 40),
    unit=st.sampled_from(["second", "minute", "hour", "day", "week", "month"]),
)
@settings(max_examples=20)
def test_later_is_what_dateutil_adds_to_local_time(zone, instants, count, unit) -> None:
    rows = ibis.memtable(pa.table({"us": [instant * SECOND_US for instant in instants]}))
    found = rows.select(rows.us, later=later(rows.us, count, unit, zone, date(2000, 1, 1), date(2098, 12, 31)))
    for row in found.to_pyarrow().to_pylist():
        start = datetime.fromtimestamp(row["us"] // SECOND_US, ZoneInfo(zone))
        if unit in ("second", "minute", "hour"):
            end = start.astimezone(UTC) + timedelta(**{f"{unit}s": count})
        else:
            end = (start.replace(tzinfo=None) + relativedelta(**{f"{unit}s": count})).replace(tzinfo=ZoneInfo(zone))
        assert row["later"] == round(end.timestamp()) * SECOND_US
