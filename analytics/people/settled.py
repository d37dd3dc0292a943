"""What this process knows to be in the database already, so that most batches ask it nothing."""

import sys
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from analytics.event import EventRow
from analytics.people.ids import IdKind, identity_id

T = TypeVar("T")

_UNKNOWN = sys.maxsize, 0  # no event is so late

MOST = 200_000  # entries of a kind: some 30 MB; then it starts anew


class Reread(Generic[T]):
    """A small answer of the database, kept for some seconds."""

    def __init__(self, read: Callable[[], T], seconds: float) -> None:
        self._read, self._seconds = read, seconds
        self._kept: tuple[float, T] | None = None

    def current(self) -> T:
        now = time.monotonic()
        if self._kept is None or now - self._kept[0] > self._seconds:
            self._kept = now, self._read()
        return self._kept[1]

    def forget(self) -> None:
        self._kept = None


class Settled:
    """A process's memory of rows it wrote or read; filled after a commit only.

    ``stamp`` is anything that differs once rows may have changed from under it.
    """

    def __init__(self) -> None:
        self.identities: dict[int, tuple[int, int]] = {}  # → first_us, first_touch_us
        self.claims: set[Hashable] = set()
        self.accounts: set[str] = set()
        self.pairs: dict[tuple[str, str], tuple[int, int]] = {}  # (user id, anonymous id) → as of both identities
        self._stamp: object = None

    def valid_for(self, stamp: object) -> "Settled":
        """This memory, emptied when ``stamp`` is another than last time."""
        if stamp != self._stamp:
            self.forget()
            self._stamp = stamp
        return self

    def forget(self) -> None:
        self.identities.clear()
        self.claims.clear()
        self.accounts.clear()
        self.pairs.clear()

    def knows(self, row: EventRow) -> bool:
        """Whether an event tells nothing of who is who that isn't written already."""
        if row.previous_id or row.traits or (row.account and row.account not in self.accounts):
            return False
        if not (row.user_id or row.anonymous_id):
            return True
        first_us, first_touch_us = self.pairs.get((row.user_id, row.anonymous_id), _UNKNOWN)
        return first_us <= row.at_us and (not row.touch or 0 < first_touch_us <= row.at_us)

    def covers(self, identity: int, first_us: int, first_touch_us: int) -> bool:
        """Whether an event of then would leave the identity's row as it is."""
        known = self.identities.get(identity)
        if known is None or known[0] > first_us:
            return False
        return not first_touch_us or 0 < known[1] <= first_touch_us

    def add(
        self,
        identities: Mapping[int, tuple[int, int]],
        claims: Iterable[Hashable],
        accounts: Iterable[str],
        pairs: Iterable[tuple[str, str]],
    ) -> None:
        for kept in (self.identities, self.claims, self.accounts, self.pairs):
            if len(kept) > MOST:
                kept.clear()
        self.identities.update(identities)
        self.claims.update(claims)
        self.accounts.update(accounts)
        self.pairs.update((pair, self._as_of_both(*pair)) for pair in pairs)

    def _as_of_both(self, user: str, anonymous: str) -> tuple[int, int]:
        """From when on events with both ids change neither identity; touches belong to the user where there is one."""
        named: tuple[tuple[IdKind, str], ...] = (("u", user), ("a", anonymous))
        numbers = [identity_id(kind, value) for kind, value in named if value]
        known = [self.identities.get(number, _UNKNOWN) for number in numbers]
        return max((first_us for first_us, _ in known), default=0), known[0][1] if known else 0
