"""Periods of every grain, against Python's own calendar and zone data."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.explore.periods import GRAINS, HOUR_US, Grain, Periods, covering, ending
from analytics.explore.selecting import Question
from analytics.metrics.calendar import local_day
from tests.explore.conftest import at

BERLIN, EPOCH = "Europe/Berlin", datetime(1970, 1, 1, tzinfo=UTC)


def asked(first: str, last: str, zone: str = "UTC", **cut: Any) -> Question:
    return Question(first=date.fromisoformat(first), last=date.fromisoformat(last), timezone=zone, **cut)


def numbers(periods: Periods, instants: list[int]) -> list[int]:
    rows = ibis.memtable(pa.table({"at_us": instants}))
    rows = rows.mutate(day=local_day(rows.at_us, periods.timezone))
    return rows.mutate(number=periods.number(rows)).order_by("at_us").to_pyarrow()["number"].to_pylist()


def test_days_weeks_and_months() -> None:
    days = covering(asked("2025-03-29", "2025-03-31", BERLIN), "day")
    assert days.labels == ["2025-03-29", "2025-03-30", "2025-03-31"]
    lengths = [(end - start) // HOUR_US for start, end in pairwise(days.starts_us)]
    assert lengths == [24, 23, 24]
    assert covering(asked("2025-03-05", "2025-03-10", week_start=6), "week").labels == ["2025-03-02", "2025-03-09"]
    assert covering(asked("2024-12-31", "2025-02-01"), "month").labels == ["2024-12-01", "2025-01-01", "2025-02-01"]


def test_as_many_periods_as_asked_for_end_with_the_last() -> None:
    assert ending(asked("2025-03-01", "2025-03-31"), "month", 3).labels == ["2025-01-01", "2025-02-01", "2025-03-01"]
    assert ending(asked("2025-03-01", "2025-03-05"), "week", 2).labels == ["2025-02-24", "2025-03-03"]
    cut = ending(asked("2025-03-01", "2025-03-05", BERLIN, ends=time(16, 13)), "hour", 2)
    assert cut.labels == ["2025-03-05T15:00+01:00", "2025-03-05T16:00+01:00"]
    whole = ending(asked("2025-03-05", "2025-03-05"), "hour", 24)
    assert whole.starts_us == covering(asked("2025-03-05", "2025-03-05"), "hour").starts_us
    assert len(whole) == 24
    assert ending(asked("2025-03-01", "2025-03-05", ends=time(0)), "day", 1).labels == ["2025-03-05"]


@pytest.mark.parametrize(
    ("day", "labels"),
    [
        ("2025-03-30", ["2025-03-30T01:00+01:00", "2025-03-30T03:00+02:00"]),
        ("2025-10-26", ["2025-10-26T01:00+02:00", "2025-10-26T02:00+02:00", "2025-10-26T02:00+01:00"]),
    ],
)
def test_hours_are_real_when_clocks_change(day: str, labels: list[str]) -> None:
    hours = covering(asked(day, day, BERLIN), "hour")
    assert hours.labels[1 : 1 + len(labels)] == labels
    assert len(hours) == (23 if day == "2025-03-30" else 25)


def test_hours_begin_when_local_clocks_show_one() -> None:
    hours = covering(asked("2025-03-05", "2025-03-05", "Asia/Kolkata", starts=time(10, 59), ends=time(11)), "hour")
    assert hours.labels == ["2025-03-05T10:00+05:30", "2025-03-05T11:00+05:30"]
    assert hours.since_us == at("2025-03-05T04:30")


def test_a_period_is_complete_when_it_is_over() -> None:
    days = covering(asked("2025-03-04", "2025-03-06", BERLIN), "day")
    assert days.complete(at("2025-03-05T22:59:59")) == [True, False, False]
    assert days.complete(at("2025-03-05T23:00")) == [True, True, False]


def test_rows_are_numbered_from_the_first() -> None:
    months = covering(asked("2025-02-10", "2025-03-10", BERLIN), "month")
    found = numbers(months, [at("2024-12-31T22:59"), at("2024-12-31T23:00"), at("2025-02-28T22:59"), at("2025-03-01")])
    assert found == [-1, -1, 0, 1]
    assert numbers(months.with_more(before=2, after=1), [at("2024-12-31T23:00"), at("2025-03-01")]) == [1, 3]


TRUNCATED: dict[str, Callable[[datetime, int], datetime]] = {
    "day": lambda here, _: here,
    "week": lambda here, week_start: here - timedelta(days=(here.weekday() - week_start) % 7),
    "month": lambda here, _: here.replace(day=1),
}


@settings(max_examples=200, deadline=None)
@given(
    first=st.dates(date(2019, 12, 1), date(2026, 1, 1)),
    length=st.integers(0, 70),
    zone=st.sampled_from(["UTC", BERLIN, "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia"]),
    grain=st.sampled_from(GRAINS),
    week_start=st.integers(0, 6),
    seed=st.integers(0, 10**9),
)
def test_every_instant_lies_in_the_period_it_is_numbered_for(
    first: date, length: int, zone: str, grain: Grain, week_start: int, seed: int
) -> None:
    question = Question(first=first, last=first + timedelta(days=length), timezone=zone, week_start=week_start)
    periods = covering(question, grain)
    since, until = question.bounds_us
    instants = sorted(
        {since, until - 1, *((since + seed * 7_919 * step) % (until - since) + since for step in range(9))}
    )
    for instant, number in zip(instants, numbers(periods, instants), strict=True):
        assert periods.starts_us[number] <= instant < periods.starts_us[number + 1]
        here = (EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))
        if grain != "hour":
            assert periods.labels[number] == TRUNCATED[grain](here, week_start).date().isoformat()
