"""When an event happened, given a client's clock that may be wrong. Times are UTC microseconds."""

from datetime import UTC, datetime, timedelta

from analytics.collect.models import Flag
from productops.lib.remembered import remembered

SECOND = 1_000_000
DAY = 86_400 * SECOND
TOLERANCE = 60 * SECOND  # how far ahead of us a clock may be, and how far it may be corrected unmarked
LONG_AGO = 365 * DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
CLOCK_UNSET = int(datetime(2005, 1, 1, tzinfo=UTC).timestamp()) * SECOND

# As plain numbers: arithmetic on the members of an IntFlag costs a microsecond each.
FUTURE, PAST, SKEWED = Flag.FUTURE.value, Flag.PAST.value, Flag.SKEWED.value


def happened_at(*, received: int, sent: int | None, original: int | None, trusted: bool) -> tuple[int, int]:
    """``(time, flags)`` of an event.

    With both of the client's times, what counts is how long before sending it happened. With
    one of them, that one is taken. A time over a minute ahead of us, before 2005 (a clock that
    was never set) or after its own sending is replaced by the time of receipt. Older than a
    year is marked, unless a trusted source fills in its history.
    """
    if original is None or sent is None:
        known = sent if original is None else original
        at, skewed = received if known is None else known, False
    elif sent < original:
        at, skewed = received, True
    else:
        at = received - (sent - original)
        skewed = abs(received - sent) > TOLERANCE
    flags = SKEWED if skewed else 0
    if at > received + TOLERANCE:
        return received, flags | FUTURE
    if at < CLOCK_UNSET:
        return received, flags | PAST
    if at < received - LONG_AGO and not (trusted and sent is None):
        return at, flags | PAST
    return at, flags


def microseconds(value: object) -> int | None:
    """A client's time: ISO 8601 (UTC when it names no zone), or seconds or milliseconds since 1970. Else None."""
    if isinstance(value, str):
        return _parsed(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e14:
        return int(value * (1_000 if value > 1e11 else SECOND))
    return None


@remembered(most=4_096, longest=40)  # a batch repeats its sentAt
def _parsed(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
