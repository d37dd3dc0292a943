"""What may be asked of a funnel."""

from dataclasses import dataclass, replace
from typing import Literal

from analytics.explore.periods import Grain
from analytics.explore.selecting import Question, Selector
from analytics.metrics.calendar import Unit

VALUES_SHOWN = 25


@dataclass(frozen=True)
class Step(Selector):
    """``first_time``: only the first in all history counts, of the ``event`` or of the ``event_with_filters``."""

    optional: bool = False
    first_time: Literal["event", "event_with_filters"] | None = None


@dataclass(frozen=True)
class Exclusion(Selector):
    """Whoever does this after step ``from_step`` and before ``to_step`` (both from 0) leaves the funnel."""

    from_step: int = 0
    to_step: int = 1


@dataclass(frozen=True)
class Window:
    """How long an attempt may take from its first step on, the end included."""

    value: int = 14
    unit: Unit = "day"


@dataclass(frozen=True)
class Breakdown:
    """The value of a property by which people are told apart.

    It is the first or the last that a person's events carry, each one they carry (then only events
    with that value count), or the one at ``step``.
    """

    property: str
    attribution: Literal["first_touch", "last_touch", "all_events", "step"] = "first_touch"
    step: int = 0

    def is_of_person(self) -> bool:
        """Whether everyone has one value for all of their events."""
        return self.attribution in ("first_touch", "last_touch")


@dataclass(frozen=True, kw_only=True)
class Funnel(Question):
    steps: tuple[Step, ...]
    order: Literal["ordered", "strict", "unordered"] = "ordered"
    window: Window = Window()
    exclusions: tuple[Exclusion, ...] = ()
    breakdown: Breakdown | None = None
    view: Literal["steps", "trend", "time_to_convert"] = "steps"
    grain: Grain = "day"
    bins: int | None = None
    from_step: int = 0
    to_step: int = -1
    """The last step that trend and time to convert look at; −1: the funnel's last."""

    @property
    def until_step(self) -> int:
        return self.to_step if self.to_step >= 0 else len(self.steps) - 1

    @property
    def first_step(self) -> int:
        """The bits of the steps with which an attempt may begin."""
        return (1 << len(self.steps)) - 1 if self.order == "unordered" else 1

    @property
    def may_be_alike(self) -> bool:
        """Whether an event may be several of the steps."""
        names = {step.event for step in self.steps}
        return None in names or len(names) < len(self.steps)

    def as_looked_at(self) -> "Funnel":
        """A trend ends with the last step it looks at, and so do exclusions; in any order it asks for all steps."""
        until = self.until_step
        if self.view != "trend" or self.order == "unordered" or (self.breakdown and self.breakdown.step > until):
            return self
        exclusions = [replace(each, to_step=min(each.to_step, until)) for each in self.exclusions]
        exclusions = [each for each in exclusions if each.from_step < until]
        return replace(self, steps=self.steps[: until + 1], exclusions=tuple(exclusions), to_step=until)

    @property
    def key(self) -> tuple[str, ...]:
        """What one result is of: a person, by value of the breakdown and by the period of their first step."""
        by_value = ("value",) if self.breakdown else ()
        return ("person", *by_value, *(("period",) if self.view == "trend" else ()))

    def ways(self, step: int) -> list[int]:
        """The steps from which one may come to ``step``, the nearest first."""
        ways = [step - 1]
        while ways[-1] > 0 and self.steps[ways[-1]].optional:
            ways.append(ways[-1] - 1)
        return ways

    @property
    def mandatory_before(self) -> tuple[int, ...]:
        """For each step the one before it that can't be left out; −1 for the first."""
        before, found = -1, []
        for number, step in enumerate(self.steps):
            found.append(before)
            if not step.optional:
                before = number
        return tuple(found)


@dataclass(frozen=True)
class Point:
    """One figure: who did ``step``, or who did what comes before ``dropped_before`` and not that."""

    step: int | None = None
    dropped_before: int | None = None
    breakdown: str | None = None
    period: int | None = None
    """Its number in a trend."""
