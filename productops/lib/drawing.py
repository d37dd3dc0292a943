"""Small drawings in HTML: marks in table cells, sparklines, bullet bars. Pure functions from data to markup.

Lengths are per cent of the drawing, so that it fits any column; colours are classes. All of them are
hidden from screen readers, since the figure stands in the cell as text.
"""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from productops.lib.cells import HEAT_LEVELS, Bar, Interval

SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 84, 24, 3


def per_cent(value: float, minimum: float, maximum: float) -> float:
    """Where ``value`` lies on an axis, in per cent of its length; the ends catch what lies beyond."""
    if maximum <= minimum:
        return 0.0
    return round(100 * min(1.0, max(0.0, (value - minimum) / (maximum - minimum))), 2)


def drawing(kind: str, shapes: SafeString) -> SafeString:
    return format_html('<svg class="draw {}" aria-hidden="true" focusable="false">{}</svg>', kind, shapes)


def bar(cell: Bar) -> SafeString:
    """A bar from 0, on a fainter one that reaches to what was there before."""
    faint = mark_safe("")
    if cell.faint is not None:
        faint = format_html(
            '<rect class="{} faint" width="{}%" height="100%" rx="2"/>',
            cell.colour,
            per_cent(cell.faint, 0, cell.maximum),
        )
    solid = format_html(
        '<rect class="{}" width="{}%" height="100%" rx="2"/>', cell.colour, per_cent(cell.value, 0, cell.maximum)
    )
    return drawing("bar" if cell.faint is None else "bar funnel", faint + solid)


def interval(cell: Interval) -> SafeString:
    """A point on the bar of its interval, on a thin axis."""
    low, point, high = (per_cent(value, cell.minimum, cell.maximum) for value in (cell.low, cell.point, cell.high))
    zero = mark_safe("")
    if cell.zero:
        at = per_cent(0, cell.minimum, cell.maximum)
        zero = format_html('<line class="zero" x1="{}%" x2="{}%" y1="0" y2="100%"/>', at, at)
    shapes = format_html(
        '<line class="axis" x1="0" x2="100%" y1="50%" y2="50%"/>{}'
        '<line class="reach" x1="{}%" x2="{}%" y1="50%" y2="50%"/><circle cx="{}%" cy="50%" r="4"/>',
        zero, low, high, point,
    )  # fmt: skip
    return drawing(f"interval {cell.tone}".strip(), shapes) + format_html('<span class="hidden">{}</span>', cell.text)


def spark(values: Sequence[float | None], *, incomplete: bool = False) -> SafeString:
    """A trend of 84 × 24 pixels with a dot at its end; the part up to an ``incomplete`` last value is dashed."""
    known = [(index, value) for index, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return mark_safe("")
    low, high = min(value for _index, value in known), max(value for _index, value in known)
    corners = [spark_corner(index, value, low, high, len(values)) for index, value in known]
    solid = corners[:-1] if incomplete else corners
    tail = format_html('<polyline class="tail" points="{}"/>', joined(corners[-2:])) if incomplete else mark_safe("")
    end_x, end_y = corners[-1]
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">'
        '<polyline points="{}"/>{}<circle cx="{}" cy="{}" r="2.5"/></svg>',
        SPARK_WIDTH, SPARK_HEIGHT, joined(solid), tail, end_x, end_y,
    )  # fmt: skip


def spark_corner(index: int, value: float, low: float, high: float, count: int) -> tuple[float, float]:
    height = 0.5 if high == low else (value - low) / (high - low)
    x = SPARK_MARGIN + (SPARK_WIDTH - 2 * SPARK_MARGIN) * index / (count - 1)
    y = SPARK_HEIGHT - SPARK_MARGIN - (SPARK_HEIGHT - 2 * SPARK_MARGIN) * height
    return round(x, 1), round(y, 1)


def joined(corners: Sequence[tuple[float, float]]) -> SafeString:
    return format_html_join(" ", "{},{}", corners)


def bullet(value: float, target: float, maximum: float | None = None) -> SafeString:
    """How far a value has come on its way to a target, which is a tick across the bar."""
    axis = maximum or max(value, target) * 1.08
    at = per_cent(target, 0, axis)
    shapes = format_html(
        '<rect class="ground" width="100%" height="12" y="4"/><rect class="ground way" width="{}%" height="12" y="4"/>'
        '<rect class="c1" width="{}%" height="6" y="7"/><line class="target" x1="{}%" x2="{}%" y1="1" y2="19"/>',
        at, per_cent(value, 0, axis), at, at,
    )  # fmt: skip
    return drawing("bullet", shapes)


def scale(low: str, high: str, note: str = "") -> SafeString:
    """What the colours of a heatmap stand for: nine steps between the figures at their ends."""
    steps = format_html_join(
        "", '<rect class="h{}" x="{}" width="14" height="8" rx="2"/>', ((i, i * 16) for i in range(HEAT_LEVELS))
    )
    swatches = format_html('<svg class="scale" viewBox="0 0 142 8" aria-hidden="true">{}</svg>', steps)
    return format_html("{} {} {}{}", low, swatches, high, f" · {note}" if note else "")
