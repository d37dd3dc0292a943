"""Tags and filters for drawing and for printing numbers; the only way templates print them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template.context import Context
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from productops.lib import cards, cells, dates, drawing, numbers, plots
from productops.lib.changes import Change
from productops.lib.periods import Condition, Filters

register = template.Library()
SPRITE = "vendor/lucide-1.62.0.svg"

Number = int | float | None

# --- Numbers ----------------------------------------------------------------------------------


@register.filter
def n(value: Number) -> SafeString:
    """Compact, with the full value in its title."""
    short, full = numbers.compact(value), numbers.exact(value)
    return format_html("{}", short) if short == full else format_html('<span title="{}">{}</span>', full, short)


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


# --- Time -------------------------------------------------------------------------------------


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


# --- Drawings ---------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Lucide icon; the text beside it, or the button's label, says what it means."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', static(SPRITE), name
    )


@register.simple_tag
def spark(values: Sequence[float | None], incomplete: bool = False) -> SafeString:
    return drawing.spark(values, incomplete=incomplete)


@register.simple_tag
def bullet(value: float, target: float) -> SafeString:
    return drawing.bullet(value, target)


@register.simple_tag
def bar(value: float, maximum: float, faint: float | None = None) -> SafeString:
    return drawing.bar(cells.Bar(value, maximum, faint))


# --- Cells ------------------------------------------------------------------------------------


@register.simple_tag
def cell(column: cards.Column, value: Any, head: bool = False) -> SafeString:
    """One cell of a table with its element; ``head`` makes it the head of its row."""
    if isinstance(value, cells.Heat):
        return heat_cell(value)
    classes = {
        "num": column.numeric,
        "wide": column.wide,
        "not-phone": not column.phone,
        "code": column.kind == "code",
    }
    named = " ".join(name for name, wanted in classes.items() if wanted)
    kind = format_html(' class="{}"', named) if named else ""
    name = mark_safe("th") if head else mark_safe("td")
    scope = mark_safe(' scope="row"') if head else ""
    return format_html("<{}{}{}>{}</{}>", name, scope, kind, cell_content(column, value), name)


def heat_cell(heat: cells.Heat) -> SafeString:
    scale = "d" if heat.diverging else "h"
    classes = f"heat {scale}{heat.level}" + (" unfinished" if heat.incomplete else "")
    title = format_html(' title="{}"', heat.title) if heat.title else ""
    return format_html('<td class="{}"{}>{}</td>', classes, title, heat.text)


def cell_content(column: cards.Column, value: Any) -> Any:
    """A cell's value as text or markup, by what it is and, for plain figures, by the column's kind."""
    match value:
        case None:
            return ""
        case cells.Bar():
            return drawing.bar(value)
        case cells.Interval():
            return drawing.interval(value)
        case cells.Spark():
            return drawing.spark(value.values, incomplete=value.incomplete)
        case cells.Link():
            note = format_html('<span class="note">{}</span>', value.note) if value.note else ""
            return format_html('<a href="{}">{}</a>{}', value.href, value.text, note)
        case cells.Tag():
            return format_html('<span class="tag {}">{}</span>', value.tone, value.text)
        case Change():
            return delta(value)
        case datetime():
            return when(value)
        case date():
            return day(value)
        case bool() | str():
            return value
        case int() | float() if column.kind in numbers.FORMATS:
            return numbers.written(value, column.kind)
        case _:
            return str(value)


# --- Components -------------------------------------------------------------------------------


def with_request(context: Context, **values: Any) -> dict[str, Any]:
    return {"request": context.get("request"), **values}


@register.inclusion_tag("components/card.html", takes_context=True)
def card(context: Context, one: cards.Card) -> dict[str, Any]:
    return with_request(context, card=one)


@register.inclusion_tag("components/table.html", takes_context=True)
def table(context: Context, one: cards.Table) -> dict[str, Any]:
    rows = [
        {"cells": list(zip(one.columns, row, strict=True)), "emphasis": index in one.emphasis}
        for index, row in enumerate(one.rows)
    ]
    return with_request(context, table=one, rows=rows)


def labels_within(span: int) -> int:
    """How many periods can be named below a chart in a card of ``span`` twelfths."""
    return 4 if span < 6 else 6 if span < 8 else plots.MOST_LABELS


@register.inclusion_tag("components/chart.html")
def chart(one: cards.Card) -> dict[str, Any]:
    assert one.chart is not None
    plot = plots.plot(one.chart, most_labels=labels_within(one.span))
    return {"card": one, "chart": one.chart, "plot": plot, "data": plots.script_data(one.chart, plot)}


@register.inclusion_tag("components/tiles.html")
def tiles(strip: Sequence[cards.Tile]) -> dict[str, Any]:
    return {"tiles": strip}


@register.inclusion_tag("components/filters.html", takes_context=True)
def filter_row(context: Context, filters: Filters) -> dict[str, Any]:
    request = context.get("request")
    return with_request(context, filters=filters, path=request.path if request else "")


@register.inclusion_tag("components/notice.html")
def notice(one: cards.Notice) -> dict[str, Any]:
    return {"notice": one}


@register.inclusion_tag("components/tabs.html")
def tabs(row: Sequence[cards.Tab]) -> dict[str, Any]:
    return {"tabs": row}


@register.inclusion_tag("components/attention.html")
def attention(items: Sequence[cards.Attention]) -> dict[str, Any]:
    return {"items": items}


@register.inclusion_tag("components/sql.html")
def sql(texts: Mapping[str, str]) -> dict[str, Any]:
    return {"texts": texts}


@register.simple_tag
def share_of(value: float, whole: float) -> str:
    return numbers.percent(value / whole) if whole else numbers.UNKNOWN


@register.simple_tag
def metric_href(key: str) -> str:
    """The address of a metric's definition page."""
    return f"{get_script_prefix()}metrics/{key}/"


@register.filter
def at(sequence: Sequence[Any], index: int) -> Any:
    return sequence[index]


# --- Filters of a view ------------------------------------------------------------------------


@register.simple_tag
def range_query(filters: Filters, text: str) -> str:
    """The view on another period, given relative to today."""
    return filters.query(range=text, **{"from": None, "to": None})


@register.simple_tag
def without(filters: Filters, condition: Condition) -> str:
    return filters.without(condition)


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


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: Any) -> str:
    """The page's query string with parameters replaced, or taken out by None; ``?`` included."""
    params = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    return "?" + params.urlencode()


@register.simple_tag(takes_context=True)
def sort_head(context: Context, column: cards.Column, current: str) -> SafeString:
    """The head of a column that can be sorted: a link to the other order, largest first for figures."""
    descending = current == f"-{column.sort}" or (current != column.sort and not column.numeric)
    wanted = column.sort if descending else f"-{column.sort}"
    request = context.get("request")
    href = query(context, sort=wanted, page=None) if request else f"?sort={wanted}"
    arrow = icon("chevron-down") if current.lstrip("-") == column.sort else ""
    return format_html(
        '<a class="sort{}" href="{}">{}{}</a>', "" if current.startswith("-") else " up", href, column.label, arrow
    )
