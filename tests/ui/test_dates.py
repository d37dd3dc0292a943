from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from productops.lib import dates

TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def test_the_year_is_written_only_when_it_is_another() -> None:
    assert dates.day(date(2026, 10, 24), TODAY) == "24 Oct"
    assert dates.day(date(2025, 10, 24), TODAY) == "24 Oct 2025"


def test_ranges_of_days() -> None:
    assert dates.day_range(date(2026, 10, 24), date(2026, 11, 20), TODAY) == "24 Oct – 20 Nov"
    assert dates.day_range(date(2025, 1, 1), date(2025, 2, 3), TODAY) == "1 Jan – 3 Feb 2025"
    assert dates.day_range(date(2025, 12, 24), date(2026, 1, 6), TODAY) == "24 Dec 2025 – 6 Jan"
    assert dates.day_range(TODAY, TODAY, TODAY) == "21 Nov"


def test_moments_are_in_the_zone_of_now() -> None:
    assert dates.moment(datetime(2026, 11, 21, 7, 2, tzinfo=UTC), NOW) == "08:02"
    assert dates.moment(datetime(2026, 11, 20, 23, 30, tzinfo=UTC), NOW) == "00:30"
    assert dates.moment(datetime(2026, 11, 20, 22, 30, tzinfo=UTC), NOW) == "20 Nov, 23:30"


def test_relative_only_below_a_day_and_never_for_the_future() -> None:
    ages = [timedelta(seconds=59), timedelta(minutes=2), timedelta(minutes=119), timedelta(hours=23, minutes=59)]
    assert [dates.ago(NOW - age, NOW) for age in ages] == ["just now", "2 min ago", "1 h ago", "23 h ago"]
    assert dates.ago(NOW - timedelta(days=1), NOW) == ""
    assert dates.ago(NOW + timedelta(seconds=1), NOW) == ""
