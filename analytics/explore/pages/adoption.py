"""Adoption as a page: who uses which feature, how soon they find it, and whether they come back to it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.explore.pages import states
from analytics.explore.pages.forms import Clause, Form, Input, conditions
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import axis_of_shares, interval, scarce
from analytics.explore.pages.states import State
from productops.lib.cards import Column, Definition, Table
from productops.lib.changes import MINIMUM_PEOPLE
from productops.lib.numbers import exact, percent
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence, together

MOST_NAMED = 25

FEATURE = Input("event", gettext_lazy("Feature"), names="features", placeholder=gettext_lazy("Key of a feature"))
FORM = Form(
    clauses=[
        Clause(
            "features",
            gettext_lazy("Only"),
            [FEATURE],
            most=MOST_NAMED,
            least=0,
            add=gettext_lazy("Choose a feature"),
            filters=False,
        )
    ]
)


def body(state: State, filters: Filters) -> dict[str, Any]:
    named = [name for row in states.rows(state, "features") if (name := states.text(row, "event"))]
    chosen = {"features": named} if named else {}
    return {**chosen, "grain": filters.grain, "filters": conditions(state)}


def state_of(body: dict[str, Any]) -> State:
    return states.restored({**body, "features": [{"event": key} for key in body.get("features") or ()]})


def parts(inquiry: Inquiry) -> dict[str, Part]:
    return {
        "adoption": Part(
            _("Who uses what?"),
            Definition(
                _(
                    "Of the people active on these days, those who used the feature. First use: the median time from"
                    " somebody's earliest event to their first use ever. Come back: of those whose first use lies in"
                    " a period before the last one, who used it again in a later period."
                ),
                _("As long as no feature is mapped, the events that most people sent stand for them."),
            ),
            lambda answer: content(inquiry, answer),
        )
    }


def content(inquiry: Inquiry, answer: Mapping[str, Any]) -> Content:
    features = sorted(answer["features"], key=lambda one: -one["people"])
    maximum = axis_of_shares([(one["people"], one["active"]) for one in features])
    by_feature = answer["by"] == "feature"
    return Content(
        takeaway=takeaway(features),
        context=_("%(n)s people were active on these days") % {"n": exact(answer["active"])},
        table=Table(
            _("Features by people"),
            [
                Column(_("Feature") if by_feature else _("Event")),
                Column(_("People"), "count"),
                Column(_("Share"), "percent"),
                Column(_("95%% interval, 0–%(most)s") % {"most": percent(maximum, 0)}, wide=True, phone=False),
                Column(_("Times"), "count", phone=False),
                Column(_("First use after"), "duration", phone=False),
                Column(_("Come back"), "percent"),
                Column(_("Of"), "count", phone=False),
            ],
            [
                [
                    one["name"],
                    inquiry.behind(one["people"], feature=one["feature"]),
                    one["share"],
                    interval(one["people"], one["active"], maximum),
                    one["times"],
                    one["first_use_median_seconds"],
                    one["retained"],
                    one["could_return"],
                ]
                for one in features
            ],
        ),
        state=scarce(answer["active"], _("Nobody was active on these days.")),
    )


def takeaway(features: list[Mapping[str, Any]]) -> str:
    """What most people use, and what brings most of its users back."""
    used = [one for one in features if one["people"]]
    if not used:
        return ""
    most = max(used, key=lambda one: one["people"])
    first = sentence(
        _("%(b_name)s is used by most: %(b_share)s of the active people."),
        b_name=most["name"],
        b_share=percent(most["share"]),
    )
    known = [one for one in used if one["could_return"] >= MINIMUM_PEOPLE]
    if len(known) < 2:
        return first
    best = max(known, key=lambda one: one["retained"])
    return together(
        first,
        sentence(
            _("Most come back to %(b_name)s: %(share)s of its new users."),
            b_name=best["name"],
            share=percent(best["retained"]),
        ),
    )


PAGE = Page(
    "adoption",
    gettext_lazy("Adoption"),
    FORM,
    lambda: {"features": []},
    body,
    parts,
    Options(default_range="28d", ranges=("7d", "28d", "90d", "12m"), grains=("week", "month", "day"), compare=False),
    state_of=state_of,
)
