"""Where everything of a chart lies: pure geometry from ``charts.Chart`` to what the template draws.

Horizontal and vertical places are per cent of the plotting area, so that text keeps its size at any
width. Lines are drawn in a box of 1000 × 1000 that is stretched over the area.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from productops.lib.charts import Chart, Series
from productops.lib.numbers import percent, written_compactly

BOX = 1000
MOST_TICKS = 5
MOST_LABELS = 9
LETTERS_ON_PHONES = 24
"""So many of all labels together fit below a chart on a phone."""
SMALLEST_EXTENT = 1e-12
LONGEST_END = 16
EDGE = 8.0
"""Nearer to the upper edge, in per cent, a reference is labelled below its line."""
LABEL_GAP = 8.0
"""Least distance of two labels at the ends of lines, in per cent of the height."""


@dataclass(frozen=True)
class Text:
    text: str
    at: float
    index: int = 0
    """Of the label it is."""
    sparse: bool = False
    """Left out on a phone."""
    colour: str = ""


@dataclass(frozen=True)
class Line:
    colour: str
    solid: list[str]
    tail: str
    dashed: bool
    band: str = ""
    dots: list[tuple[float, float]] = field(default_factory=list)
    """Points without a neighbour, which no line would show."""


@dataclass(frozen=True)
class Block:
    """A rectangle of a column; all four in per cent."""

    colour: str
    x: float
    y: float
    width: float
    height: float
    faint: bool
    title: str


@dataclass(frozen=True)
class Rule:
    """A line across the area: ``at`` from the top for references, from the left for marks."""

    at: float
    text: str
    number: int = 0

    @property
    def below(self) -> bool:
        return self.at < EDGE


@dataclass(frozen=True)
class Plot:
    ticks: list[Text]
    labels: list[Text]
    lines: list[Line]
    blocks: list[Block]
    ends: list[Text]
    references: list[Rule]
    marks: list[Rule]
    positions: list[Rule]
    zero: float
    legend: list[Series]
    axis_size: str
    end_size: str


def plot(chart: Chart, most_labels: int = MOST_LABELS) -> Plot:
    steps = round_steps(*extent(chart))
    low, high = steps[0], steps[-1]
    stacked = chart.form != "lines"

    def height(value: float) -> float:
        return round(100 * (1 - (value - low) / (high - low)), 2)

    ticks = [Text(text, height(step)) for text, step in zip(axis_texts(steps, chart.kind), steps, strict=True)]
    ends = [] if stacked or needs_legend(chart) else end_labels(chart, height)
    return Plot(
        ticks=ticks,
        labels=period_labels(chart, most_labels, on_phones=3 if ends else 2),
        lines=[] if stacked else [line(chart, series, low, high) for series in reversed(chart.series)],
        blocks=blocks(chart, height) if stacked else [],
        ends=ends,
        references=[Rule(height(one.value), one.label) for one in chart.references],
        marks=[Rule(across(chart, one.index), one.text, number) for number, one in enumerate(chart.marks, 1)],
        positions=[Rule(across(chart, one.index), one.label) for one in chart.positions],
        zero=height(min(max(0.0, low), high)),
        legend=[] if ends or len(chart.series) == 1 else list(chart.series),
        axis_size=size_class(tick.text for tick in ticks),
        end_size=size_class(end.text for end in ends),
    )


def extent(chart: Chart) -> tuple[float, float]:
    """Lowest and highest value to be shown; 0 is one of them for columns."""
    if chart.form == "lines":
        found = [
            value for series in chart.series for values in (series.values, series.low, series.high) for value in values
            if value is not None
        ]  # fmt: skip
    else:
        found = [
            sum(part) for values in zip(*(one.values for one in chart.series), strict=True) for part in by_sign(values)
        ]
    found += [one.value for one in chart.references]
    if chart.from_zero or chart.form != "lines":
        found.append(0.0)
    return (min(found), max(found)) if found else (0.0, 1.0)


def by_sign(values: Iterable[float | None]) -> tuple[list[float], list[float]]:
    known = [value for value in values if value is not None]
    return [value for value in known if value >= 0], [value for value in known if value < 0]


def round_steps(low: float, high: float, most: int = MOST_TICKS) -> list[float]:
    """At most ``most`` + 1 values, at equal steps of 1, 2 or 5 × a power of ten, that enclose ``low`` and ``high``."""
    if high - low < SMALLEST_EXTENT:
        high = low + (abs(low) or 1.0)
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20, 50):
        step = factor * power
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= most:
            break
    return [round(index * step, 12) for index in range(first, last + 1)]


def axis_texts(steps: Sequence[float], kind: str) -> list[str]:
    """Shares at whole per cents are written without decimals."""
    if kind == "percent" and all(round(step * 100, 9).is_integer() for step in steps):
        return [percent(step, 0) for step in steps]
    return [written_compactly(step, kind) for step in steps]


def across(chart: Chart, index: float) -> float:
    """The place of a label from the left: lines reach both edges, columns stand in the middle of their share."""
    count = len(chart.labels)
    if chart.form == "lines":
        return round(100 * index / (count - 1), 2) if count > 1 else 50.0
    return round(100 * (index + 0.5) / count, 2)


def period_labels(chart: Chart, most: int, on_phones: int) -> list[Text]:
    """As many labels as there is room for, at equal distances and ending with the last period.

    When they are long together, a phone has room for every second of them, or every third: ``on_phones``.
    """
    last = len(chart.labels) - 1
    every = max(1, math.ceil(len(chart.labels) / most))
    shown = range(last % every, last + 1, every)
    if sum(len(chart.labels[index]) for index in shown) <= LETTERS_ON_PHONES:
        on_phones = 1
    return [
        Text(chart.labels[index], across(chart, index), index, sparse=(last - index) // every % on_phones != 0)
        for index in shown
    ]


def line(chart: Chart, series: Series, low: float, high: float) -> Line:
    """A series as strings of corners: one per unbroken run, the unfinished end apart, and its band."""

    def corner(index: int, value: float) -> str:
        return f"{across(chart, index) * BOX / 100:.1f},{BOX * (1 - (value - low) / (high - low)):.1f}"

    finished = len(chart.labels) - chart.incomplete
    parts = runs(series.values[:finished])
    corners = [[corner(index, value) for index, value in part] for part in parts]
    ending = [
        (index, value) for index, value in enumerate(series.values) if value is not None and index >= finished - 1
    ]
    band = ""
    if series.low and series.high:
        edges = [
            (i, a, b)
            for i, (a, b) in enumerate(zip(series.low, series.high, strict=True))
            if a is not None and b is not None
        ]
        band = " ".join([corner(i, b) for i, _a, b in edges] + [corner(i, a) for i, a, _b in reversed(edges)])
    lonely = [part[0] for part in parts if len(part) == 1]
    return Line(
        colour=series.colour,
        solid=[" ".join(part) for part in corners if len(part) > 1],
        tail=" ".join(corner(index, value) for index, value in ending) if chart.incomplete and len(ending) > 1 else "",
        dashed=series.dashed,
        band=band,
        dots=[(across(chart, i), round(100 * (1 - (value - low) / (high - low)), 2)) for i, value in lonely],
    )


def runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The unbroken runs of values, each with its index."""
    found: list[list[tuple[int, float]]] = [[]]
    for index, value in enumerate(values):
        if value is not None:
            found[-1].append((index, value))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def blocks(chart: Chart, height: Any) -> list[Block]:
    """The rectangles of stacked columns; what is below 0 is stacked downwards."""
    share = 100 / len(chart.labels) if chart.labels else 100
    width = share * (0.96 if chart.form == "histogram" else 0.7)
    drawn = []
    for index, label in enumerate(chart.labels):
        tops = {True: 0.0, False: 0.0}
        for series in chart.series:
            value = series.values[index]
            if not value:
                continue
            start = tops[value > 0]
            tops[value > 0] = end = start + value
            top, bottom = height(max(start, end)), height(min(start, end))
            drawn.append(
                Block(
                    colour=series.colour,
                    x=round(share * index + (share - width) / 2, 2),
                    y=top,
                    width=round(width, 2),
                    height=round(bottom - top, 2),
                    faint=index >= len(chart.labels) - chart.incomplete,
                    title=f"{label} · {series.label}: {written_compactly(value, chart.kind)}",
                )
            )
    return drawn


