"""What a segment is made of, as a form: what people did, who they are, and in which other segments they are."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from analytics.explore.pages import forms, states
from analytics.explore.pages.forms import EVENT, Choices, Clause, Form, Input
from analytics.explore.pages.states import State
from analytics.explore.segments.definitions import MOST_CONDITIONS, Definition
from analytics.explore.segments.requests import LONGEST_STRETCH, MOST_TIMES

MATCHES = (
    ("all", gettext_lazy("all of this holds")),
    ("any", gettext_lazy("any of this holds")),
)
DID = (
    ("", gettext_lazy("did")),
    ("never", gettext_lazy("never did")),
)
INSIDE = (
    ("true", gettext_lazy("who are in")),
    ("false", gettext_lazy("who are not in")),
)


def form(segments: Choices) -> Form:
    """``segments`` are the others, by id and name."""
    clauses = [
        Clause(
            "events",
            gettext_lazy("Doing"),
            [
                Input("did", gettext_lazy("People who"), DID, opens=("",)),
                EVENT,
                Input(
                    "at_least",
                    gettext_lazy("at least"),
                    kind="number",
                    default="1",
                    least=0,
                    most=MOST_TIMES,
                    conditional=True,
                ),
                Input("at_most", gettext_lazy("at most"), kind="number", least=0, most=MOST_TIMES, conditional=True),
                Input("days", gettext_lazy("in the last … days"), kind="number", most=LONGEST_STRETCH),
                Input("from", gettext_lazy("or from"), kind="date"),
                Input("to", gettext_lazy("to"), kind="date"),
            ],
            most=MOST_CONDITIONS,
            least=0,
            add=gettext_lazy("People who did …"),
        ),
    ]
    if segments:
        inside = [
            Input("inside", gettext_lazy("People"), INSIDE, default="true"),
            Input("segment", gettext_lazy("Segment"), segments),
        ]
        clauses.append(
            Clause(
                "segments",
                gettext_lazy("Segment"),
                inside,
                most=MOST_CONDITIONS,
                least=0,
                add=gettext_lazy("People in a segment …"),
                filters=False,
            )
        )
    return Form(
        clauses,
        [Input("match", gettext_lazy("People of whom"), MATCHES, default="all")],
        where=gettext_lazy("People whose"),
        add_filter=gettext_lazy("People whose …"),
        submit=gettext_lazy("How many are they?"),
    )


def definition_of(state: State) -> dict[str, Any]:
    """The definition that a state makes, as the API takes it; a row that was added and not filled in is none."""
    conditions = [
        *({"kind": "person", **one} for one in forms.conditions(state)),
        *(_doing(row) for row in states.rows(state, "events") if len(row) > 1 or any(row.values())),
        *(
            {"kind": "segment", "segment": name, "inside": states.text(row, "inside") != "false"}
            for row in states.rows(state, "segments")
            if (name := states.text(row, "segment"))
        ),
    ]
    return {"match": states.text(state, "match") or "all", "conditions": conditions}


def _doing(row: State) -> dict[str, Any]:
    never = states.text(row, "did") == "never"
    times = {"at_least": states.text(row, "at_least") or 1, "at_most": states.text(row, "at_most") or None}
    return {
        "kind": "event",
        **forms.selector(row),
        **({"at_least": 0, "at_most": 0} if never else times),
        **{name: states.text(row, name) or None for name in ("days", "from", "to")},
    }


def state_of(definition: Definition) -> State:
    """The state that makes a definition."""
    of_kind: dict[str, list[Mapping[str, Any]]] = {"person": [], "event": [], "segment": []}
    for condition in definition["conditions"]:
        of_kind[condition["kind"]].append(condition)
    return {
        "match": definition["match"],
        "filters": [
            states.restored({name: one.get(name) for name in ("property", "operator", "value")})
            for one in of_kind["person"]
        ],
        "events": [_restored(one) for one in of_kind["event"]],
        "segments": [
            {"segment": str(one["segment"]), "inside": "true" if one["inside"] else "false"}
            for one in of_kind["segment"]
        ],
    }


def _restored(doing: Mapping[str, Any]) -> State:
    row = states.restored({name: doing.get(name) for name in ("filters", "days", "from", "to")})
    row["event"] = doing["event"] or ""
    if doing["at_most"] == 0:
        return {**row, "did": "never"}
    at_most = {} if doing["at_most"] is None else {"at_most": str(doing["at_most"])}
    return {**row, "at_least": str(doing["at_least"]), **at_most}
