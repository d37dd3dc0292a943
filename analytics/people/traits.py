"""Traits of people and accounts: how sent ones are kept, and how a person's are put together."""

from collections.abc import Iterable, Mapping
from typing import Any

Traits = Mapping[str, Any]

MOST_TRAITS = 500  # kept of one identity: a client that invents names must not grow a row without end
_LONGEST_SEARCH = 600
_NAMES = ("name", "displayName", "display_name", "username")
_NAME_PARTS = (("firstName", "lastName"), ("first_name", "last_name"))


def updated(kept: Traits, kept_us: int, sent: Traits, sent_us: int) -> tuple[dict[str, Any], int]:
    """What is kept, and the time of it, after ``sent``: newer traits replace, older ones fill gaps."""
    both = {**kept, **sent} if sent_us >= kept_us else {**sent, **kept}
    if len(both) > MOST_TRAITS:
        names = dict.fromkeys([*kept, *sent])
        both = {name: both[name] for name in list(names)[:MOST_TRAITS]}
    return both, max(kept_us, sent_us)


def merged(identities: Iterable[Traits]) -> dict[str, Any]:
    """One set of traits out of several, best first: of each name the first value that isn't null."""
    result: dict[str, Any] = {}
    for traits in identities:
        for name, value in traits.items():
            if value is not None and result.get(name) is None:
                result[name] = value
    return result


def name_of(traits: Traits) -> str:
    """What to call someone with these traits; empty when they don't say."""
    whole = next((text for key in _NAMES if (text := _text(traits, key))), "")
    parts = next((text for pair in _NAME_PARTS if (text := " ".join(_text(traits, key) for key in pair).strip())), "")
    return whole or parts


def email_of(traits: Traits) -> str:
    return _text(traits, "email")


def search_text(value: str, traits: Traits) -> str:
    """The lower-case text by which an identity is found: its id, name and e-mail."""
    told = (name_of(traits), email_of(traits)) if traits else ()  # of most there are none
    return " ".join(filter(None, (value, *told))).lower()[:_LONGEST_SEARCH]


def _text(traits: Traits, key: str) -> str:
    value = traits.get(key)
    return value.strip() if isinstance(value, str) else ""
