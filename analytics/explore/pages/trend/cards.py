"""A trend's cards: the lines by period, and how they compare."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.dashboards.figures import Figures, period_label
from analytics.explore.breakdown import OTHER
from analytics.explore.pages.inquiry import Content, Inquiry, Part
from analytics.explore.pages.trend.lines import PEOPLE_MEASURES, Line, earlier, lines_of, measure_name
from analytics.explore.pages.trend.words import definition, question, takeaway
from productops.lib.cards import Column, Definition, Notice, Table
from productops.lib.cells import Bar, Dated
from productops.lib.changes import MINIMUM_PEOPLE
from productops.lib.charts import Chart, Series
from productops.lib.takeaways import too_few

PERIODS_DRAWN = 31
LINES_DRAWN = 5
COLOURS = ("c1", "c2", "c3", "c4", "c5")


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    found = {
        "trend": Part(
            question(asked),
            definition(asked),
            lambda answer: trend_content(inquiry, asked, answer),
        )
    }
    if asked["breakdown"] or len(asked["series"]) > 1:
        found["compared"] = Part(
            _("How do they compare?"),
            Definition(
                _("The mean of the periods that are over, and what became of it against the periods compared with.")
            ),
            lambda answer: compared_content(inquiry, asked, answer),
        )
    return found


def trend_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: dict[str, Any]) -> Content:
    grain, today = asked["grain"], inquiry.filters.today
    lines = lines_of(asked, answer, earlier(inquiry, answer, grain))
    against = Figures(inquiry.filters).against(grain)
    days = [date.fromisoformat(day) for day in answer["periods"]]
    labels = [period_label(day, grain, today) for day in days]
    whole = sum(answer["complete"])
    drawn, left_out = most_of(lines)
    return Content(
        takeaway=takeaway(lines, labels, whole, grain, against),
        context=context(asked),
        table=trend_table(inquiry, lines, labels, days, answer["complete"], against),
        chart=Chart(
            "lines",
            labels,
            chart_series(drawn),
            kind=lines[0].kind if lines else "count",
            incomplete=len(days) - whole,
            marks=inquiry.marks(answer["periods"]),
        ),
        actions=inquiry.annotating(),
        state=scarce(lines),
        source=ngettext("%(n)s smaller line is in the table.", "%(n)s smaller lines are in the table.", left_out)
        % {"n": left_out}
        if left_out
        else "",
    )


def chart_series(lines: Sequence[Line]) -> list[Series]:
    """Lines in their colours, and for a single one the days compared with as a reference."""
    colours = iter(COLOURS)
    found = [
        Series(line.name, line.values, "other" if line.split == OTHER else next(colours, "other")) for line in lines
    ]
    if len(lines) == 1 and lines[0].before:
        found.append(Series(_("before"), lines[0].before, "reference"))
    return found


def most_of(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """The lines that are drawn, the rest of a breakdown among them, and how many are not."""
    drawn = [line for line in lines if line.split != OTHER][:LINES_DRAWN]
    drawn += [line for line in lines if line.split == OTHER][:1] if len({line.series for line in lines}) == 1 else []
    return drawn, len(lines) - len(drawn)


def context(asked: Mapping[str, Any]) -> str:
    series = asked["series"]
    words = [measure_name(series[0])] if len({measure_name(one) for one in series}) == 1 else []
    filters = len(asked.get("filters", ())) + sum(len(one.get("filters", ())) for one in series)
    if filters:
        words.append(ngettext("%(n)s filter", "%(n)s filters", filters) % {"n": filters})
    return " · ".join(words)


def trend_table(
    inquiry: Inquiry,
    lines: Sequence[Line],
    labels: Sequence[str],
    days: Sequence[date],
    complete: Sequence[bool],
    against: str,
) -> Table:
    """A row for each period, the newest first."""
    columns = [Column(_("Period")), *(Column(line.name, line.kind) for line in lines)]
    compared = len(lines) == 1 and bool(lines[0].before)
    if compared:
        columns.append(Column(against.capitalize(), lines[0].kind))
    columns.append(Column(_("Complete"), only="file"))
    rows: list[list[Any]] = []
    for index, day in enumerate(days):
        row: list[Any] = [Dated(labels[index], day)]
        for line in lines:
            point = {"series": line.series, "period": day.isoformat()}
            split = {} if line.split is None else {"breakdown": line.split}
            row.append(inquiry.behind(line.values[index], **point, **split))
        if compared:
            row.append(lines[0].before[index])
        rows.append([*row, complete[index]])
    left_out = max(0, len(rows) - PERIODS_DRAWN)
    note = ngettext("%(n)s earlier period is in the CSV.", "%(n)s earlier periods are in the CSV.", left_out)
    return Table(
        _("Figures by period"),
        columns,
        rows[::-1],
        drawn=PERIODS_DRAWN,
        note=note % {"n": left_out} if left_out else "",
    )


def scarce(lines: Sequence[Line]) -> Notice | None:
    """Said where nothing happened, or to too few people to compare."""
    values = [value for line in lines for value in line.values if value]
    if not values:
        return Notice("no_match", _("Nothing of this happened on these days."))
    people = [line for line in lines if line.measure in PEOPLE_MEASURES]
    if people and len(people) == len(lines):
        most = max((value or 0 for line in people for value in line.values), default=0)
        if most < MINIMUM_PEOPLE:
            return Notice("too_few", str(too_few(int(most))))
    return None


MEAN = {
    "day": gettext_lazy("Mean of a day"),
    "week": gettext_lazy("Mean of a week"),
    "month": gettext_lazy("Mean of a month"),
}


def compared_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: dict[str, Any]) -> Content:
    """Mean per period of each line, its size beside the largest, and what became of it."""
    lines = lines_of(asked, answer, earlier(inquiry, answer, asked["grain"]))
    whole = sum(answer["complete"])
    means = [line.mean(whole) for line in lines]
    most = max((value or 0 for value in means), default=0) or 1
    same = len({line.measure for line in lines}) == 1
    changes = [line.change(whole) for line in lines]
    columns: list[Column] = [Column(asked["breakdown"] or _("Series")), Column(str(MEAN[asked["grain"]]), "number")]
    if same:
        columns.append(Column(_("Size"), wide=True, phone=False, only="page"))
    if any(changes):
        columns += [Column(_("Before"), "number", phone=False), Column(_("Change"))]
    rows: list[list[Any]] = []
    for line, value, change in zip(lines, means, changes, strict=True):
        row: list[Any] = [line.name, value]
        if same:
            row.append(Bar(value or 0, most))
        if any(changes):
            row += [change.before if change else None, change]
        rows.append(row)
    return Content(
        table=Table(_("Lines compared"), columns, rows),
        context=_("Against %(before)s") % {"before": Figures(inquiry.filters).against(asked["grain"])}
        if any(changes)
        else "",
        state=scarce(lines),
    )
