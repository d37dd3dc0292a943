"""A chart as data, drawn as SVG by the server and, with JavaScript, again by Chart.js."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Form = Literal["lines", "columns", "histogram"]


@dataclass(frozen=True)
class Series:
    """One line, or one layer of stacked columns.

    ``colour`` is ``c1`` … ``c8``, ``reference`` for what is compared with, or ``other`` for the rest.
    ``low`` and ``high`` draw a band around a line. A None is a gap.
    """

    label: str
    values: Sequence[float | None]
    colour: str = "c1"
    dashed: bool = False
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


@dataclass(frozen=True)
class Mark:
    """Something that happened at a period, numbered on the chart and told below it."""

    index: int
    text: str


@dataclass(frozen=True)
class Reference:
    """A horizontal line, such as a target."""

    value: float
    label: str


@dataclass(frozen=True)
class Position:
    """A vertical line at ``index`` (a fraction lies between two labels), such as the median of a histogram."""

    index: float
    label: str


@dataclass(frozen=True)
class Chart:
    """``labels`` name the periods or classes; each series has one value for each of them.

    ``kind`` is that of the figures (a key of ``numbers.FORMATS``). The last ``incomplete`` periods are
    not over and drawn dashed or faint. Columns always begin at 0, lines only with ``from_zero``.
    """

    form: Form
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "count"
    incomplete: int = 0
    from_zero: bool = True
    marks: Sequence[Mark] = ()
    references: Sequence[Reference] = ()
    positions: Sequence[Position] = ()
    axis_title: str = ""

    def __post_init__(self) -> None:
        for series in self.series:
            if len(series.values) != len(self.labels):
                raise ValueError(
                    f"Series {series.label!r} has {len(series.values)} values for {len(self.labels)} labels."
                )
