"""The tables of standing questions, and what is said where there is too little for one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.dashboards.figures import Figures, Trend, column_of
from analytics.metrics.calendar import Grain
from analytics.rollups.queries import Point
from productops.lib.cards import Column, Notice, Table
from productops.lib.cells import Bar, Dated, Link
from productops.lib.changes import MINIMUM_PEOPLE
from productops.lib.takeaways import too_few

PERIODS_SHOWN = 31


Values = Sequence[float | None]


def period_table(
    figures: Figures,
    trends: list[Trend],
    caption: str,
    grain: Grain | None = None,
    also: Iterable[tuple[Column, Values]] = (),
) -> Table:
    """The newest periods first; ``also`` are further columns that the chart shows, by period like the trends."""
    columns = [*((column_of(trend), trend.values) for trend in trends), *also]
    return table_by_period(figures, trends[0], caption, columns, grain)


def table_by_period(
    figures: Figures, trend: Trend, caption: str, columns: Sequence[tuple[Column, Values]], grain: Grain | None = None
) -> Table:
    """A row for each period of the trend: as many are drawn as somebody reads, the download has them all."""
    labels = figures.labels(trend, grain)
    rows: list[list[Any]] = [
        [Dated(label, point.period), *values, point.complete, point.current]
        for label, point, *values in zip(labels, trend.points, *(values for _column, values in columns), strict=True)
    ]
    left_out = max(0, len(rows) - PERIODS_SHOWN)
    note = ngettext("%(n)s earlier period is in the CSV.", "%(n)s earlier periods are in the CSV.", left_out)
    return Table(
        caption,
        [
            Column(_("Period")),
            *(column for column, _values in columns),
            Column(_("Complete"), only="file"),
            current_column(),
        ],
        rows[::-1],
        note=note % {"n": left_out} if left_out else "",
        drawn=PERIODS_SHOWN,
    )


def parts_table(
    caption: str,
    dimension: str,
    counted: str,
    parts: Mapping[str, Trend],
    named: Callable[[str], Link | str],
    drawn: int | None = None,
) -> Table:
    """A count by the values of a dimension: its size beside the largest, and what it was, if there is a before."""
    most = max((part.total for part in parts.values()), default=0) or 1
    compared = any(part.before for part in parts.values())
    size = Column(_("Size"), wide=True, phone=False, only="page")
    columns = [Column(dimension), Column(counted, "count"), size]
    rows: list[list[object]] = [[named(value), part.total, Bar(part.total, most)] for value, part in parts.items()]
    if compared:
        columns += [Column(_("Before"), "count", phone=False), Column(_("Change"))]
        for row, part in zip(rows, parts.values(), strict=True):
            row += [part.total_before if part.before else None, part.total_change]
    columns.append(current_column())
    for row, part in zip(rows, parts.values(), strict=True):
        row.append(are_current([*part.points[part.whole], *part.before[part.whole]]))
    return Table(caption, columns, rows, drawn=drawn)


def current_column() -> Column:
    """In files, where no banner says that figures are as another time zone or definition had them."""
    return Column(_("Current"), only="file")


def are_current(points: Iterable[Point | None]) -> bool:
    return all(point.current for point in points if point)


def scarce(figures: Figures, people: float | None) -> Notice | None:
    """Said where there is nobody, or too few to compare."""
    if not people and figures.filters.conditions:
        everyone = Link(_("Clear filters"), "?" + figures.filters.query(f=None))
        return Notice("no_match", _("Nobody matches these filters in this period."), link=everyone)
    if not people:
        return Notice("no_match", _("Nobody was active in this period."))
    if people < MINIMUM_PEOPLE:
        return Notice("too_few", str(too_few(int(people))))
    return None
