"""The lines of a trend's answer, with those of the time they are compared with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.dashboards.figures import Figures
from analytics.explore.pages.inquiry import Inquiry
from analytics.explore.pages.shared import split_name
from analytics.metrics.calendar import Grain
from productops.lib.cards import Kind
from productops.lib.changes import Change, count_noise

PEOPLE_MEASURES = ("people", "dau", "wau", "mau")
COUNTED = (*PEOPLE_MEASURES, "events", "sessions")
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
