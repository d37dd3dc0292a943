"""What a query process loads before its first question, so that nobody has to wait for it."""

from datetime import date
from typing import NoReturn

import numpy as np

from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from analytics.explore.kinds.adoption import Adoption
from analytics.explore.kinds.funnel.question import Funnel, Step
from analytics.explore.kinds.paths import Paths
from analytics.explore.kinds.trend import Series, Trend
from analytics.explore.selecting import Question
from analytics.metrics.tables import Tables
from analytics.metrics.timelines import Kind, Timelines
from analytics.store import engine

DAY = date(2025, 1, 1)
QUESTIONS: dict[str, Question] = {
    "trend": Trend(series=(Series(measure="wau"),), first=DAY, last=DAY, timezone="UTC"),
    "funnel": Funnel(steps=(Step("a"), Step("b")), first=DAY, last=DAY, timezone="UTC"),
    "paths": Paths(first=DAY, last=DAY, timezone="UTC"),
    "adoption": Adoption(first=DAY, last=DAY, timezone="UTC"),
}


def get_ready() -> None:
    """Load the engine, and every pass over timelines as it is compiled, or compile it where it never was."""
    with engine.chosen().session():
        pass
    events = _event(1).with_more(_event(2))
    for kind, question in QUESTIONS.items():
        KINDS[kind].answer(Asking(Tables(_no_table, lambda: events)), question)


def _event(at_us: int) -> Timelines:
    kind, session = np.zeros(1, np.int32), np.zeros(1, np.int64)
    return Timelines(np.array([1]), np.array([0, 1]), np.array([at_us]), kind, session, (Kind("a", False, "a", ""),))


def _no_table(name: str) -> NoReturn:
    raise LookupError(name)
