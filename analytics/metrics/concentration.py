"""How unequally an activity is spread over people: the Lorenz curve and what is read off it, exactly."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

POINTS = 100  # the curve is given at as many equal steps, where it has more corners than that


@dataclass(frozen=True)
class Spread:
    """Corners of the Lorenz curve, from the least active person on: ``people`` of them do ``done`` together."""

    people: tuple[int, ...]
    done: tuple[int, ...]

    @property
    def total(self) -> tuple[int, int]:
        """How many people there are, and what they do together."""
        return self.people[-1], self.done[-1]

    def lowest(self, share: Fraction) -> Fraction:
        """The share of the activity that the least active ``share`` of the people do, a part of a person in proportion.

        There must be somebody.
        """
        everyone, all_done = self.total
        wanted = share * everyone
        after = max(bisect_left(self.people, wanted), 1)
        before = after - 1
        part = Fraction(wanted - self.people[before], self.people[after] - self.people[before])
        return (self.done[before] + part * (self.done[after] - self.done[before])) / all_done

    def highest(self, share: Fraction) -> Fraction:
        """The share of the activity that the most active ``share`` of the people do."""
        return 1 - self.lowest(1 - share)

    @property
    def gini(self) -> Fraction:
        """0 where all do the same, near 1 where one does everything: twice the area between the curve and equality."""
        everyone, all_done = self.total
        below = sum(
            (self.people[at] - self.people[at - 1]) * (self.done[at] + self.done[at - 1])
            for at in range(1, len(self.people))
        )
        return 1 - Fraction(below, everyone * all_done)

    @property
    def lorenz(self) -> list[tuple[Fraction, Fraction]]:
        """Shares of people and of what they do: one point for each person, or at every hundredth of many."""
        steps = min(self.total[0], POINTS)
        return [(Fraction(step, steps), self.lowest(Fraction(step, steps))) for step in range(steps + 1)]


def spread(counts: Mapping[int, int]) -> Spread:
    """``counts`` says of how many people each did a number of things, which is above 0."""
    ascending = sorted(counts.items())
    return Spread(
        tuple(accumulate((people for _, people in ascending), initial=0)),
        tuple(accumulate((each * people for each, people in ascending), initial=0)),
    )