def end_labels(chart: Chart, height: Any) -> list[Text]:
    """What to write where lines end: a single line's last value, otherwise names; kept apart from each other."""
    found = []
    for number, series in enumerate(chart.series):
        last = next((value for value in reversed(series.values) if value is not None), None)
        if last is None:
            continue
        if number or others_are_peers(chart):
            text = series.label
        else:
            text = written_compactly(last, chart.kind)
            text = _("%(value)s so far") % {"value": text} if chart.incomplete else text
        found.append(Text(text, height(last), colour=series.colour))
    placed: list[Text] = []
    for one in sorted(found, key=lambda text: text.at):
        lowest = placed[-1].at + LABEL_GAP if placed else 0.0
        placed.append(replace(one, at=max(one.at, lowest)))
    return placed


def needs_legend(chart: Chart) -> bool:
    """Whether the names of the series are too many, or too long, to stand at the ends of their lines."""
    named = chart.series if others_are_peers(chart) else chart.series[1:]
    return len(chart.series) > 3 or any(len(series.label) > LONGEST_END for series in named)


def others_are_peers(chart: Chart) -> bool:
    """Whether the first series stands among others of its kind, rather than alone or against a reference."""
    return any(series.colour != "reference" for series in chart.series[1:])


def size_class(texts: Iterable[str]) -> str:
    longest = max((len(text) for text in texts), default=0)
    return next(name for most, name in ((0, "none"), (4, "short"), (7, "middle"), (10_000, "long")) if longest <= most)


def script_data(chart: Chart, drawn: Plot) -> dict[str, Any]:
    """What Chart.js needs: the chart, its axis, and every figure already written as text."""
    steps = round_steps(*extent(chart))
    data = asdict(chart)
    for series in data["series"]:
        series["texts"] = [written_compactly(value, chart.kind) for value in series["values"]]
    data["axis"] = {
        "min": steps[0],
        "max": steps[-1],
        "step": steps[1] - steps[0],
        "texts": axis_texts(steps, chart.kind),
    }
    data["ends"] = [asdict(end) for end in drawn.ends]
    data["shown"] = [label.index for label in drawn.labels]
    data["shown_on_phones"] = [label.index for label in drawn.labels if not label.sparse]
    return data
