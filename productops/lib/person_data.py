"""What every app knows about a person, and how each takes it out or deletes it.

An app registers once, when it is ready; whoever exports or erases a person asks them all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PersonIds:
    """The ids under which a person may be found in any app."""

    identities: frozenset[int]
    user_ids: frozenset[str]
    anonymous_ids: frozenset[str]

    @property
    def texts(self) -> frozenset[str]:
        return self.user_ids | self.anonymous_ids


@dataclass(frozen=True)
class Keeper:
    """``export`` returns data that JSON can hold; ``erase`` deletes for good and returns how many rows.

    To erase twice must be harmless: an erasure is repeated after a failure and after a restore.
    """

    export: Callable[[PersonIds], Any]
    erase: Callable[[PersonIds], int]


_keepers: dict[str, Keeper] = {}


def register(name: str, *, export: Callable[[PersonIds], Any], erase: Callable[[PersonIds], int]) -> None:
    _keepers[name] = Keeper(export, erase)


def export_all(ids: PersonIds) -> dict[str, Any]:
    """What each app knows of this person, by the app's name."""
    return {name: keeper.export(ids) for name, keeper in sorted(_keepers.items())}


def erase_all(ids: PersonIds) -> dict[str, int]:
    """Delete what each app knows of this person; returns the number of rows by app."""
    return {name: keeper.erase(ids) for name, keeper in sorted(_keepers.items())}
