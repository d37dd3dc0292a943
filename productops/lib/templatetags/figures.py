"""Filters that print figures, moments and periods; the only way templates print them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from productops.lib import dates, numbers
from productops.lib.changes import Change
from productops.lib.periods import Condition, Filters

register = template.Library()

Number = int | float | None


@register.filter
def n(value: Number) -> SafeString:
    """Compact, with the full value in its title."""
    short, full = numbers.compact(value), numbers.exact(value)
    return format_html("{}", short) if short == full else format_html('<span title="{}">{}</span>', full, short)


@register.filter
def pairs(told: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Keys and values of what clients sent; ``.items`` would find a key of that name first."""
    return told.items()


@register.filter
def exact(value: Number) -> str:
    return numbers.exact(value)


@register.filter
def pct(share: Number) -> str:
    return numbers.percent(share)


@register.filter
def pp(difference: Number) -> str:
    """A difference of shares in percentage points, with its sign."""
    return numbers.signed(numbers.points(difference))


@register.filter
def money(amount: Number, currency: str = "USD") -> str:
    return numbers.money(amount, currency)


@register.filter
def dur(seconds: Number) -> str:
    return numbers.duration(seconds)


@register.filter
def compactly(value: Number, kind: str) -> str:
    """By kind of figure, as tiles and sentences write it."""
    return numbers.written_compactly(value, kind)


@register.filter
def in_full(value: Number, kind: str) -> str:
    return numbers.written(value, kind)


@register.filter
def delta(change: Change | None) -> SafeString:
    """Arrow, size and judgement of a change: colour never says it alone."""
    if change is None:
        return mark_safe("")
    if not change.clear:
        return format_html('<span class="delta">{}</span>', change.text)
    return format_html(
        '<span class="delta {}"><svg class="arrow" viewBox="0 0 8 8" aria-hidden="true"><path d="{}"/></svg>'
        '<span class="hidden">{}</span><span aria-hidden="true">{}</span></span>',
        change.verdict, "M4 1 8 7H0z" if change.direction == "up" else "M4 7 0 1h8z", change.spoken, change.text,
    )  # fmt: skip


@register.simple_tag
def share_of(value: float, whole: float) -> str:
    return numbers.percent(value / whole) if whole else numbers.UNKNOWN


def project_now() -> datetime:
    return timezone.now().astimezone(ZoneInfo(settings.PROJECT_TIME_ZONE))


@register.filter
def day(value: date | None) -> str:
    return dates.day(value, project_now().date()) if value else ""


@register.filter
def when(value: datetime | None) -> SafeString:
    """A moment in the project's time zone, relative when it is less than a day old."""
    if value is None:
        return mark_safe("")
    now = project_now()
    text = dates.moment(value, now)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', value.isoformat(), text, dates.ago(value, now) or text
    )


@register.filter
def clock(value: datetime | None) -> SafeString:
    """A moment in the project's time zone, never relative."""
    if value is None:
        return mark_safe("")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), dates.moment(value, project_now()))


@register.filter
def ago(value: datetime | None) -> str:
    return dates.ago(value, project_now()) if value else ""


@register.filter
def days(filters: Filters) -> str:
    """The days of a view, such as ``24 Oct – 20 Nov``."""
    return dates.day_range(filters.first, filters.last, filters.today)


@register.filter
def range_name(text: str) -> str:
    fixed = {"today": _("Today"), "mtd": _("This month"), "ytd": _("This year")}
    if text in fixed:
        return fixed[text]
    count = int(text[:-1])
    forms = {
        "d": ngettext("Last %(n)d day", "Last %(n)d days", count),
        "w": ngettext("Last %(n)d week", "Last %(n)d weeks", count),
        "m": ngettext("Last %(n)d month", "Last %(n)d months", count),
        "y": ngettext("Last %(n)d year", "Last %(n)d years", count),
    }
    return forms[text[-1]] % {"n": count}


@register.filter
def grain_name(grain: str) -> str:
    return {"hour": _("hour"), "day": _("day"), "week": _("week"), "month": _("month")}[grain]


@register.filter
def condition_text(condition: Condition) -> str:
    words = {
        "is": _("is"), "not": _("is not"), "contains": _("contains"), "gt": _("is more than"), "lt": _("is less than"),
        "set": _("is set"), "unset": _("is not set"),
    }  # fmt: skip
    return " ".join(part for part in (condition.property, words[condition.operator], condition.value) if part)
