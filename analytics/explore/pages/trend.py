"""Trends as a page: one or more measures of chosen events over time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.dashboards.figures import Figures, period_label
from analytics.explore.breakdown import NONE, OTHER
from analytics.explore.kinds.trend import OF_PROPERTY
from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.states import State
from analytics.explore.requests.trend import MOST_SERIES
from analytics.metrics.calendar import Grain
from productops.lib.cards import Column, Definition, Kind, Notice, Table
from productops.lib.cells import Bar, Dated
from productops.lib.changes import MINIMUM_PEOPLE, Change, count_noise
from productops.lib.charts import Chart, Series
from productops.lib.numbers import written_compactly
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import sentence, together, too_few

PERIODS_DRAWN = 31
LINES_DRAWN = 5
COLOURS = ("c1", "c2", "c3", "c4", "c5")
SPLITS_SHOWN = 5
PEOPLE_MEASURES = ("people", "dau", "wau", "mau")
COUNTED = (*PEOPLE_MEASURES, "events", "sessions")
MEASURES = (
    ("people", gettext_lazy("people")),
    ("events", gettext_lazy("times")),
    ("sessions", gettext_lazy("sessions")),
    ("wau", gettext_lazy("people in 7 days")),
    ("mau", gettext_lazy("people in 30 days")),
    ("sum", gettext_lazy("sum of")),
    ("mean", gettext_lazy("mean of")),
    ("median", gettext_lazy("median of")),
    ("p90", gettext_lazy("90th percentile of")),
)
NOUNS: Mapping[str, str | Promise] = {
    "people": gettext_lazy("People"),
    "dau": gettext_lazy("People"),
    "wau": gettext_lazy("People in 7 days"),
    "mau": gettext_lazy("People in 30 days"),
    "events": gettext_lazy("Events"),
    "sessions": gettext_lazy("Sessions"),
    "sum": gettext_lazy("Sum"),
    "mean": gettext_lazy("Mean"),
    "median": gettext_lazy("Median"),
    "p90": gettext_lazy("90th percentile"),
}

Answered = Mapping[str, Any]

FORM = Form(
    clauses=[
        Clause(
            "series",
            gettext_lazy("Series"),
            [
                EVENT,
                Input("measure", gettext_lazy("Counted as"), MEASURES, default="people", opens=OF_PROPERTY),
                Input(
                    "property",
                    gettext_lazy("Property"),
                    names="properties",
                    placeholder=gettext_lazy("The event's value"),
                    conditional=True,
                ),
            ],
            most=MOST_SERIES,
            add=gettext_lazy("Add a series"),
            marks="letters",
        )
    ],
    options=[
        Input("breakdown", gettext_lazy("Split by"), names="properties", placeholder=gettext_lazy("Nothing")),
    ],
)


def first() -> State:
    return {"series": [{"event": "", "measure": "people"}]}


def body(state: State, filters: Filters) -> dict[str, Any]:
    return {
        "series": [_series(row) for row in states.rows(state, "series")],
        "filters": conditions(state),
        "grain": filters.grain,
        "breakdown": states.text(state, "breakdown") or None,
        "values_shown": SPLITS_SHOWN,
    }


def _series(row: State) -> dict[str, Any]:
    measure = states.text(row, "measure") or "people"
    of = states.text(row, "property") if measure in OF_PROPERTY else ""
    return {**selector(row), "measure": measure, "property": of or None}


@dataclass(frozen=True)
class Line:
    """One line of a trend. ``series`` counts from 0; ``before`` is the same of the days compared with."""

    name: str
    series: int
    measure: str
    values: Sequence[float | None]
    before: Sequence[float | None] = ()
    split: str | None = None

    @property
    def kind(self) -> Kind:
        return "count" if self.measure in COUNTED else "number"

    def mean(self, whole: int) -> float | None:
        return mean(self.values[:whole])

    def change(self, whole: int) -> Change | None:
        """Mean of a period that is over, against that of the days before; the noise is that of one period's count."""
        now, before = mean(self.values[:whole]), mean(self.before[:whole])
        if now is None or before is None:
            return None
        noise = count_noise(now, before) if self.kind == "count" else None
        return Change(now, before, "number", "", noise)


def mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def lines_of(asked: Mapping[str, Any], answer: Mapping[str, Any], before: Answered | None = None) -> list[Line]:
    """The lines of an answer, each with its counterpart in the time compared with."""
    names = series_names(asked["series"])
    earlier = {(series, split): values for series, split, values in _told(before)} if before else {}
    several = len({series for series, _split, _values in _told(answer)}) > 1
    found = []
    for series, split, values in _told(answer):
        name = names[series] if split is None else split_name(split)
        if split is not None and several:
            name = f"{names[series]} · {name}"
        known = earlier.get((series, split), ())
        found.append(Line(name, series, asked["series"][series]["measure"], values, known, split))
    return found


def _told(answer: Mapping[str, Any]) -> Iterable[tuple[int, str | None, Sequence[float | None]]]:
    for index, line in enumerate(answer["series"]):
        yield line.get("series", index), line.get("breakdown"), line["values"]


def earlier(inquiry: Inquiry, answer: Mapping[str, Any], grain: Grain) -> Answered | None:
    """The same question a whole number of weeks earlier, or of months: a Friday is compared with a Friday.

    Its values stand at the periods they are compared with. None where nothing is to be compared, or nothing was then.
    """
    days = inquiry.earlier_days(grain)
    if days is None:
        return None
    found, figures = inquiry.answer(days), Figures(inquiry.filters)
    places = {day: index for index, day in enumerate(found["periods"])}
    at = [places.get(figures.counterpart(date.fromisoformat(day), grain).isoformat()) for day in answer["periods"]]
    lines = [
        {**line, "values": [None if index is None else line["values"][index] for index in at]}
        for line in found["series"]
    ]
    return {"series": lines} if any(value for line in lines for value in line["values"]) else None


def series_names(series: Sequence[Mapping[str, Any]]) -> list[str]:
    """What tells series apart: the event, and the measure where not all have the same."""
    events = [one["event"] or _("Any event") for one in series]
    measures = [measure_name(one) for one in series]
    if len(series) == 1 or len(set(events)) == 1:
        return measures
    return events if len(set(measures)) == 1 else [f"{a} · {b}" for a, b in zip(events, measures, strict=True)]


def measure_name(one: Mapping[str, Any]) -> str:
    noun = str(NOUNS[one["measure"]])
    return (
        _("%(measure)s of %(property)s") % {"measure": noun, "property": one["property"]} if one["property"] else noun
    )


def split_name(split: str) -> str:
    return {NONE: _("(not set)"), OTHER: _("(others)")}.get(split, split)


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


EACH = {"day": gettext_lazy("each day"), "week": gettext_lazy("each week"), "month": gettext_lazy("each month")}


def question(asked: Mapping[str, Any]) -> str:
    """The question that a trend answers, in words."""
    each, series = EACH[asked["grain"]], asked["series"]
    if len(series) > 1:
        return _("How do %(n)s series develop %(each)s?") % {"n": len(series), "each": each}
    one = series[0]
    event, measure = one["event"], one["measure"]
    if measure in PEOPLE_MEASURES:
        words = _("How many people did “%(event)s” %(each)s") if event else _("How many people were active %(each)s")
    elif measure == "events":
        words = _("How often did “%(event)s” happen %(each)s") if event else _("How much was done %(each)s")
    elif measure == "sessions":
        words = _("How many sessions had “%(event)s” %(each)s") if event else _("How many sessions were there %(each)s")
    else:
        words = _("What was the %(measure)s of “%(event)s” %(each)s")
    text = words % {"event": event or _("any event"), "each": each, "measure": measure_name(one).lower()}
    if asked["breakdown"]:
        text = _("%(question)s, by %(property)s") % {"question": text, "property": asked["breakdown"]}
    return f"{text}?"


