"""What this process knows to be in the database already, so that most batches ask it nothing."""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

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

    def covers(self, identity: int, first_us: int, first_touch_us: int) -> bool:
        """Whether an event of then would leave the identity's row as it is."""
        known = self.identities.get(identity)
        if known is None or known[0] > first_us:
            return False
        return not first_touch_us or 0 < known[1] <= first_touch_us

    def add(
        self, identities: Mapping[int, tuple[int, int]], claims: Iterable[Hashable], accounts: Iterable[str]
    ) -> None:
        for kept in (self.identities, self.claims, self.accounts):
            if len(kept) > MOST:
                kept.clear()
        self.identities.update(identities)
        self.claims.update(claims)
        self.accounts.update(accounts)
