"""The tables of standing questions, and what is said where there is too little for one."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.dashboards.figures import Figures, Trend, column_of
from analytics.metrics.calendar import Grain
from productops.lib.cards import Column, Notice, Table
from productops.lib.cells import Bar, Link
from productops.lib.changes import MINIMUM_PEOPLE
from productops.lib.takeaways import too_few

PERIODS_SHOWN = 31


def period_table(figures: Figures, trends: list[Trend], caption: str, grain: Grain | None = None) -> Table:
    """The newest periods first, as many as somebody reads; the export has them all."""
    labels = figures.labels(trends[0], grain)[::-1][:PERIODS_SHOWN]
    columns = (trend.values[::-1][:PERIODS_SHOWN] for trend in trends)
    rows = [[label, *values] for label, *values in zip(labels, *columns, strict=True)]
    left_out = len(trends[0].points) - len(rows)
    note = ngettext("%(n)s earlier period is in the CSV.", "%(n)s earlier periods are in the CSV.", left_out)
    return Table(
        caption,
        [Column(_("Period")), *(column_of(trend) for trend in trends)],
        rows,
        note=note % {"n": left_out} if left_out else "",
    )


def parts_table(
    caption: str, dimension: str, counted: str, parts: Mapping[str, Trend], link: Callable[[str], Link]
) -> Table:
    """A count by the values of a dimension: its size beside the largest, and what it was, if there is a before."""
    most = max((part.total for part in parts.values()), default=0) or 1
    compared = any(part.before for part in parts.values())
    columns = [Column(dimension), Column(counted, "count"), Column(_("Size"), wide=True, phone=False)]
    rows: list[list[object]] = [[link(value), part.total, Bar(part.total, most)] for value, part in parts.items()]
    if compared:
        columns += [Column(_("Before"), "count", phone=False), Column(_("Change"))]
        for row, part in zip(rows, parts.values(), strict=True):
            row += [part.total_before if part.before else None, part.total_change or ""]
    return Table(caption, columns, rows)


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
