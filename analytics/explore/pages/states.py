"""The state of an Explore page as a query string: ``series.0.event=page`` is the event of the first series.

A state is what a form sends: dictionaries, lists of rows, and texts. Dots part the names of what
lies within each other, and numbers count the rows of a list.
"""

from collections.abc import Iterable, Iterator
from typing import Any

State = dict[str, Any]
Pairs = list[tuple[str, str]]
DEEPEST = 6
MOST_ROWS = 50
EDITS = ("add", "remove", "up", "down")


def unflattened(pairs: Iterable[tuple[str, str]]) -> State:
    """The state that names and values spell. A name that contradicts an earlier one is passed over."""
    tree: State = {}
    for name, value in pairs:
        *outer, last = name.split(".")
        if len(outer) >= DEEPEST:
            continue
        place: Any = tree
        for part in outer:
            place = place.setdefault(part, {}) if isinstance(place, dict) else None
        if isinstance(place, dict) and not isinstance(place.get(last), dict):
            place[last] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    """Dictionaries whose keys are all numbers as lists, in their order."""
    if not isinstance(value, dict):
        return value
    if value and all(key.isascii() and key.isdigit() and len(key) < 4 for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)][:MOST_ROWS]
    return {key: _with_lists(inner) for key, inner in value.items()}


def flattened(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The pairs that spell a state."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from flattened(inner, f"{name}.{index}")
    elif value is not None:
        yield name, str(value)


def rows(state: State, name: str) -> list[State]:
    """The rows of a list in a state; none where it has something else by that name."""
    found = state.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def row(state: State, name: str) -> State:
    found = state.get(name)
    return found if isinstance(found, dict) else {}


def text(state: State, name: str) -> str:
    """A value of a state without blanks around it, or none where there is something else by that name."""
    found = state.get(name)
    return found.strip() if isinstance(found, str) else ""


def edited(state: State, edit: str, blank: str) -> State:
    """The state after an edit of its rows: ``add:series``, ``remove:series.1``, ``up:`` or ``down:`` with a row.

    ``blank`` is the field by which a new row stands in the query string. An edit that makes no sense changes nothing.
    """
    action, _colon, name = edit.partition(":")
    path = name.split(".")
    if action not in EDITS or len(path) > DEEPEST:
        return state
    if action == "add":
        return _at(state, path, lambda found: [*(found or []), {blank: ""}][:MOST_ROWS])
    *outer, last = path
    if not outer or not last.isascii() or not last.isdigit():
        return state
    index = int(last)
    return _at(state, outer, lambda found: _without_or_moved(found or [], action, index))


def _at(value: Any, path: list[str], change: Any) -> Any:
    """A copy of a state in which the list at a path is changed; the same state where no list can be there."""
    if not path:
        return change(value) if value is None or isinstance(value, list) else value
    if isinstance(value, list):
        here = int(path[0]) if path[0].isascii() and path[0].isdigit() else len(value)
        return [_at(inner, path[1:], change) if index == here else inner for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    return {**value, path[0]: _at(value.get(path[0]), path[1:], change)}


def _without_or_moved(found: list[Any], action: str, index: int) -> list[Any]:
    if index >= len(found):
        return found
    rest = [*found[:index], *found[index + 1 :]]
    if action == "remove":
        return rest
    to = max(0, index - 1) if action == "up" else index + 1
    return [*rest[:to], found[index], *rest[to:]]


def restored(body: Any) -> Any:
    """The state that makes a body: values of filters as they are written in a form, without what is not set."""
    if isinstance(body, dict):
        found = {name: restored(value) for name, value in body.items() if value not in (None, False, [], {})}
        if "operator" in body and isinstance(body.get("value"), list | tuple):
            found["value"] = ", ".join(str(value) for value in body["value"])
        return found
    if isinstance(body, list | tuple):
        return [restored(value) for value in body]
    return "true" if body is True else str(body)
