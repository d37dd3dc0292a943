"""Checks of a day's data: each finds what it is for, and nothing in data that is right."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.collect.models import Flag, Platform, Source
from analytics.rollups import quality
from analytics.rollups.models import EventDefinition, QualityFinding
from tests.rollups_derive.conftest import arrive, event

DAY = date(2025, 5, 20)
MINUTE = 60_000_000


def us(day: date, minute: int = 0) -> int:
    return round(datetime(day.year, day.month, day.day, 8, tzinfo=UTC).timestamp()) * 1_000_000 + minute * MINUTE


@pytest.fixture
def web(db) -> Source:
    return Source.objects.create(name="Website", platform=Platform.WEB)


def a_day(source: Source, day: date = DAY, count: int = 100, **columns: object) -> list[dict]:
    return [
        event(f"{day}-{n}-{json.dumps(columns)}", us(day, n), source=source.pk, device=5, **columns)
        for n in range(count)
    ]


def found() -> set[tuple[str, str]]:
    return set(QualityFinding.objects.values_list("check_name", "subject"))


def test_data_that_is_right_gives_no_finding(web) -> None:
    arrive([each for weeks in range(5) for each in a_day(web, DAY - timedelta(weeks=weeks))])
    EventDefinition.objects.create(name="seen", volume=500, first_seen=datetime(2025, 4, 1, tzinfo=UTC))
    assert quality.check(DAY) == 0
    assert found() == set()


@pytest.mark.parametrize(
    ("check", "columns"),
    [
        ("missing_ids", {"actor": 0}),
        ("odd_clock", {"flags": Flag.FUTURE.value}),
        ("odd_clock", {"flags": Flag.PAST.value}),
        ("bots", {"flags": Flag.BOT.value}),
    ],
)
def test_shares_of_a_source(web, check, columns) -> None:
    arrive([*a_day(web, count=60), *a_day(web, count=20, **columns)])
    quality.check(DAY)
    assert found() == {(check, "Website")}
    assert "25 %" in QualityFinding.objects.get().detail


def test_events_that_come_after_later_ones(web) -> None:
    late = [{**each, "received_us": us(DAY, 500)} for each in a_day(web, count=30, event="late")]
    for number, each in enumerate(late):
        each["at_us"], each["received_us"] = us(DAY, 300 - 6 * number), us(DAY, 500 + number)
    arrive([*a_day(web, count=70), *late])
    quality.check(DAY)
    assert found() == {("out_of_order", "Website")}


@pytest.mark.parametrize("count", [30, 300])
def test_a_jump_of_volume_against_the_same_weekday(web, count) -> None:
    before = [each for weeks in range(1, 5) for each in a_day(web, DAY - timedelta(weeks=weeks), 100)]
    arrive([*before, *a_day(web, count=count)])
    EventDefinition.objects.create(name="seen", volume=400, first_seen=datetime(2025, 4, 1, tzinfo=UTC))
    quality.check(DAY)
    assert found() == {("volume_jump", "seen")}
    detail = QualityFinding.objects.get().detail
    assert str(count) in detail
    assert "100" in detail


def test_a_new_type_and_an_unexpected_name(web) -> None:
    EventDefinition.objects.create(
        name="paid",
        properties={
            "amount": {"types": {}, "since": {"number": "2025-01-01", "string": DAY.isoformat()}, "examples": []},
            "fine": {"types": {}, "since": {"number": "2025-01-01", "null": DAY.isoformat()}, "examples": []},
        },
    )
    EventDefinition.objects.create(name="surprise", expected=False, last_seen=datetime(2025, 5, 20, 9, tzinfo=UTC))
    quality.check(DAY)
    assert found() == {("type_change", "paid.amount"), ("unexpected_event", "surprise")}


def test_checking_again_keeps_what_was_dismissed(web) -> None:
    arrive([*a_day(web, count=60), *a_day(web, count=20, actor=0)])
    quality.check(DAY)
    at = datetime(2025, 5, 21, tzinfo=UTC)
    QualityFinding.objects.update(dismissed_at=at)
    quality.check(DAY)
    assert QualityFinding.objects.get().dismissed_at == at
