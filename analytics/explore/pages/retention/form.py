"""What retention is asked by: who starts, what coming back is, and how it is counted."""

from typing import Any

from django.utils.translation import gettext_lazy

from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.shared import goal_events
from analytics.explore.pages.states import State
from analytics.rollups.models import Goal
from productops.lib.periods import Filters

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
