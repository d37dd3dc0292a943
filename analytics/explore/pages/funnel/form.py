"""What a funnel is asked by: steps, what must not lie between them, window, order and breakdown."""

from typing import Any

from django.utils.translation import gettext_lazy

from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.shared import goal_events
from analytics.explore.pages.states import State
from analytics.explore.requests.funnel import MOST_EXCLUSIONS, MOST_STEPS
from analytics.rollups.models import Goal
from productops.lib.periods import Filters

UNITS = (
    ("minute", gettext_lazy("minutes")),
    ("hour", gettext_lazy("hours")),
    ("day", gettext_lazy("days")),
    ("week", gettext_lazy("weeks")),
    ("month", gettext_lazy("months")),
)
ORDERS = (
    ("ordered", gettext_lazy("in this order")),
    ("strict", gettext_lazy("in this order, nothing between")),
    ("unordered", gettext_lazy("in any order")),
)
ATTRIBUTIONS = (
    ("first_touch", gettext_lazy("its first value")),
    ("last_touch", gettext_lazy("its last value")),
    ("all_events", gettext_lazy("each of its values")),
    ("step", gettext_lazy("its value at a step")),
)
FIRST_TIMES = (
    ("", gettext_lazy("any time")),
    ("event", gettext_lazy("first time ever")),
    ("event_with_filters", gettext_lazy("first time with these filters")),
)

FORM = Form(
    clauses=[
        Clause(
            "steps",
            gettext_lazy("Step"),
            [
                EVENT,
                Input("first_time", gettext_lazy("Which"), FIRST_TIMES),
                Input("optional", gettext_lazy("optional"), kind="check"),
            ],
            most=MOST_STEPS,
            least=2,
            add=gettext_lazy("Add a step"),
            marks="numbers",
            ordered=True,
        ),
        Clause(
            "exclusions",
            gettext_lazy("Not if"),
            [
                EVENT,
                Input("from_step", gettext_lazy("after step"), kind="number", default="1", most=MOST_STEPS),
                Input("to_step", gettext_lazy("before step"), kind="number", default="2", most=MOST_STEPS),
            ],
            most=MOST_EXCLUSIONS,
            least=0,
            add=gettext_lazy("Leave out people who …"),
        ),
    ],
    options=[
        Input("order", gettext_lazy("Steps"), ORDERS, default="ordered"),
        Input("window.value", gettext_lazy("Within"), kind="number", default="14", most=3650),
        Input("window.unit", gettext_lazy("Unit"), UNITS, default="day"),
        Input("breakdown.property", gettext_lazy("Split by"), names="properties", placeholder=gettext_lazy("Nothing")),
        Input("breakdown.attribution", gettext_lazy("Taking"), ATTRIBUTIONS, default="first_touch", opens=("step",)),
        Input("breakdown.step", gettext_lazy("Step"), kind="number", default="1", most=MOST_STEPS, conditional=True),
    ],
)


def first() -> State:
    """The way from signup over activation to the key action."""
    events = goal_events(Goal.Role.SIGNUP, Goal.Role.ACTIVATION, Goal.Role.KEY_ACTION)
    return {"steps": [{"event": event} for event in events]}


def body(state: State, filters: Filters) -> dict[str, Any]:
    steps = [_step(row) for row in states.rows(state, "steps") if _is_chosen(row)]
    found = {
        "steps": steps,
        "order": states.text(state, "order") or "ordered",
        "exclusions": [_exclusion(row) for row in states.rows(state, "exclusions") if _is_chosen(row)],
        "filters": conditions(state),
        "grain": filters.grain,
        "breakdown": _breakdown(states.row(state, "breakdown")),
    }
    window = states.row(state, "window")
    if value := states.text(window, "value"):
        found["window"] = {"value": value, "unit": states.text(window, "unit") or "day"}
    return found


def _is_chosen(row: State) -> bool:
    """A row that was added and not filled in yet is no step."""
    return bool(states.text(row, "event") or conditions(row))


def _step(row: State) -> dict[str, Any]:
    first_time = states.text(row, "first_time") or None
    return {**selector(row), "optional": bool(states.text(row, "optional")), "first_time": first_time}


def _exclusion(row: State) -> dict[str, Any]:
    return {**selector(row), "from_step": _place(row, "from_step", "1"), "to_step": _place(row, "to_step", "2")}


def _place(row: State, name: str, usual: str) -> Any:
    """A step's number in the API, which counts from 0; what is no number stays, to be refused."""
    text = states.text(row, name) or usual
    return int(text) - 1 if text.isascii() and text.isdigit() and len(text) < 5 else text


def _breakdown(row: State) -> dict[str, Any] | None:
    if not (name := states.text(row, "property")):
        return None
    return {
        "property": name,
        "attribution": states.text(row, "attribution") or "first_touch",
        "step": _place(row, "step", "1"),
    }


def asked_of(body: dict[str, Any], point: State) -> dict[str, Any]:
    """The people of all values together are asked for without the breakdown, those of a period by a trend."""
    if "breakdown" not in point:
        body = {**body, "breakdown": None}
    return {**body, "view": "trend"} if "period" in point else body


def state_of(body: dict[str, Any]) -> State:
    """Steps are counted from 1 in the form."""
    exclusions = [
        {**one, "from_step": one["from_step"] + 1, "to_step": one["to_step"] + 1}
        for one in body.get("exclusions") or ()
    ]
    breakdown = body.get("breakdown") or {}
    if "step" in breakdown:
        breakdown = {**breakdown, "step": breakdown["step"] + 1}
    return states.restored({**body, "exclusions": exclusions, "breakdown": breakdown})
