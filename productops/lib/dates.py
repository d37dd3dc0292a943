"""How days and times are written: ``24 Oct``, the year only when it is not the current one."""

from datetime import date, datetime, timedelta
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _


def day(value: date, today: date) -> str:
    return _formatted(value, "j M" if value.year == today.year else "j M Y", get_language())


@lru_cache(maxsize=8_192)
def _formatted(value: date, pattern: str, language: str | None) -> str:
    """Years of days are labelled on one page, and Django's formatting takes some 20 µs for each."""
    return date_format(value, pattern)


def day_range(first: date, last: date, today: date) -> str:
    """``24 Oct – 20 Nov``; one day is written once, one year only at the end."""
    if first == last:
        return day(first, today)
    start = date_format(first, "j M") if first.year == last.year else day(first, today)
    return f"{start} – {day(last, today)}"


def moment(value: datetime, now: datetime) -> str:
    """A time of day for today in the zone of ``now``, otherwise the day with its time."""
    local = value.astimezone(now.tzinfo)
    clock = date_format(local, "H:i")
    return clock if local.date() == now.date() else f"{day(local.date(), now.date())}, {clock}"


def ago(value: datetime, now: datetime) -> str:
    """How long ago, for times less than a day old; blank for older ones and those still to come."""
    age = now - value
    if age >= timedelta(days=1) or age < timedelta(0):
        return ""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(n)d min ago", "%(n)d min ago", minutes) % {"n": minutes}
    return ngettext("%(n)d h ago", "%(n)d h ago", minutes // 60) % {"n": minutes // 60}
