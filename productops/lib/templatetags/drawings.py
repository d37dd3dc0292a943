"""Tags that draw icons, small charts and the cells of tables."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from productops.lib import cards, cells, drawing, numbers
from productops.lib.changes import Change
from productops.lib.templatetags.figures import day, delta, when

register = template.Library()
SPRITE = "vendor/lucide-1.62.0.svg"


@register.simple_tag
@cache
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
    text = format_html('<a href="{}">{}</a>', heat.href, heat.text) if heat.href else heat.text
    return format_html('<td class="{}"{}>{}</td>', classes, title, text)


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
        case cells.Behind():
            return format_html('<a href="{}">{}</a>', value.href, numbers.written(value.value, column.kind))
        case cells.Dated():
            return value.text
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
