"""Paths as a page: what people do one after the other."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.inquiry import Content, Inquiry, Page, Part
from analytics.explore.pages.shared import scarce
from analytics.explore.pages.states import State
from analytics.explore.requests.paths import MOST_EXCLUDED, MOST_STEPS
from productops.lib.cards import Column, Definition, Table
from productops.lib.flows import Flow, Link, Node
from productops.lib.numbers import exact
from productops.lib.periods import Filters, Options
from productops.lib.takeaways import sentence

LINKS_SHOWN = 25
ENDS = Input("event", gettext_lazy("Event or page"), names="events", placeholder=gettext_lazy("Anything"))

FORM = Form(
    clauses=[
        Clause("start", gettext_lazy("Beginning with"), [ENDS]),
        Clause("end", gettext_lazy("Leading to"), [ENDS]),
        Clause(
            "exclude",
            gettext_lazy("Passing over"),
            [EVENT],
            most=MOST_EXCLUDED,
            least=0,
            add=gettext_lazy("Pass over an event"),
        ),
    ],
    options=[Input("depth", gettext_lazy("Steps"), kind="number", default="5", least=2, most=MOST_STEPS)],
)


def body(state: State, filters: Filters) -> dict[str, Any]:
    exclude = [choice(row) for row in states.rows(state, "exclude")]
    return {
        "start": choice(states.row(state, "start")),
        "end": choice(states.row(state, "end")),
        "exclude": [one for one in exclude if one],
        "depth": states.text(state, "depth") or 5,
        "links_shown": LINKS_SHOWN,
        "filters": conditions(state),
    }


def choice(row: State) -> Any:
    """A name by which paths know events and pages; with filters, the events they choose; None: nothing is chosen."""
    if conditions(row):
        return selector(row)
    return states.text(row, "event") or None


def state_of(body: dict[str, Any]) -> State:
    def row(chosen: Any) -> Any:
        return {"event": chosen} if isinstance(chosen, str) else chosen

    ends = {name: row(body.get(name)) for name in ("start", "end")}
    return states.restored({**body, **ends, "exclude": [row(one) for one in body.get("exclude") or ()]})


def parts(inquiry: Inquiry) -> dict[str, Part]:
    asked = inquiry.asked
    return {
        "paths": Part(
            question(asked),
            Definition(
                _(
                    "A path goes on while no more than 30 minutes pass between two events; an event or page that"
                    " repeats at once counts as one. A link counts the people who took it at that step."
                ),
                _("Page and screen views go by their path or name. Links that fewer people took are left out."),
            ),
            lambda answer: content(inquiry, answer),
        )
    }


def question(asked: Mapping[str, Any]) -> str:
    start, end = (_name(asked[key]) for key in ("start", "end"))
    if start and end:
        return _("How do people get from “%(start)s” to “%(end)s”?") % {"start": start, "end": end}
    if start:
        return _("What do people do after “%(start)s”?") % {"start": start}
    return _("What leads people to “%(end)s”?") % {"end": end} if end else _("What do people do one after the other?")


def _name(chosen: Any) -> str:
    if isinstance(chosen, Mapping):
        return chosen.get("event") or _("any event")
    return chosen or ""


def content(inquiry: Inquiry, answer: Mapping[str, Any]) -> Content:
    names = {node["id"]: node["name"] for node in answer["nodes"]}
    links = answer["links"]
    left_out = answer["left_out"]
    note = ngettext(
        "%(n)s link that fewer people took is left out; %(people)s people took it.",
        "%(n)s links that fewer people took are left out; %(people)s people took one of them.",
        left_out["links"],
    ) % {"n": exact(left_out["links"]), "people": exact(left_out["people"])}
    rows = [
        [
            f"{link['source'].partition('_')[0]} · {names[link['source']]}",
            names[link["target"]],
            inquiry.behind(link["people"], link=[link["source"], link["target"]]),
            link["paths"],
            link["median_seconds"],
        ]
        for link in links
    ]
    return Content(
        takeaway=takeaway(links, names),
        table=Table(
            _("Links that most people took"),
            [
                Column(_("From step")),
                Column(_("To")),
                Column(_("People"), "count"),
                Column(_("Times"), "count", phone=False),
                Column(_("Median time between"), "duration", phone=False),
            ],
            rows,
        ),
        flow=Flow(
            [Node(node["id"], node["name"], node["step"]) for node in answer["nodes"]],
            [
                Link(
                    link["source"],
                    link["target"],
                    link["people"],
                    _("%(n)s people: %(source)s → %(target)s")
                    % {
                        "n": exact(link["people"]),
                        "source": names[link["source"]],
                        "target": names[link["target"]],
                    },
                    inquiry.people_href(link=[link["source"], link["target"]]),
                )
                for link in links
            ],
        )
        if links
        else None,
        state=scarce(max((link["people"] for link in links), default=0), _("Nobody took such a path on these days.")),
        source=note if left_out["links"] else "",
    )


def takeaway(links: list[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """The most frequent first link."""
    begins = [link for link in links if link["source"].startswith("1_")]
    if not begins:
        return ""
    most = max(begins, key=lambda link: link["people"])
    return sentence(
        _("Most begin with “%(source)s” and go on to “%(b_target)s”: %(b_people)s people."),
        source=names[most["source"]],
        b_target=names[most["target"]],
        b_people=exact(most["people"]),
    )


PAGE = Page(
    "paths",
    gettext_lazy("Paths"),
    FORM,
    lambda: {"start": {"event": ""}, "end": {"event": ""}},
    body,
    parts,
    Options(default_range="28d", ranges=("7d", "28d", "90d"), grains=(), compare=False),
    state_of=state_of,
)