def definition(asked: Mapping[str, Any]) -> Definition:
    measures = {one["measure"] for one in asked["series"]}
    told = []
    if measures & set(PEOPLE_MEASURES):
        told.append(
            _("People count once in each period, however many ids and devices they have: merged ids are one person.")
        )
    if measures & {"wau", "mau"}:
        told.append(_("People in 7 and in 30 days are those of the days that end with the period's last day."))
    if "events" in measures:
        told.append(_("Every event counts, however many one person sends."))
    if "sessions" in measures:
        told.append(_("A session counts on the day it begins, and once however many of the events lie in it."))
    if measures & set(OF_PROPERTY):
        told.append(_("Only values that are numbers enter; percentiles are interpolated between neighbours."))
    exclusions = _("“Any event” leaves out events marked passive; bots and suppressed people never count.")
    return Definition(" ".join(told), exclusions)


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
            marks=inquiry.marks(days),
        ),
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


PER = {
    "day": gettext_lazy("a day on average"),
    "week": gettext_lazy("a week on average"),
    "month": gettext_lazy("a month on average"),
}


WHEN = {
    "day": gettext_lazy("on %(period)s"),
    "week": gettext_lazy("in the week of %(period)s"),
    "month": gettext_lazy("in %(period)s"),
}


def takeaway(lines: Sequence[Line], labels: Sequence[str], whole: int, grain: str, compared: str) -> str:
    """The level and what became of it; of several lines the highest and the lowest; where the peak was."""
    lines = [line for line in lines if line.mean(whole) is not None]
    if not lines:
        return ""
    if len(lines) > 1:
        return ranked(lines, whole, grain)
    line = lines[0]
    value = line.mean(whole)
    change = line.change(whole)
    level = sentence(
        _("%(name)s: %(b_value)s %(per)s."), name=line.name, b_value=written_compactly(value, "number"), per=PER[grain]
    )
    if change:
        level = change_sentence(_("%(name)s %(per)s") % {"name": line.name, "per": PER[grain]}, change, compared)
    known = [(value, -index) for index, value in enumerate(line.values[:whole]) if value is not None]
    most, index = max(known)
    if len(known) < 3 or not most:
        return level
    peak = sentence(
        _("The highest was %(b_value)s %(when)s."),
        b_value=written_compactly(most, line.kind),
        when=WHEN[grain] % {"period": labels[-index]},
    )
    return together(level, peak)


def ranked(lines: Sequence[Line], whole: int, grain: str) -> str:
    if len({line.measure for line in lines}) > 1:  # people against seconds is no comparison
        return ""
    named = [line for line in lines if line.split != OTHER]
    if len(named) < 2:
        return ""
    ordered = sorted(named, key=lambda line: -(line.mean(whole) or 0))
    high, low = ordered[0], ordered[-1]
    first = sentence(
        _("%(b_high)s is highest with %(b_value)s %(per)s, %(low)s lowest with %(least)s."),
        b_high=high.name,
        b_value=written_compactly(high.mean(whole), "number"),
        per=PER[grain],
        low=low.name,
        least=written_compactly(low.mean(whole), "number"),
    )
    changes = {line.name: change for line in named if (change := line.change(whole))}
    clear = {name: change for name, change in changes.items() if change.clear and change.before}
    if not clear:
        return together(first, sentence(_("No line changed clearly.")) if changes else "")
    name = max(clear, key=lambda name: abs(clear[name].difference / clear[name].before))
    template = (
        _("%(b_name)s changed most, up %(size)s.")
        if clear[name].direction == "up"
        else _("%(b_name)s changed most, down %(size)s.")
    )
    return together(first, sentence(template, b_name=name, size=clear[name].size))


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


PAGE = Page(
    "trend",
    gettext_lazy("Trend"),
    FORM,
    first,
    body,
    parts,
    Options(default_range="28d", ranges=("7d", "28d", "90d", "12m"), grains=("day", "week", "month")),
)
