"""What an Explore page lets one choose, as data: clauses of inputs, rows of clauses, filters within them.

A kind's page describes its form once; bound to a state, a template draws it. Everything works by
plain submits: a button ``do`` adds, removes or moves a row.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.explore.pages import states
from analytics.explore.pages.states import State
from productops.lib.numbers import compact

Text = str | Promise
Choice = tuple[str, Text]
Choices = Sequence[Choice]
NUMERIC_OPERATORS = ("gt", "gte", "lt", "lte", "between")
LISTS = ("in", "not_in", "between")
ALL_EVENTS, FILTER_ALL = gettext_lazy("All events where"), gettext_lazy("Filter all events")
SHOW = gettext_lazy("Show")
VALUELESS = ("is_set", "is_not_set")
OPERATORS: Choices = (
    ("is", gettext_lazy("is")),
    ("is_not", gettext_lazy("is not")),
    ("in", gettext_lazy("is any of")),
    ("not_in", gettext_lazy("is none of")),
    ("contains", gettext_lazy("contains")),
    ("gt", gettext_lazy("is more than")),
    ("gte", gettext_lazy("is at least")),
    ("lt", gettext_lazy("is less than")),
    ("lte", gettext_lazy("is at most")),
    ("between", gettext_lazy("is between")),
    ("is_set", gettext_lazy("is set")),
    ("is_not_set", gettext_lazy("is not set")),
    ("matches", gettext_lazy("matches the expression")),
)


@dataclass(frozen=True)
class Input:
    """One field. ``names`` offers what the dictionary knows; ``with_choices`` shows it for those of the select only."""

    name: str
    label: Text
    choices: Choices = ()
    names: Literal["", "events", "properties", "features"] = ""
    kind: Literal["text", "number", "check", "date"] = "text"
    on: str = "true"
    """What a check sends."""
    default: str = ""
    placeholder: Text = ""
    opens: Collection[str] = ()
    """Choices that ask for the ``conditional`` inputs beside it."""
    conditional: bool = False
    least: int = 1
    most: int = 1000


@dataclass(frozen=True)
class Clause:
    """What one selector is chosen by. Without ``most`` there is exactly one, else rows of them from ``least`` on."""

    name: str
    label: Text
    inputs: Sequence[Input]
    most: int = 0
    least: int = 1
    add: Text = ""
    marks: Literal["", "letters", "numbers"] = ""
    ordered: bool = False
    filters: bool = True


@dataclass(frozen=True)
class Form:
    clauses: Sequence[Clause]
    options: Sequence[Input] = ()
    filters: bool = True
    where: Text = ALL_EVENTS
    add_filter: Text = FILTER_ALL
    submit: Text = SHOW


EVENT = Input("event", gettext_lazy("Event"), names="events", placeholder=gettext_lazy("Any event"))


def without_labels(values: Iterable[str]) -> Choices:
    """What an input offers, where it is called by its value alone."""
    return [(value, "") for value in values]


@dataclass(frozen=True)
class BoundInput:
    input: Input
    name: str
    value: str
    hint: str = ""

    @property
    def id(self) -> str:
        return f"id-{self.name}"


@dataclass(frozen=True)
class BoundFilter:
    name: str
    property: str
    operator: str
    value: str
    values: Sequence[str] = ()
    """Examples of what the property was."""
    operators: ClassVar = OPERATORS
    valueless: ClassVar = VALUELESS

    def examples(self) -> Choices:
        return without_labels(self.values)


@dataclass(frozen=True)
class Button:
    """``do`` is the edit that it sends."""

    do: str
    label: str
    icon: str


@dataclass(frozen=True)
class BoundRow:
    mark: str
    label: str
    inputs: Sequence[BoundInput]
    filters: Sequence[BoundFilter]
    add_filter: str
    buttons: Sequence[Button]


@dataclass(frozen=True)
class BoundClause:
    clause: Clause
    rows: Sequence[BoundRow]
    add: str


@dataclass(frozen=True)
class Names:
    """What the dictionary knows: events with how often they came, properties with examples of their values.

    And the features that are mapped, by key and name.
    """

    events: Sequence[tuple[str, int]]
    properties: dict[str, list[str]]
    features: Choices = ()

    def offered(self) -> Iterator[tuple[str, Choices]]:
        """What inputs offer, by what they ask for."""
        yield "events", [(name, _("%(n)s events") % {"n": compact(volume)}) for name, volume in self.events]
        yield "properties", without_labels(self.properties)
        if self.features:
            yield "features", self.features

    def hint(self, event: str) -> str:
        """Said of an event that never came in."""
        known = [name for name, _volume in self.events]
        if not event or not known or event in known:
            return ""
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(event, known, n=3, cutoff=0.5))
        if near:
            return _("No event of this name has come in. Similar ones: %(names)s.") % {"names": near}
        return _("No event of this name has come in.")


@dataclass(frozen=True)
class BoundForm:
    form: Form
    clauses: Sequence[BoundClause]
    options: Sequence[BoundInput]
    filters: Sequence[BoundFilter]
    names: Names


def bound(form: Form, state: State, names: Names) -> BoundForm:
    return BoundForm(
        form=form,
        clauses=[_clause(clause, state, names) for clause in form.clauses],
        options=_inputs(form.options, state, "", names),
        filters=_filters(state, "", names),
        names=names,
    )


def _clause(clause: Clause, state: State, names: Names) -> BoundClause:
    if not clause.most:
        row = _row(clause, states.row(state, clause.name), clause.name, "", [], names)
        return BoundClause(clause, [row], "")
    found = states.rows(state, clause.name) or [{} for _index in range(clause.least)]
    rows = []
    for index, values in enumerate(found):
        name = f"{clause.name}.{index}"
        rows.append(_row(clause, values, name, _mark(clause, index), _buttons(clause, index, len(found)), names))
    return BoundClause(clause, rows, f"add:{clause.name}" if len(found) < clause.most else "")


def _mark(clause: Clause, index: int) -> str:
    if clause.marks == "letters":
        return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index % 26]
    return str(index + 1) if clause.marks else ""


def _buttons(clause: Clause, index: int, count: int) -> list[Button]:
    name = f"{clause.name}.{index}"
    buttons = []
    if clause.ordered and index:
        buttons.append(Button(f"up:{name}", _("Move up"), "arrow-up"))
    if clause.ordered and index < count - 1:
        buttons.append(Button(f"down:{name}", _("Move down"), "arrow-down"))
    if count > clause.least:
        buttons.append(Button(f"remove:{name}", _("Remove"), "x"))
    return buttons


def _row(clause: Clause, values: State, name: str, mark: str, buttons: Sequence[Button], names: Names) -> BoundRow:
    return BoundRow(
        mark=mark,
        label=f"{clause.label} {mark}".strip(),
        inputs=_inputs(clause.inputs, values, f"{name}.", names),
        filters=_filters(values, f"{name}.", names) if clause.filters else [],
        add_filter=f"add:{name}.filters" if clause.filters else "",
        buttons=buttons,
    )


def _inputs(inputs: Sequence[Input], values: State, before: str, names: Names) -> list[BoundInput]:
    found = []
    for one in inputs:
        value = _within(values, one.name)
        hint = names.hint(value) if one.names == "events" else ""
        found.append(BoundInput(one, before + one.name, value or one.default, hint))
    return found


def _within(values: State, name: str) -> str:
    *outer, last = name.split(".")
    for part in outer:
        values = states.row(values, part)
    return states.text(values, last)


def _filters(values: State, before: str, names: Names) -> list[BoundFilter]:
    found = []
    for index, one in enumerate(states.rows(values, "filters")):
        property, operator = states.text(one, "property"), states.text(one, "operator") or "is"
        value = states.text(one, "value")
        examples = names.properties.get(property, [])
        found.append(BoundFilter(f"{before}filters.{index}", property, operator, value, examples))
    return found


def conditions(values: State) -> list[dict[str, Any]]:
    """The filters of a state as the API takes them; one without a property is not chosen yet.

    Lists are written with commas. Where more and less is asked for, what reads as a number is one.
    """
    found = []
    for one in states.rows(values, "filters"):
        if property := states.text(one, "property"):
            operator = states.text(one, "operator") or "is"
            found.append({"property": property, "operator": operator, "value": _value(operator, one)})
    return found


def _value(operator: str, one: State) -> Any:
    text = states.text(one, "value")
    if operator in VALUELESS:
        return None
    if operator in LISTS:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [number_or_text(part) for part in parts] if operator in NUMERIC_OPERATORS else parts
    return number_or_text(text) if operator in NUMERIC_OPERATORS else text


def number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def selector(values: State) -> dict[str, Any]:
    """An event, any where none is named, with its filters."""
    return {"event": states.text(values, "event") or None, "filters": conditions(values)}
