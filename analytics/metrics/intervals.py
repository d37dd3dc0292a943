"""Confidence intervals of shares, and of the difference between two shares."""

from dataclasses import dataclass
from math import hypot, sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)  # of 95 %


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole`` people."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """None: of nobody, nothing can be said."""
        return self.part / self.whole if self.whole else None


def wilson(share: Share) -> tuple[float, float] | None:
    """Wilson's 95 % score interval, within 0 and 1. None: of nobody, there is none."""
    if not share.whole:
        return None
    part, whole = share.part / share.whole, share.whole
    middle = part + Z**2 / (2 * whole)
    reach = Z * sqrt(part * (1 - part) / whole + Z**2 / (4 * whole**2))
    scale = 1 + Z**2 / whole
    # At the ends a bound is the share itself, which rounding must not part.
    low = 0.0 if share.part == 0 else (middle - reach) / scale
    high = 1.0 if share.part == share.whole else (middle + reach) / scale
    return low, high


def newcombe(one: Share, other: Share) -> tuple[float, float] | None:
    """Newcombe's 95 % hybrid score interval of ``one − other``, two shares of different people.

    None: one of them is of nobody.
    """
    of_one, of_other = wilson(one), wilson(other)
    if of_one is None or of_other is None:
        return None
    first, second = one.part / one.whole, other.part / other.whole
    below = hypot(first - of_one[0], of_other[1] - second)
    above = hypot(of_one[1] - first, second - of_other[0])
    return first - second - below, first - second + above


def differences(one: list[Share], other: list[Share]) -> list[tuple[float, float] | None]:
    """Newcombe's interval at every offset that two curves have."""
    return [newcombe(*pair) for pair in zip(one, other, strict=False)]
