"""How days and times are written: ``24 Oct``, the year only when it is not the current one."""

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def day(value: date, today: date) -> str:
    return date_format(value, "j M" if value.year == today.year else "j M Y")


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
