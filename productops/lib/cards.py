"""What a page shows, as data: cards that answer one question each, their tables, and tiles of figures.

Views build these, templates only draw them (``{% card c %}``, ``{% tiles t %}``, ``{% table t %}``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from productops.lib.cells import Link, Tone
from productops.lib.changes import Change
from productops.lib.charts import Chart
from productops.lib.flows import Flow

Kind = Literal["text", "count", "number", "percent", "points", "money", "duration", "date", "time", "code"]
TEXT_KINDS = ("text", "code")
State = Literal["never", "no_match", "too_few", "loading", "stale", "error"]
BODILESS: tuple[State, ...] = ("never", "no_match", "loading", "error")


class IncompleteCard(ValueError):
    """A card that would show a figure without saying what it is."""


@dataclass(frozen=True)
class Column:
    """``kind`` says how plain values are written; drawings in ``cells`` need none.

    The unit belongs here, not in the cells. A column with ``sort`` can be sorted by that name in the query string.
    """

    label: str
    kind: Kind = "text"
    unit: str = ""
    sort: str = ""
    wide: bool = False
    """Takes the room that is left: for drawings."""
    phone: bool = True
    """Whether it is shown on a phone."""
    only: Literal["", "page", "file"] = ""
    """Where alone it is: drawings of figures that stand beside them on the page, what the chart tells in the file."""

    @property
    def numeric(self) -> bool:
        return self.kind not in TEXT_KINDS


@dataclass(frozen=True)
class Table:
    """Rows of values in the order of the columns; the first column heads the row.

    A value is text, a figure by the column's kind, a date or time, or a drawing from ``cells``.
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    sort: str = ""
    """The column it is sorted by now, with ``-`` before it for descending."""
    heat: bool = False
    """Drawn as a heatmap: cells without lines between them, the first column stays in view."""
    emphasis: Sequence[int] = ()
    """Rows to which the takeaway points."""
    note: str = ""
    """What is left out, and where it can be had."""
    drawn: int | None = None
    """How many rows the page shows, from the first on; all when it is None. A download has them all."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"A row of {self.caption!r} has {len(row)} values for {len(self.columns)} columns.")


@dataclass(frozen=True)
class Definition:
    """How a figure is computed, in words; ``metric`` is the key of its definition page."""

    text: str
    exclusions: str = ""
    metric: str = ""


@dataclass(frozen=True)
class Notice:
    """Why a card shows something else than usual, or more.

    ``never`` no data ever came, ``no_match`` none for these filters, ``too_few`` to compare, ``loading`` follows
    from ``href`` of ``link``, ``stale`` is as of ``at``, ``error`` carries a ``reference`` to find it in the log.
    """

    state: State
    text: str
    snippet: str = ""
    link: Link | None = None
    at: datetime | None = None
    reference: str = ""


@dataclass(frozen=True)
class Target:
    value: float
    label: str
    remaining: str = ""
    verdict: str = ""
    tone: Tone = ""


@dataclass(frozen=True)
class Hero:
    """The one large figure of a card, with its target if it has one."""

    value: float | None
    kind: str = "count"
    change: Change | None = None
    against: str = ""
    """What ``change`` compares with, in words."""
    target: Target | None = None


@dataclass(frozen=True)
class Card:
    """A question, its answer in one or two sentences, and what the answer rests on.

    ``sql`` maps a dialect to text. Without a chart the table is the body, otherwise it stands behind
    "Show as table". ``span`` is the width in twelfths of the page.
    """

    key: str
    question: str
    definition: Definition
    table: Table
    takeaway: str = ""
    context: str = ""
    sql: Mapping[str, str] | None = None
    sql_tabs: Sequence["Tab"] = ()
    """Where ``sql`` is in the words of one of several engines: each at its address, the one that ran first.

    With none of them current the page's script fetches the first for those who look at it.
    """
    chart: Chart | None = None
    flow: Flow | None = None
    """Drawn above the table."""
    hero: Hero | None = None
    csv: str = ""
    parquet: str = ""
    explore: str = ""
    actions: Sequence[Link] = ()
    """What to do next: see these people, open the related page."""
    source: str = ""
    state: Notice | None = None
    span: int = 12

    def __post_init__(self) -> None:
        if not self.question or not self.definition.text:
            raise IncompleteCard(f"Card {self.key!r} has no question or no definition.")
        if not self.table.columns:
            raise IncompleteCard(f"Card {self.key!r} has no table.")

    @property
    def data_id(self) -> str:
        """Of the element that carries the chart's data for the script."""
        return f"{self.key}-data"

    @property
    def sql_chosen(self) -> bool:
        """Whether the SQL is shown for another engine than the one that ran."""
        return any(tab.current for tab in self.sql_tabs[1:])

    @property
    def has_body(self) -> bool:
        return self.state is None or self.state.state not in BODILESS

    @property
    def comparable(self) -> bool:
        """Whether there is enough data for a takeaway."""
        return self.has_body and (self.state is None or self.state.state != "too_few")


@dataclass(frozen=True)
class Tile:
    """One figure of the strip: its value, what changed, its trend, and the page that tells more."""

    label: str
    value: float | None
    href: str
    kind: str = "count"
    unit: str = ""
    margin: str = ""
    """Half-width of the value's interval, already written."""
    change: Change | None = None
    before: str = ""
    """What ``change`` compares with, such as ``vs 6,017``."""
    spark: Sequence[float | None] = ()
    incomplete: bool = False
    """Whether the trend's last point is of a period that is not over."""
    note: str = ""
    """Said instead of a change, such as that there are too few people to compare."""


@dataclass(frozen=True)
class Attention:
    """An item of the list of what needs a decision."""

    icon: str
    title: str
    text: str
    href: str
    tone: Tone = ""


@dataclass(frozen=True)
class Tab:
    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class Freshness:
    """Up to when events have come in; ``late`` when that is longer ago than usual."""

    at: datetime
    late: bool = False
