from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.collect.clock import happened_at, microseconds
from analytics.collect.models import Flag

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def us(moment: datetime | None) -> int | None:
    return None if moment is None else round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("sent", "original", "trusted", "expected", "flags"),
    [
        (None, None, False, NOW, 0),
        (NOW, NOW, False, NOW, 0),
        (None, NOW - 5 * SECOND, False, NOW - 5 * SECOND, 0),
        (NOW - 5 * SECOND, None, False, NOW - 5 * SECOND, 0),
        # Clocks an hour slow and an hour fast: what happened ten seconds before sending happened ten seconds ago.
        (NOW - 3600 * SECOND, NOW - 3610 * SECOND, False, NOW - 10 * SECOND, Flag.SKEWED),
        (NOW + 3600 * SECOND, NOW + 3590 * SECOND, False, NOW - 10 * SECOND, Flag.SKEWED),
        (NOW - 60 * SECOND, NOW - 70 * SECOND, False, NOW - 10 * SECOND, 0),
        (NOW - 61 * SECOND, NOW - 71 * SECOND, False, NOW - 10 * SECOND, Flag.SKEWED),
        # Sent before it happened.
        (NOW - 10 * SECOND, NOW - 9 * SECOND, False, NOW, Flag.SKEWED),
        # Offline for three days.
        (NOW, NOW - 3 * DAY, False, NOW - 3 * DAY, 0),
        (None, NOW + 60 * SECOND, False, NOW + 60 * SECOND, 0),
        (None, NOW + 61 * SECOND, False, NOW, Flag.FUTURE),
        (None, NOW + 61 * SECOND, True, NOW, Flag.FUTURE),
        (None, NOW - 365 * DAY, False, NOW - 365 * DAY, 0),
        (None, NOW - 366 * DAY, False, NOW - 366 * DAY, Flag.PAST),
        (None, NOW - 366 * DAY, True, NOW - 366 * DAY, 0),
        (NOW, NOW - 366 * DAY, True, NOW - 366 * DAY, Flag.PAST),
        (None, datetime(1970, 1, 2, tzinfo=UTC), False, NOW, Flag.PAST),
        (None, datetime(2004, 12, 31, tzinfo=UTC), True, NOW, Flag.PAST),
    ],
)
def test_the_rules_in_turn(
    sent: datetime | None, original: datetime | None, trusted: bool, expected: datetime, flags: int
) -> None:
    assert happened_at(received=us(NOW), sent=us(sent), original=us(original), trusted=trusted) == (us(expected), flags)


times = st.none() | st.integers(-(10**18), 10**18)


@given(received=st.integers(us(NOW), us(NOW) + 10**15), sent=times, original=times, trusted=st.booleans())
def test_no_clock_puts_an_event_into_the_future_or_before_2005(
    received: int, sent: int | None, original: int | None, trusted: bool
) -> None:
    at, flags = happened_at(received=received, sent=sent, original=original, trusted=trusted)
    assert us(datetime(2005, 1, 1, tzinfo=UTC)) <= at <= received + 60_000_000
    if flags == 0 and sent is not None and original is not None:
        assert received - at == sent - original


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-01T12:00:00Z", NOW),
        ("2026-03-01T12:00:00.250Z", NOW + timedelta(milliseconds=250)),
        ("2026-03-01T13:00:00+01:00", NOW),
        ("2026-03-01T12:00:00", NOW),
        ("2026-03-01", NOW - timedelta(hours=12)),
        (1_772_366_400, NOW),
        (1_772_366_400_000, NOW),
        (1_772_366_400.5, NOW + timedelta(seconds=0.5)),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
        (None, None),
        (True, None),
        (-5, None),
        (1e30, None),
        ({"seconds": 1}, None),
    ],
)
def test_times_are_read_as_clients_write_them(value: object, expected: datetime | None) -> None:
    assert microseconds(value) == (us(expected) if expected is None or expected.year > 1 else -62_135_647_200_000_000)
