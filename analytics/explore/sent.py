"""Which properties sent with events a question is about: the store may keep columns of them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from analytics.explore.conditions import NAMES_A_PROPERTY, is_sent
from analytics.explore.segments.members import Listed


def sent_properties(asked: Any) -> set[str]:
    """Those that a question or a segment of people names anywhere."""
    return {name for name in _named(asked) if is_sent(name)}


def _named(asked: Any) -> Iterator[str]:
    if isinstance(asked, tuple):
        for part in asked:
            yield from _named(part)
    elif is_dataclass(asked) and not isinstance(asked, Listed):  # a list of people can be long
        for field in fields(asked):
            value = getattr(asked, field.name)
            if field.name in NAMES_A_PROPERTY and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
