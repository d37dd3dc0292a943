"""Times as files write them."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER = re.compile(r"\d{8,19}(\.\d+)?")
_UTC_NAME = re.compile(r"\s*(UTC|GMT)$", re.IGNORECASE)


class BadTime(Exception):
    """Not a time, or one before 1990."""


def microseconds(value: Any, zone: tzinfo) -> int:
    """UTC microseconds of a time: ISO 8601, or a number of seconds, milli-, micro- or nanoseconds since 1970.

    A time that names no zone is one in ``zone``; of the two in an hour that comes twice, the first.
    Raises BadTime.
    """
    if isinstance(value, str):
        value = value.strip()
        if _NUMBER.fullmatch(value):
            value = float(value) if "." in value else int(value)
    at = _of_number(value) if isinstance(value, int | float) else _of_moment(_moment(value), zone)
    if at < (EARLIEST - _EPOCH) // _MICROSECOND:
        raise BadTime(f"{value!r} is before 1990.")
    return at


def _of_number(value: float) -> int:
    for below, scale in ((1e11, 10**6), (1e14, 10**3), (1e17, 1)):
        if 0 < value < below:
            return value * scale if isinstance(value, int) else round(value * scale)
    if 0 < value < 9e18:
        return int(value) // 1_000
    raise BadTime(f"{value!r} is no time.")


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (the zone comes from the command line)
    if not isinstance(value, str) or not value:
        raise BadTime("There is no time.")
    text, stands_in_utc = _UTC_NAME.subn("", value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime(f"{value[:40]!r} is not a time in ISO 8601.") from None
    return moment.replace(tzinfo=UTC) if stands_in_utc and moment.tzinfo is None else moment


def _of_moment(moment: datetime, zone: tzinfo) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return (moment - _EPOCH) // _MICROSECOND
    except OverflowError:
        raise BadTime(f"{moment} is out of range.") from None
