"""Stickiness as a page: in how many periods people are active."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.explore.pages import activity, states
from analytics.explore.pages.forms import Form, Input
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import event_name, scarce
from analytics.explore.pages.states import State
from productops.lib.cards import Column, Definition, Table
from productops.lib.cells import Bar
from productops.lib.charts import Chart, Series
from productops.lib.numbers import percent
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence, together

COUNTING = (
    ("", gettext_lazy("in exactly so many")),
    ("true", gettext_lazy("in so many or more")),
)
IN_ALL = {
    "hour": gettext_lazy("In how many hours are people active?"),
    "day": gettext_lazy("On how many days are people active?"),
    "week": gettext_lazy("In how many weeks are people active?"),
    "month": gettext_lazy("In how many months are people active?"),
}
AXIS = {
    "hour": gettext_lazy("Hours"),
    "day": gettext_lazy("Days"),
    "week": gettext_lazy("Weeks"),
    "month": gettext_lazy("Months"),
}

FORM = Form(
    clauses=[activity.clause(gettext_lazy("Active by"))],
    options=[
        Input("cumulative", gettext_lazy("Counted"), COUNTING),
        Input("occurrences", gettext_lazy("At least so often in each"), kind="number", default="1"),
    ],
)


def body(state: State, filters: Filters) -> dict[str, Any]:
    return {
        **activity.asked(state),
        "grain": filters.grain,
        "cumulative": bool(states.text(state, "cumulative")),
        "occurrences": {"operator": "gte", "value": states.text(state, "occurrences") or 1},
    }


def state_of(body: dict[str, Any]) -> State:
    return states.restored({**body, "occurrences": (body.get("occurrences") or {}).get("value")})


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    return {
        "stickiness": Part(
            str(IN_ALL[asked["grain"]]),
            Definition(
                _("Everybody active on these days, by the number of periods in which they were active."),
                _("Cumulative counts are of those who were active in so many periods or more."),
            ),
            lambda answer: content(inquiry, asked, answer),
        )
    }


def content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    counts, cumulative = answer["counts"], asked["cumulative"]
    people = (counts[0] if counts else 0) if cumulative else sum(counts)
    most = max(counts, default=0) or 1
    axis = str(AXIS[asked["grain"]])
    return Content(
        takeaway=takeaway(exactly(counts) if cumulative else counts, asked["grain"]),
        context=_("People who did “%(event)s”") % {"event": event_name(asked["selector"])}
        if asked["selector"]["event"]
        else "",
        table=Table(
            _("People by number of periods"),
            [
                Column(axis, "count"),
                Column(_("People"), "count"),
                Column(_("Share"), "percent"),
                Column(_("Size"), wide=True, phone=False, only="page"),
            ],
            [
                [number, inquiry.behind(count, periods=number), count / people if people else None, Bar(count, most)]
                for number, count in enumerate(counts, 1)
            ],
        ),
        chart=Chart(
            "histogram",
            [str(number) for number in range(1, len(counts) + 1)],
            [Series(_("People"), counts)],
            axis_title=_("%(periods)s, or more") % {"periods": axis} if cumulative else axis,
        ),
        state=scarce(people, _("Nobody was active on these days.")),
        source="" if answer["complete"] else _("The last period is not over"),
    )


def exactly(cumulative: Sequence[int]) -> list[int]:
    """From how many were active in k periods or more, how many in exactly k."""
    return [count - after for count, after in zip(cumulative, [*cumulative[1:], 0], strict=True)]


def takeaway(counts: Sequence[int], grain: str) -> str:
    """How many came once only, and in how many periods the person in the middle was active."""
    people = sum(counts)
    if not people:
        return ""
    passed, median = 0, 1
    for number, count in enumerate(counts, 1):
        passed += count
        if passed * 2 >= people:
            median = number
            break
    once = {
        "hour": _("%(b_share)s are active in one hour only."),
        "day": _("%(b_share)s are active on one day only."),
        "week": _("%(b_share)s are active in one week only."),
        "month": _("%(b_share)s are active in one month only."),
    }
    half = {
        "hour": ngettext(
            "Half of all are in %(b_n)s hour or fewer.", "Half of all are in %(b_n)s hours or fewer.", median
        ),
        "day": ngettext(
            "Half of all are on %(b_n)s day or fewer.", "Half of all are on %(b_n)s days or fewer.", median
        ),
        "week": ngettext(
            "Half of all are in %(b_n)s week or fewer.", "Half of all are in %(b_n)s weeks or fewer.", median
        ),
        "month": ngettext(
            "Half of all are in %(b_n)s month or fewer.", "Half of all are in %(b_n)s months or fewer.", median
        ),
    }
    return together(
        sentence(once[grain], b_share=percent(counts[0] / people)),
        sentence(half[grain], b_n=median) if median > 1 else "",
    )


PAGE = Page(
    "stickiness",
    gettext_lazy("Stickiness"),
    FORM,
    activity.first,
    body,
    parts,
    Options(
        default_range="28d", ranges=("7d", "28d", "90d", "12m"), grains=("day", "hour", "week", "month"), compare=False
    ),
    state_of=state_of,
)
