"""From what a form sent to a question that can be asked: what is wrong is left out, and said."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from analytics.explore.requests.base import QuestionSerializer

Path = tuple[str | int, ...]
MOST_ROUNDS = 8


def checked(
    request: type[QuestionSerializer], body: dict[str, Any], instead: dict[str, Any]
) -> tuple[QuestionSerializer, list[str]]:
    """The request that a body makes without its wrong parts, and a sentence for each of those parts.

    When nothing sensible is left, ``instead`` is asked, which is valid.
    """
    warnings: list[str] = []
    told: set[Path] = set()
    for _round in range(MOST_ROUNDS):
        serializer = request(data=body)
        if serializer.is_valid():
            return serializer, warnings
        for path, reason in wrong_parts(serializer.errors):
            # What is still wrong without a value is wrong as a whole, and so is what lacks one.
            whole = path if _has(body, path) and path not in told else path[:-1]
            told |= {path, whole}
            if not whole:
                body = instead
            elif _has(body, whole):
                warnings.append(_said(body, whole, reason))
                body = without(body, whole)
    serializer = request(data=instead)
    serializer.is_valid(raise_exception=True)
    return serializer, warnings


def wrong_parts(errors: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Where an answer of the REST framework finds fault, and what it says; the last of a list first."""
    if isinstance(errors, dict):
        for name, inner in reversed(errors.items()):
            yield from wrong_parts(inner, path if name == "non_field_errors" else (*path, name))
    elif errors and all(isinstance(one, str) for one in errors):
        yield path, str(errors[0])
    else:
        for index, inner in reversed(list(enumerate(errors))):
            yield from wrong_parts(inner, (*path, index))


def _has(body: Any, path: Path) -> bool:
    for part in path:
        if not isinstance(body, dict | list):
            return False
        try:
            body = body[part]  # type: ignore[index]  # a name in a list is the TypeError below
        except (KeyError, IndexError, TypeError):
            return False
    return True


def without(body: Any, path: Path) -> Any:
    """A copy of a body that lacks what is at a path it has."""
    part, rest = path[0], path[1:]
    if isinstance(body, list) and isinstance(part, int):
        changed = [without(body[part], rest)] if rest else []
        return [*body[:part], *changed, *body[part + 1 :]]
    if rest:
        return {**body, part: without(body[part], rest)}
    return {name: value for name, value in body.items() if name != part}


def _said(body: Any, path: Path, reason: str) -> str:
    for part in path:
        body = body[part]
    name = ".".join(str(part) for part in path)
    if isinstance(body, dict | list):
        return _("“%(name)s” can't be used here: %(reason)s It is left out.") % {"name": name, "reason": reason}
    return _("“%(name)s=%(value)s” can't be used here: %(reason)s It is left out.") % {
        "name": name,
        "value": str(body)[:60],
        "reason": reason,
    }
