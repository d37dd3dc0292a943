"""Concentration as a page: how much of an activity the most active people make."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.explore.pages import activity, states
from analytics.explore.pages.forms import Form, Input
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import event_name, scarce
from analytics.explore.pages.states import State
from productops.lib.cards import Column, Definition, Table
from productops.lib.cells import Bar
from productops.lib.charts import Chart, Series
from productops.lib.numbers import exact, fixed, percent
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence, together

STEPS = 20  # of the curve as it is drawn
TOPS = (
    ("0.01", gettext_lazy("1%")),
    ("0.05", gettext_lazy("5%")),
    ("0.1", gettext_lazy("10%")),
    ("0.2", gettext_lazy("20%")),
    ("0.5", gettext_lazy("50%")),
)

FORM = Form(
    clauses=[activity.clause(gettext_lazy("Activity"))],
    options=[Input("top", gettext_lazy("The most active"), TOPS, default="0.1")],
)


def body(state: State, filters: Filters) -> dict[str, Any]:
    return {
        **activity.asked(state),
        "top": states.text(state, "top") or 0.1,
    }


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    names = {"top": percent(asked["top"], 0), "event": event_name(asked["selector"])}
    return {
        "groups": Part(
            _("How much of “%(event)s” do the most active %(top)s make?") % names
            if asked["selector"]["event"]
            else _("How much of all activity do the most active %(top)s make?") % names,
            Definition(
                _("People who did it at all, by how often; the share of the top is read off the Lorenz curve."),
                _("Gini: 0 where everybody does as much, close to 1 where one person does it all."),
            ),
            lambda answer: groups_content(inquiry, asked, answer),
            span=6,
        ),
        "lorenz": Part(
            _("How unequal are people?"),
            Definition(_("The Lorenz curve: people from the least active on, and the share they make together.")),
            lambda answer: lorenz_content(answer),
            span=6,
        ),
    }


def groups_content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    people, share = answer["people"], answer["share_of_top"] or 0.0
    name = _("Most active %(top)s") % {"top": percent(asked["top"], 0)}
    return Content(
        takeaway=takeaway(asked["top"], answer),
        table=Table(
            _("Activity by group"),
            [
                Column(_("Group")),
                Column(_("People"), "count"),
                Column(_("Share"), "percent"),
                Column(_("Of the activity"), wide=True, only="page"),
            ],
            [
                [name, inquiry.behind(people["top"], top=True), share, Bar(share, 1)],
                [_("All others"), inquiry.behind(people["others"], top=False), 1 - share, Bar(1 - share, 1)],
            ]
            if people["all"]
            else [],
        ),
        state=scarce(people["all"], _("Nobody did it on these days.")),
        source=_("%(n)s events") % {"n": exact(answer["events"])},
    )


def takeaway(top: float, answer: Mapping[str, Any]) -> str:
    if answer["share_of_top"] is None:
        return ""
    level = sentence(
        _("The most active %(top)s of %(people)s people make %(b_share)s of it."),
        top=percent(top, 0),
        people=exact(answer["people"]["all"]),
        b_share=percent(answer["share_of_top"]),
    )
    if answer["gini"] is None:
        return level
    return together(level, sentence(_("The Gini coefficient is %(b_gini)s."), b_gini=fixed(answer["gini"], 2)))


def share_at(lorenz: Sequence[Sequence[float]], people: float) -> float:
    """The height of a Lorenz curve at a share of people, along straight lines between its points."""
    place = bisect_left([point[0] for point in lorenz], people)
    if place == 0:
        return lorenz[0][1]
    if place == len(lorenz):
        return lorenz[-1][1]
    (x1, y1), (x2, y2) = lorenz[place - 1], lorenz[place]
    return y1 + (y2 - y1) * (people - x1) / (x2 - x1) if x2 > x1 else y2


def lorenz_content(answer: Mapping[str, Any]) -> Content:
    lorenz = answer["lorenz"] or [[0.0, 0.0], [1.0, 1.0]]
    shares = [step / STEPS for step in range(STEPS + 1)]
    heights = [share_at(lorenz, share) for share in shares]
    half = percent(share_at(lorenz, 0.5))
    return Content(
        takeaway=sentence(_("The less active half of people make %(b_share)s."), b_share=half)
        if answer["people"]["all"]
        else "",
        table=Table(
            _("Lorenz curve"),
            [Column(_("People, from the least active on"), "percent"), Column(_("Share of the activity"), "percent")],
            [list(row) for row in zip(shares, heights, strict=True)],
        ),
        chart=Chart(
            "lines",
            [percent(share, 0) for share in shares],
            [Series(_("Activity"), heights), Series(_("All alike"), shares, "other", dashed=True)],
            kind="percent",
            axis_title=_("People, from the least active on"),
        ),
        state=scarce(answer["people"]["all"], _("Nobody did it on these days.")),
    )


PAGE = Page(
    "concentration",
    gettext_lazy("Concentration"),
    FORM,
    activity.first,
    body,
    parts,
    Options(default_range="28d", ranges=("7d", "28d", "90d", "12m"), grains=(), compare=False),
)
