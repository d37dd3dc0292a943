"""What a trend is asked by: series of events and measures, and what they are split by."""

from typing import Any

from django.utils.translation import gettext_lazy

from analytics.explore.kinds.trend import OF_PROPERTY
from analytics.explore.pages import states
from analytics.explore.pages.forms import EVENT, Clause, Form, Input, conditions, selector
from analytics.explore.pages.states import State
from analytics.explore.requests.trend import MOST_SERIES
from productops.lib.periods import Filters

SPLITS_SHOWN = 5
MEASURES = (
    ("people", gettext_lazy("people")),
    ("events", gettext_lazy("times")),
    ("sessions", gettext_lazy("sessions")),
    ("wau", gettext_lazy("people in 7 days")),
    ("mau", gettext_lazy("people in 30 days")),
    ("sum", gettext_lazy("sum of")),
    ("mean", gettext_lazy("mean of")),
    ("median", gettext_lazy("median of")),
    ("p90", gettext_lazy("90th percentile of")),
)

FORM = Form(
    clauses=[
        Clause(
            "series",
            gettext_lazy("Series"),
            [
                EVENT,
                Input("measure", gettext_lazy("Counted as"), MEASURES, default="people", opens=OF_PROPERTY),
                Input(
                    "property",
                    gettext_lazy("Property"),
                    names="properties",
                    placeholder=gettext_lazy("The event's value"),
                    conditional=True,
                ),
            ],
            most=MOST_SERIES,
            add=gettext_lazy("Add a series"),
            marks="letters",
        )
    ],
    options=[
        Input("breakdown", gettext_lazy("Split by"), names="properties", placeholder=gettext_lazy("Nothing")),
    ],
)


def first() -> State:
    return {"series": [{"event": "", "measure": "people"}]}


def body(state: State, filters: Filters) -> dict[str, Any]:
    return {
        "series": [_series(row) for row in states.rows(state, "series")],
        "filters": conditions(state),
        "grain": filters.grain,
        "breakdown": states.text(state, "breakdown") or None,
        "values_shown": SPLITS_SHOWN,
    }


def _series(row: State) -> dict[str, Any]:
    measure = states.text(row, "measure") or "people"
    of = states.text(row, "property") if measure in OF_PROPERTY else ""
    return {**selector(row), "measure": measure, "property": of or None}
