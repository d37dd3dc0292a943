"""The lifecycle as a page: who is new, who stays, who comes back and who stays away, period by period."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.explore.pages import activity
from analytics.explore.pages.forms import Form
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import dated, scarce
from analytics.explore.pages.states import State
from productops.lib.cards import Column, Definition, Table
from productops.lib.charts import Chart, Series
from productops.lib.numbers import exact
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence

PERIODS_DRAWN = 31
STATUSES = (
    ("new", gettext_lazy("New"), "c1"),
    ("returning", gettext_lazy("Returning"), "c3"),
    ("resurrected", gettext_lazy("Resurrected"), "c2"),
    ("dormant", gettext_lazy("Dormant"), "other"),
)
LAST = {
    "hour": gettext_lazy("the last whole hour"),
    "day": gettext_lazy("the last whole day"),
    "week": gettext_lazy("the last whole week"),
    "month": gettext_lazy("the last whole month"),
}

FORM = Form(clauses=[activity.clause(gettext_lazy("Active by"))])


def body(state: State, filters: Filters) -> dict[str, Any]:
    return {
        **activity.asked(state),
        "grain": filters.grain,
    }


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    event = asked["selector"]["event"]
    return {
        "lifecycle": Part(
            _("Do more people come to “%(event)s” than stay away from it?") % {"event": event}
            if event
            else _("Do more people join than stay away?"),
            Definition(
                _(
                    "New: active, and their earliest event of any kind lies in the period. Returning: active in it and"
                    " in the one before. Resurrected: active, not in the one before, known from earlier."
                    " Dormant: active in the one before, not in this one."
                ),
                _("Somebody known from earlier who does it for the first time is resurrected, not new."),
            ),
            lambda answer: content(inquiry, asked, answer),
        )
    }


def content(inquiry: Inquiry, asked: Mapping[str, Any], answer: Mapping[str, Any]) -> Content:
    periods = [dated(period, asked["grain"], inquiry.filters.today) for period in answer["periods"]]
    whole = sum(answer["complete"])
    rows: list[list[Any]] = [
        [
            period,
            *(inquiry.behind(answer[key][index], period=name, status=key) for key, _label, _colour in STATUSES),
            answer["complete"][index],
        ]
        for index, (period, name) in enumerate(zip(periods, answer["periods"], strict=True))
    ]
    upwards = [Series(str(label), answer[key], colour) for key, label, colour in STATUSES[:-1]]
    key, label, colour = STATUSES[-1]
    downwards = Series(str(label), [-count for count in answer[key]], colour)
    return Content(
        takeaway=takeaway({key: answer[key][:whole] for key, _label, _colour in STATUSES}, str(LAST[asked["grain"]])),
        context=_("Dormant people are drawn below zero"),
        table=Table(
            _("People by what became of them"),
            [
                Column(_("Period")),
                *(Column(str(label), "count") for _key, label, _colour in STATUSES),
                Column(_("Complete"), only="file"),
            ],
            rows[::-1],
            drawn=PERIODS_DRAWN,
        ),
        chart=Chart(
            "columns",
            [period.text for period in periods],
            [*upwards, downwards],
            incomplete=len(periods) - whole,
            marks=inquiry.marks(answer["periods"]),
        ),
        actions=inquiry.annotating(),
        state=scarce(sum(sum(answer[key]) for key, _label, _colour in STATUSES), _("Nobody was active on these days.")),
    )


def takeaway(whole: Mapping[str, Sequence[int]], period: str) -> str:
    """What was gained and lost in the newest period that is over; ``whole`` are the figures of those that are."""
    if not whole["new"]:
        return ""
    gained, lost = whole["new"][-1] + whole["resurrected"][-1], whole["dormant"][-1]
    template = (
        _("In %(period)s %(b_gained)s came new or came back and %(b_lost)s stayed away: %(b_net)s more.")
        if gained >= lost
        else _("In %(period)s %(b_gained)s came new or came back and %(b_lost)s stayed away: %(b_net)s fewer.")
    )
    return sentence(
        template, period=period, b_gained=exact(gained), b_lost=exact(lost), b_net=exact(abs(gained - lost))
    )


PAGE = Page(
    "lifecycle",
    gettext_lazy("Lifecycle"),
    FORM,
    activity.first,
    body,
    parts,
    Options(
        default_range="12w", ranges=("4w", "12w", "26w", "12m"), grains=("week", "day", "hour", "month"), compare=False
    ),
)
