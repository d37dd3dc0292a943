"""The steps of a funnel's answer: how many reached each, and where most stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analytics.explore.pages.shared import event_name


@dataclass(frozen=True)
class Step:
    """One step of a funnel: how many reached it, of those who began and of those at the step before it."""

    number: int
    name: str
    people: int
    start: int
    before: int
    median_seconds: float | None
    optional: bool = False

    @property
    def of_start(self) -> float | None:
        return self.people / self.start if self.start else None

    @property
    def of_before(self) -> float | None:
        return self.people / self.before if self.number > 1 and self.before else None

    @property
    def lost(self) -> int:
        return 0 if self.number == 1 or self.optional else self.before - self.people


def steps_of(asked: Mapping[str, Any], told: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps of an answer; people come to a step from the one before it that can't be left out."""
    start = told[0]["count"] if told else 0
    before, found = start, []
    for number, (step, figures) in enumerate(zip(asked["steps"], told, strict=True), 1):
        optional = bool(step.get("optional"))
        found.append(
            Step(number, event_name(step), figures["count"], start, before, figures["median_seconds"], optional)
        )
        before = before if optional else figures["count"]
    return found


def largest_loss(steps: Sequence[Step]) -> Step | None:
    """The step before which most people stop; None where nobody does."""
    losing = [step for step in steps if step.lost > 0]
    return max(losing, key=lambda step: step.lost, default=None)
