"""Tags that draw the components of a page, and the links that change its view."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from productops.lib import cards, flows, plots
from productops.lib.drawn import Drawn
from productops.lib.navigation import may_follow
from productops.lib.periods import Condition, Filters
from productops.lib.templatetags.drawings import icon

register = template.Library()
SELECTED = mark_safe(" selected")


def with_request(context: Context, **values: Any) -> dict[str, Any]:
    return {"request": context.get("request"), **values}


@register.inclusion_tag("components/card.html", takes_context=True)
def card(context: Context, one: cards.Card) -> dict[str, Any]:
    request = context.get("request")
    actions = [action for action in one.actions if request is None or may_follow(request, action.href)]
    return with_request(context, card=one, actions=actions)


@register.inclusion_tag("components/table.html", takes_context=True)
def table(context: Context, one: cards.Table) -> dict[str, Any]:
    rows = [
        {
            "cells": [pair for pair in zip(one.columns, row, strict=True) if pair[0].only != "file"],
            "emphasis": index in one.emphasis,
        }
        for index, row in enumerate(one.rows[: one.drawn])
    ]
    columns = [column for column in one.columns if column.only != "file"]
    return with_request(context, table=one, columns=columns, rows=rows)


def labels_within(span: int) -> int:
    """How many periods can be named below a chart in a card of ``span`` twelfths."""
    return 4 if span < 6 else 6 if span < 8 else plots.MOST_LABELS


@register.inclusion_tag("components/chart.html")
def chart(one: cards.Card) -> dict[str, Any]:
    assert one.chart is not None
    plot = plots.plot(one.chart, most_labels=labels_within(one.span))
    return {"card": one, "chart": one.chart, "plot": plot, "data": plots.script_data(one.chart, plot)}


@register.inclusion_tag("components/flow.html")
def flow(one: cards.Card) -> dict[str, Any]:
    assert one.flow is not None
    return {"card": one, "flow": flows.drawing(one.flow)}


@register.inclusion_tag("components/tiles.html")
def tiles(strip: Sequence[cards.Tile]) -> dict[str, Any]:
    return {"tiles": strip}


@register.simple_tag(takes_context=True)
def filter_row(context: Context, filters: Filters) -> SafeString:
    """Kept unless it has what was typed elsewhere: that may tell who somebody is."""
    request = context["request"]
    drawn = Drawn(request, request.path, filters, filters.params)
    has_typed = bool(filters.conditions or filters.unknown)
    if not has_typed and (found := drawn.found()):
        return found
    drawing = render_to_string("components/filters.html", {"filters": filters, "path": request.path}, request)
    return drawing if has_typed else drawn.keep(drawing)


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
def sql(texts: Mapping[str, str], choices: Sequence[cards.Tab] = ()) -> dict[str, Any]:
    return {"texts": texts, "choices": choices}


@register.simple_tag
def options(
    choices: Iterable[tuple[str, Any]], chosen: str = "", marked: Collection[str] = (), mark: str = ""
) -> SafeString:
    """The options of a select or of a datalist: values with their labels, the ``marked`` of the class ``mark``."""
    of_mark = format_html(' class="{}"', mark)
    return format_html_join(
        "",
        '<option value="{}"{}{}>{}</option>',
        (
            (value, of_mark if value in marked else "", SELECTED if value == chosen else "", label)
            for value, label in choices
        ),
    )


@register.simple_tag(takes_context=True)
def page_if_allowed(context: Context, name: str) -> str:
    """The address of a page by its name, or blank when the reader may not open it."""
    href = reverse(name)
    return href if may_follow(context["request"], href) else ""


@register.filter
def at(sequence: Sequence[Any], index: int) -> Any:
    return sequence[index]


@register.simple_tag
def range_query(filters: Filters, text: str) -> str:
    """The view on another period, given relative to today."""
    return filters.query(range=text, **{"from": None, "to": None})


@register.simple_tag
def without(filters: Filters, condition: Condition) -> str:
    return filters.without(condition)


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
