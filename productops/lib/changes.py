"""What became of a figure since before: how much, in which direction, and whether it is more than chance."""

import math
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from productops.lib.numbers import fixed, percent, points, signed, written_compactly

Z_95 = 1.959964
MINIMUM_PEOPLE = 30

Better = Literal["up", "down", ""]
Verdict = Literal["good", "bad", "none"]


def count_noise(now: float, before: float) -> float:
    """Half-width of the 95 % interval of the difference of two counts of independent occurrences (Poisson)."""
    return Z_95 * math.sqrt(now + before)


def share_noise(share_now: float, n_now: int, share_before: float, n_before: int) -> float:
    """Half-width of the 95 % interval of the difference of two independent shares; infinite without people."""
    if not n_now or not n_before:
        return math.inf
    return Z_95 * math.sqrt(share_now * (1 - share_now) / n_now + share_before * (1 - share_before) / n_before)


@dataclass(frozen=True)
class Change:
    """``now`` against ``before``, both of ``kind`` (a key of ``numbers.FORMATS``).

    ``better`` is the direction that is good news, blank when neither is. ``noise`` is the half-width
    within which the difference may be chance, in the unit of the figures; None when it isn't known.
    """

    now: float
    before: float
    kind: str = "count"
    better: Better = "up"
    noise: float | None = None

    @property
    def difference(self) -> float:
        return self.now - self.before

    @property
    def clear(self) -> bool:
        """Whether there is a change to speak of."""
        return self.difference != 0 and (self.noise is None or abs(self.difference) > self.noise)

    @property
    def direction(self) -> Literal["up", "down"]:
        return "up" if self.difference > 0 else "down"

    @property
    def verdict(self) -> Verdict:
        if not self.clear or not self.better:
            return "none"
        return "good" if self.direction == self.better else "bad"

    @property
    def size(self) -> str:
        """Without sign: shares in percentage points, others relative, or in their own unit when they were 0."""
        if self.kind == "percent":
            return points(abs(self.difference))
        if not self.before:
            return written_compactly(abs(self.difference), self.kind)
        share = abs(self.difference / self.before)
        return f"{fixed(share * 100, 0)}%" if share >= 10 else percent(share)

    @property
    def text(self) -> str:
        """``3.1%``, ``1.9 pp worse``, or that nothing clear happened; the arrow is drawn beside it."""
        if not self.clear:
            return _("No clear change")
        return _("%(size)s worse") % {"size": self.size} if self.verdict == "bad" else self.size

    @property
    def spoken(self) -> str:
        """The same for those who don't see the arrow: ``+3.1%``."""
        if not self.clear:
            return self.text
        return signed(self.text) if self.direction == "up" else f"−{self.text}"
