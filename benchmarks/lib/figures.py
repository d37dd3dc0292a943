"""What a row of the benchmark says."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Figures:
    """One measured figure against its goal, and what it was made of."""

    title: str
    value: float
    unit: str  # "×", "bytes", "MB", "s"
    goal: float
    direction: Literal["at least", "at most"]
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        return self.value >= self.goal if self.direction == "at least" else self.value <= self.goal


def percentile(values: Sequence[float], share: float) -> float:
    return statistics.quantiles(values, n=1000, method="inclusive")[round(share * 1000) - 1]
