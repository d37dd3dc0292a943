"""What can stand in a cell of a table besides text and figures: small drawings and links, as data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Tone = Literal["", "good", "bad", "warn", "accent"]
HEAT_LEVELS = 9


@dataclass(frozen=True)
class Link:
    text: str
    href: str
    note: str = ""
    """A second line below the text."""


@dataclass(frozen=True)
class Behind:
    """A figure, by its column's kind, that leads to what it counts: the people behind it."""

    value: float
    href: str


@dataclass(frozen=True)
class Dated:
    """A day or period as the page writes it; a download has its (first) ``day``."""

    text: str
    day: date


@dataclass(frozen=True)
class Tag:
    """A word in a small box; its colour only repeats what the word says."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True)
class Bar:
    """A bar from 0 to ``value`` on an axis from 0 to ``maximum``; ``faint`` reaches further, for what was lost."""

    value: float
    maximum: float
    faint: float | None = None
    colour: str = "c1"


@dataclass(frozen=True)
class Interval:
    """A point with its interval on an axis from ``minimum`` to ``maximum``; ``text`` says it in words."""

    low: float
    point: float
    high: float
    minimum: float
    maximum: float
    text: str
    tone: Tone = ""
    zero: bool = False
    """Whether a line marks 0 on the axis."""


@dataclass(frozen=True)
class Heat:
    """A figure on a coloured ground of ``level`` 0 to 8; ``diverging`` runs from orange over neutral to blue."""

    text: str
    level: int
    incomplete: bool = False
    diverging: bool = False
    title: str = ""
    value: float | None = None
    """The figure in full, for files; they have the text where there is none."""
    href: str = ""


@dataclass(frozen=True)
class Spark:
    """A trend without axes; ``incomplete`` leaves the last point out of the line's end."""

    values: Sequence[float | None]
    incomplete: bool = False


def heat_level(value: float, low: float, high: float) -> int:
    """The one of nine equal steps from ``low`` to ``high`` that ``value`` falls in; ends catch what lies beyond."""
    if high <= low:
        return 0
    return min(HEAT_LEVELS - 1, max(0, int((value - low) / (high - low) * HEAT_LEVELS)))
