"""Clients send the oddest types: a value taken for what it should be, or for nothing."""

from typing import Any

from analytics.people.ids import is_generic


def as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_id(value: Any) -> str:
    """An id as text; empty when it is missing or names nobody."""
    if isinstance(value, str):
        return "" if is_generic(value) else value
    if isinstance(value, int) and not isinstance(value, bool):
        return as_id(str(value))
    return ""
