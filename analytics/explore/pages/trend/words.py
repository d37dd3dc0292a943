"""What a trend's cards say: the question, how it is counted, the level and what became of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.explore.breakdown import OTHER
from analytics.explore.kinds.trend import OF_PROPERTY
from analytics.explore.pages.trend.lines import PEOPLE_MEASURES, Line, measure_name
from productops.lib.cards import Definition
from productops.lib.numbers import written_compactly
from productops.lib.takeaways import change as change_sentence
from productops.lib.takeaways import sentence, together

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
