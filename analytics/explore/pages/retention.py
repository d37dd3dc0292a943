"""Retention as a page: of those who start in a period, how many come back, and for how long."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import dated, event_name, goal_events, scarce
from analytics.explore.pages.states import State
from analytics.rollups.models import Goal
from productops.lib.cards import Column, Definition, Table
from productops.lib.cells import Heat, heat_level
from productops.lib.charts import Chart, Series
from productops.lib.drawing import scale
from productops.lib.numbers import fixed, percent
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence, together

MODES = (
    ("first_time", gettext_lazy("for the first time ever")),
    ("recurring", gettext_lazy("at any time")),
)
COUNTING = (
    ("", gettext_lazy("in exactly that period")),
    ("true", gettext_lazy("in that period or later")),
)
WINDOWS = (
    ("calendar", gettext_lazy("calendar periods")),
    ("24h", gettext_lazy("each person's own clock")),
)
GRAINS_SINCE = {
    "hour": gettext_lazy("Hours since the start"),
    "day": gettext_lazy("Days since the start"),
    "week": gettext_lazy("Weeks since the start"),
    "month": gettext_lazy("Months since the start"),
}
UNIT = {
    "hour": gettext_lazy("hour %(n)s"),
    "day": gettext_lazy("day %(n)s"),
    "week": gettext_lazy("week %(n)s"),
    "month": gettext_lazy("month %(n)s"),
}

FORM = Form(
    clauses=[
        Clause(
            "start",
            gettext_lazy("People who"),
            [EVENT, Input("mode", gettext_lazy("did it"), MODES, default="first_time")],
        ),
        Clause(
            "return",
            gettext_lazy("Come back to"),
            [EVENT, Input("occurrences", gettext_lazy("at least so often"), kind="number", default="1")],
        ),
    ],
    options=[
        Input("on_or_after", gettext_lazy("Counted"), COUNTING),
        Input("window", gettext_lazy("Measured in"), WINDOWS, default="calendar"),
        Input("brackets", gettext_lazy("Only at"), placeholder=gettext_lazy("1, 7, 14, 30")),
    ],
)


def first() -> State:
    """New people, and whether they come back to anything."""
    return {"start": {"event": goal_events(Goal.Role.SIGNUP)[0]}, "return": {"event": ""}}


def body(state: State, filters: Filters) -> dict[str, Any]:
    start, returning = states.row(state, "start"), states.row(state, "return")
    brackets = states.text(state, "brackets")
    return {
        "start": selector(start),
        "return": selector(returning),
        "mode": states.text(start, "mode") or "first_time",
        "grain": filters.grain,
        "minimum_occurrences": states.text(returning, "occurrences") or 1,
        "on_or_after": bool(states.text(state, "on_or_after")),
        "window": states.text(state, "window") or "calendar",
        "brackets": [part.strip() for part in brackets.split(",") if part.strip()],
        "filters": conditions(state),
    }


def state_of(body: dict[str, Any]) -> State:
    start = {**body["start"], "mode": body.get("mode")}
    returning = {**body["return"], "occurrences": body.get("minimum_occurrences")}
    brackets = ", ".join(str(one) for one in body.get("brackets") or ())
    return states.restored({**body, "start": start, "return": returning, "brackets": brackets or None})


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    names = {"start": event_name(asked["start"]), "return": event_name(asked["return"])}
    return {
        "cohorts": Part(
            _("Do people come back to “%(return)s” after “%(start)s”?") % names
            if asked["return"]["event"]
            else _("Do people come back after “%(start)s”?") % names,
            definition(asked),
            lambda answer: cohorts_content(inquiry, asked, answer),
        ),
        "curve": Part(
            _("How many are left as time goes by?"),
            Definition(
                _("The cells that are over, weighted by the size of their cohorts, with the 95% Wilson interval.")
                if asked["mode"] == "first_time"
                else _("The cells that are over, weighted by the size of their cohorts."),
            ),
            lambda answer: curve_content(asked, answer),
        ),
    }


def definition(asked: Mapping[str, Any]) -> Definition:
    told = [
        _("A cohort is everybody whose first such event in all history lies in the period.")
        if asked["mode"] == "first_time"
        else _("A cohort is everybody who did it in the period, so one person may be in several."),
        _("Column 0 is the cohort; each further one those who came back so many periods later."),
    ]
    if asked["on_or_after"]:
        told.append(_("Who came back later counts in every earlier column, too."))
    if asked["minimum_occurrences"] > 1:
        told.append(_("Coming back takes %(n)s such events in one period.") % {"n": asked["minimum_occurrences"]})
    rules = (
        _("Distances are counted from the instant of each person's own start.")
        if asked["window"] == "24h"
        else _("Periods are those of the calendar in the time zone shown, whatever time of day somebody starts.")
    )
    return Definition(" ".join(told), f"{rules} " + _("Cells that are not over are left out of the average."))


def column_names(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """The distance each column begins at; brackets with the one they end at."""
    found = []
    for column in answer["columns"]:
        since, to = column["from"], column["to"]
        found.append(str(since) if since == to else f"{since}–{to}")
    return found


def cohorts_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    cohorts, average = answer["cohorts"], answer["average"]
    shares = [count / cohort["size"] for cohort in cohorts if cohort["size"] for count in cohort["returned"][1:]]
    low, high = (min(shares), max(shares)) if shares else (0.0, 1.0)
    size = sum(cohort["size"] for cohort in cohorts)
    names = column_names(asked, answer)
    head: list[Any] = [_("Average"), size]
    for place, one in enumerate(average):
        head.append(_heat(one["value"], place, low, high, title=_reach(one)) if one["denominator"] else None)
    rows: list[list[Any]] = [head]
    for index, cohort in enumerate(cohorts):
        row: list[Any] = [dated(cohort["period"], asked["grain"], inquiry.filters.today), cohort["size"]]
        for place in range(len(names)):
            if place >= len(cohort["returned"]) or not cohort["size"]:
                row.append(None)
                continue
            count, complete = cohort["returned"][place], cohort["complete"][place]
            title = _("%(n)s of %(size)s") % {"n": f"{count:,}", "size": f"{cohort['size']:,}"}
            href = inquiry.people_href(cohort=index, offset=place) if count else ""
            share = count / cohort["size"]
            row.append(_heat(share, place, low, high, title=title, incomplete=not complete, href=href))
        rows.append(row)
    return Content(
        takeaway=takeaway(asked["grain"], names, average),
        context=_("%(since)s, per cent of the cohort that came back") % {"since": GRAINS_SINCE[asked["grain"]]},
        table=Table(
            _("Retention by cohort"),
            [Column(_("Began")), Column(_("People"), "count"), *(Column(name) for name in names)],
            rows,
            heat=True,
        ),
        state=scarce(size, _("Nobody began on these days.")),
        source=scale(percent(low, 0), percent(high, 0), _("Outlined: not over")),
    )


def _heat(
    share: float | None,
    place: int,
    low: float,
    high: float,
    *,
    title: str = "",
    incomplete: bool = False,
    href: str = "",
) -> Heat | None:
    if share is None:
        return None
    level = 8 if place == 0 else heat_level(share, low, high)
    return Heat(fixed(share * 100, 0), level, incomplete, title=title, value=share, href=href)


def _reach(one: Mapping[str, Any]) -> str:
    of = _("%(n)s of %(size)s") % {"n": f"{one['numerator']:,}", "size": f"{one['denominator']:,}"}
    if one["low"] is None:
        return of
    return _("%(of)s; 95%% interval %(low)s to %(high)s") % {
        "of": of,
        "low": percent(one["low"]),
        "high": percent(one["high"]),
    }


def takeaway(grain: str, names: Sequence[str], average: Sequence[Mapping[str, Any]]) -> str:
    """How many are left early and late, and at which distance most are lost."""
    known = [(name, one["value"]) for name, one in zip(names, average, strict=True) if one["value"] is not None]
    if len(known) < 2:
        return ""
    early, late = known[1], known[-1]
    values = {
        "b_early": percent(early[1], 0),
        "first": UNIT[grain] % {"n": early[0]},
        "b_late": percent(late[1], 0),
        "last": UNIT[grain] % {"n": late[0]},
    }
    if early == late:
        return sentence(_("%(b_early)s come back in %(first)s."), **values)
    level = sentence(_("%(b_early)s come back in %(first)s and %(b_late)s in %(last)s."), **values)
    losses = [(before[1] - after[1], after[0]) for before, after in pairwise(known)]
    lost, where = max(losses, key=lambda loss: loss[0])
    if lost <= 0:
        return level
    worst = sentence(
        _("The largest loss is in %(where)s: %(b_lost)s."),
        where=UNIT[grain] % {"n": where},
        b_lost=_("%(points)s points") % {"points": fixed(lost * 100, 0)},
    )
    return together(level, worst)


def curve_content(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    names, average = column_names(asked, answer), answer["average"]
    shown = [(name, one) for name, one in zip(names, average, strict=True) if one["value"] is not None][1:]
    series = Series(
        _("Come back"),
        [one["value"] for _name, one in shown],
        low=[one["low"] for _name, one in shown] if all(one["low"] is not None for _name, one in shown) else (),
        high=[one["high"] for _name, one in shown] if all(one["high"] is not None for _name, one in shown) else (),
    )
    return Content(
        table=Table(
            _("Average retention"),
            [
                Column(str(GRAINS_SINCE[asked["grain"]])),
                Column(_("Came back"), "count"),
                Column(_("Of"), "count"),
                Column(_("Share"), "percent"),
                Column(_("95% interval")),
            ],
            [
                [
                    name,
                    one["numerator"],
                    one["denominator"],
                    one["value"],
                    _("%(low)s to %(high)s") % {"low": percent(one["low"]), "high": percent(one["high"])}
                    if one["low"] is not None
                    else None,
                ]
                for name, one in shown
            ],
        ),
        chart=Chart(
            "lines",
            [name for name, _one in shown],
            [series],
            kind="percent",
            axis_title=str(GRAINS_SINCE[asked["grain"]]),
        ),
        state=scarce(sum(cohort["size"] for cohort in answer["cohorts"]), _("Nobody began on these days."))
        or (None if shown else scarce(0, _("No period after the start is over yet."))),
    )


PAGE = Page(
    "retention",
    gettext_lazy("Retention"),
    FORM,
    first,
    body,
    parts,
    Options(default_range="12w", ranges=("4w", "12w", "26w", "12m"), grains=("week", "month", "day"), compare=False),
    state_of=state_of,
)
