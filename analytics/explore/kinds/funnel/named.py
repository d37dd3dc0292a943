"""A funnel of names alone: told from arrays, without asking the engine."""

from typing import Any

import numpy as np

from analytics.explore.arrays import happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.kinds.funnel import passes
from analytics.explore.kinds.funnel.question import Funnel
from analytics.metrics.calendar import SECOND_US
from analytics.metrics.quantiles import quantile_of
from analytics.metrics.timelines import Ints


def done(asking: Asking, funnel: Funnel) -> passes.Steps | None:
    """Of each step the people who did it, and when; None where the engine is to be asked."""
    if not passes.can_take_names(funnel):
        return None
    happened = happened_by_name(asking, funnel, funnel.steps)
    return None if happened is None else passes.of_names(happened, funnel)


def counts(funnel: Funnel, steps: passes.Steps, fractions: dict[str, tuple[int, int]]) -> list[dict[str, Any]]:
    """``step, count, mean_seconds`` and what ``fractions`` name, as ``views`` has them of the engine."""
    found = []
    for step, (numbers, at) in enumerate(steps):
        if len(numbers):
            before = funnel.mandatory_before[step]
            us = at - _when(steps[before], numbers) if before >= 0 else at
            seconds = np.sort(us) / SECOND_US
            times = {name: quantile_of(seconds, *fraction) for name, fraction in fractions.items()}
            mean = float(us.sum()) / len(us) / SECOND_US
            found.append({"step": step, "count": len(numbers), "mean_seconds": mean, **times})
    return found


def seconds_between(steps: passes.Steps, first: int, last: int) -> list[float]:
    """From one step to another, of those who did both, in order."""
    numbers, ended = steps[last]
    both = np.isin(numbers, steps[first][0])
    us = ended[both] - _when(steps[first], numbers[both])
    return (np.sort(us) / SECOND_US).tolist()


def _when(step: tuple[Ints, Ints], numbers: Ints) -> Ints:
    """When these, who are among those that did a step, did it."""
    return step[1][np.searchsorted(step[0], numbers)]
