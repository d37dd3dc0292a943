"""What is compared with what, and when a change is more than chance: worked out by hand."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client

from analytics.dashboards.figures import Figures, Trend, change_of, words
from analytics.metrics.registry import METRICS
from analytics.rollups import nightly
from analytics.rollups.models import Watermark
from analytics.rollups.queries import Point
from productops.lib.periods import Options, parse
from tests.dashboards.conftest import Send

TODAY = date(2026, 11, 21)  # a Saturday


def figures(query: str, default_range: str = "4w") -> Figures:
    options = Options(default_range=default_range)
    return Figures(parse(QueryDict(query), today=TODAY, zone="UTC", options=options))


def point(day: date, value: float | None, *, complete: bool = True, denominator: float | None = None) -> Point:
    return Point(day, {}, value, None, denominator, complete)


@pytest.mark.parametrize(
    ("query", "weeks"),
    [("range=4w", 4), ("range=7d", 1), ("range=1d", 1), ("range=30d", 5), ("from=2026-11-20&to=2026-11-20", 1)],
)
def test_a_day_is_compared_with_the_same_weekday(query: str, weeks: int) -> None:
    friday = date(2026, 11, 20)
    counterpart = figures(query).counterpart(friday, "day")
    assert counterpart == friday - timedelta(weeks=weeks)
    assert counterpart.weekday() == friday.weekday()


def test_the_counterparts_of_a_range_never_overlap_it() -> None:
    for days in range(1, 120):
        view = figures(f"range={days}d")
        whole = view.filters.whole
        assert whole is not None
        assert view.counterpart(whole.last, "day") < whole.first


def test_months_are_compared_with_months_and_years_with_the_same_weekday() -> None:
    assert figures("range=12m").counterpart(date(2026, 3, 1), "month") == date(2025, 3, 1)
    assert figures("range=4w").counterpart(date(2026, 10, 1), "month") == date(2026, 9, 1)
    assert figures("range=4w&vs=year").counterpart(date(2026, 10, 1), "month") == date(2025, 10, 1)
    assert figures("range=4w&vs=year").counterpart(date(2026, 11, 20), "day") == date(2025, 11, 21)


@pytest.mark.parametrize(
    ("query", "grain", "text"),
    [
        ("range=4w", "day", "4 weeks earlier"),
        ("range=7d", "week", "a week earlier"),
        ("range=12m", "month", "12 months earlier"),
        ("range=4w", "month", "a month earlier"),
        ("vs=year", "day", "a year earlier"),
        ("vs=none", "day", ""),
    ],
)
def test_what_is_compared_with_is_said(query: str, grain: str, text: str) -> None:
    assert figures(query).against(grain) == text  # type: ignore[arg-type]


def test_a_period_that_is_not_over_is_in_no_sum_and_no_comparison() -> None:
    days = [date(2026, 11, 18) + timedelta(days=n) for n in range(4)]
    now = [point(day, 100, complete=day < TODAY) for day in days]
    trend = Trend(METRICS["signups"], now, [point(day, 10) for day in days])
    assert trend.incomplete == 1
    assert trend.total == 300
    assert trend.total_before == 30
    assert trend.latest == now[2]
    assert trend.total_change is not None
    assert trend.total_change.clear


def test_a_change_of_a_count_within_its_noise_is_none() -> None:
    # 1.96 × √(110 + 100) = 28.4: ten more are chance, thirty more are not.
    day = date(2026, 11, 20)
    within = change_of(METRICS["dau"], point(day, 110), point(day, 100))
    beyond = change_of(METRICS["dau"], point(day, 130), point(day, 100))
    assert within is not None
    assert beyond is not None
    assert (within.clear, beyond.clear) == (False, beyond.difference > 1.96 * (230**0.5))


def test_a_rate_has_the_noise_of_its_denominator_and_a_length_is_called_neither_better_nor_worse() -> None:
    day = date(2026, 11, 20)
    few = change_of(METRICS["stickiness"], point(day, 0.35, denominator=100), point(day, 0.30, denominator=100))
    many = change_of(METRICS["stickiness"], point(day, 0.35, denominator=10_000), point(day, 0.30, denominator=10_000))
    length = change_of(METRICS["session_length_median"], point(day, 90), point(day, 60))
    assert few is not None
    assert many is not None
    assert length is not None
    assert (few.verdict, many.verdict, length.verdict) == ("none", "good", "none")


def test_without_a_comparison_there_is_no_change() -> None:
    trend = Trend(METRICS["dau"], [point(date(2026, 11, 20), 5)], [])
    assert trend.latest_change is None
    assert trend.total_change is None


def test_a_link_to_one_value_keeps_the_rest_of_the_view() -> None:
    view = figures("range=4w&f=platform:is:web&f=channel:is:email")
    assert view.only("platform", "ios") == "?range=4w&f=channel%3Ais%3Aemail&f=platform%3Ais%3Aios"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("chrome_extension", "Chrome extension"),
        ("ios", "iOS"),
        ("unknown", "Unknown"),
        ("power-veteran-honey_badger", "Power · veteran · honey badger"),
    ],
)
def test_values_are_written_as_people_read_them(value: str, text: str) -> None:
    assert words(value) == text


def test_an_export_asks_for_a_card_of_this_very_view() -> None:
    view = figures("range=7d&f=platform:is:web&page=2")
    assert view.export("people", "csv") == "?range=7d&f=platform%3Ais%3Aweb&card=people&format=csv"


@pytest.mark.django_db
def test_the_last_day_shown_by_its_parts_is_one_that_was_counted_whole(history: date) -> None:
    """The portal was last busy with yesterday in its course: the day before is the newest whole one."""
    Watermark.objects.filter(step=Watermark.Step.ROLLUPS).update(day=history)
    view = Figures(parse(QueryDict("range=4w"), today=history + timedelta(days=1), zone="UTC", options=Options()))
    parts = view.on_last_day("mau", "platform")
    assert {value: [point.period for point in trend.points] for value, trend in parts.items()} == {
        "web": [history - timedelta(days=1)],
        "ios": [history - timedelta(days=1)],
    }
    assert all(trend.total for trend in parts.values())


@pytest.mark.django_db
def test_a_part_that_is_gone_and_one_that_is_new_are_compared_with_nothing(viewer: Client, send: Send) -> None:
    """A hundred signups by radio in the week before, thirty by television in this one."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    for number in range(100):
        send(f"r{number}", yesterday - timedelta(days=8), "signup_completed", touch=touch("radio"))
    for number in range(30):
        send(f"t{number}", yesterday, "signup_completed", touch=touch("tv"))
    nightly.run()
    cache.clear()
    query = f"from={yesterday - timedelta(days=6)}&to={yesterday}&grain=day"
    context = viewer.get(f"/product/acquisition/?{query}").context
    found = {card.key: card for card in context["cards"]}
    assert [[row[0].text, row[1], row[3]] for row in found["channel"].table.rows] == [["Tv", 30, 0], ["Radio", 0, 100]]
    assert str(found["signups"].takeaway).endswith(
        "The largest loss is <strong>Radio</strong>, down 100; all together are down 70."
    )
    assert [series.label for series in found["signups"].chart.series] == ["Tv"]


def touch(channel: str) -> str:
    return json.dumps(["", "", "", "", "", channel])
