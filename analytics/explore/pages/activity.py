"""What lifecycle, stickiness and concentration are asked by: one activity, any where none is chosen."""

from typing import Any

from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Text, conditions, selector
from analytics.explore.pages.states import State


def clause(label: Text) -> Clause:
    return Clause("selector", label, [EVENT])


def first() -> State:
    return {"selector": {"event": ""}}


def asked(state: State) -> dict[str, Any]:
    return {"selector": selector(states.row(state, "selector")), "filters": conditions(state)}
