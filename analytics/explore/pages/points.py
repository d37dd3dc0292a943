"""Whose people a list has, in words: the figure of an answer that it is behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.explore.pages.lifecycle import STATUSES
from analytics.explore.pages.shared import dated, event_name, split_name
from analytics.explore.requests.base import PeopleSerializer
from productops.lib.numbers import percent


@dataclass(frozen=True)
class Figure:
    """``point`` is where in the answer to ``asked`` a figure stands."""

    asked: Mapping[str, Any]
    point: Mapping[str, Any]
    question: Any
    today: date

    def period(self, label: str) -> str:
        text = dated(label, self.asked["grain"], self.today).text
        return _("week of %(day)s") % {"day": text} if self.asked["grain"] == "week" else text

    def split(self, property: str) -> str:
        return f"{property}: {split_name(self.point['breakdown'])}"


def told(kind: str, body: PeopleSerializer, today: date) -> list[str]:
    """A phrase for each part of a checked body's point."""
    asked = body.validated_data
    figure = Figure(asked, asked["point"], body.question(), today)
    words = WORDS[kind](figure)
    return [*words, figure.period(str(figure.point["period"]))] if "period" in figure.point else words


def _trend(figure: Figure) -> list[str]:
    asked = figure.asked
    split = [figure.split(asked["breakdown"])] if asked["breakdown"] else []
    return [event_name(asked["series"][figure.point["series"]]), *split]


def _funnel(figure: Figure) -> list[str]:
    asked, point = figure.asked, figure.point
    template = _("step %(n)s: %(name)s") if "step" in point else _("lost before step %(n)s: %(name)s")
    place = point.get("step", point.get("dropped_before"))
    step = template % {"n": place + 1, "name": event_name(asked["steps"][place])}
    breakdown = asked["breakdown"]
    return [step, figure.split(breakdown["property"])] if breakdown else [step]


def _retention(figure: Figure) -> list[str]:
    column = figure.question.columns[figure.point["offset"]]
    began, n = figure.period(figure.question.cohorts.labels[figure.point["cohort"]]), column.last
    if not figure.point["offset"]:
        return [_("began: %(period)s") % {"period": began}]
    later = {
        "hour": ngettext("%(n)s hour later", "%(n)s hours later", n),
        "day": ngettext("%(n)s day later", "%(n)s days later", n),
        "week": ngettext("%(n)s week later", "%(n)s weeks later", n),
        "month": ngettext("%(n)s month later", "%(n)s months later", n),
    }[figure.asked["grain"]]
    far = str(n) if column.first == n else f"{column.first}–{n}"
    return [_("began: %(period)s") % {"period": began}, _("came back %(later)s") % {"later": later % {"n": far}}]


def _lifecycle(figure: Figure) -> list[str]:
    return [str(label) for key, label, _colour in STATUSES if key == figure.point["status"]]


def _stickiness(figure: Figure) -> list[str]:
    n = figure.point["periods"]
    active = {
        "hour": ngettext("active in %(n)s hour", "active in %(n)s hours", n),
        "day": ngettext("active on %(n)s day", "active on %(n)s days", n),
        "week": ngettext("active in %(n)s week", "active in %(n)s weeks", n),
        "month": ngettext("active in %(n)s month", "active in %(n)s months", n),
    }[figure.asked["grain"]] % {"n": n}
    return [_("%(active)s or more") % {"active": active} if figure.asked["cumulative"] else active]


def _paths(figure: Figure) -> list[str]:
    link = figure.point["link"]
    return [_("step %(n)s: %(source)s → %(target)s") % {"n": link.step, "source": link.source, "target": link.target}]


def _sessions(figure: Figure) -> list[str]:
    return [_("had a session") if figure.point["session"] == "all" else _("had a session of one event")]


def _adoption(figure: Figure) -> list[str]:
    return [_("used %(feature)s") % {"feature": figure.point["feature"]}]


def _concentration(figure: Figure) -> list[str]:
    return [
        _("the most active %(top)s") % {"top": percent(figure.asked["top"], 0)}
        if figure.point["top"]
        else _("all others")
    ]


WORDS: Mapping[str, Callable[[Figure], list[str]]] = {
    "trend": _trend,
    "funnel": _funnel,
    "retention": _retention,
    "lifecycle": _lifecycle,
    "stickiness": _stickiness,
    "paths": _paths,
    "sessions": _sessions,
    "adoption": _adoption,
    "concentration": _concentration,
}
