from datetime import date

import numpy as np
import pytest

from analytics.demo.plan import Plan
from analytics.demo.services import Demo
from analytics.demo.truths import Census, entries

UNTIL = date(2026, 3, 11)


def small(**changes) -> Plan:
    """A plan that takes some seconds with everything it writes."""
    return Plan(**{"people": 600, "seed": 3, "years": 1, "until": UNTIL, "events": 9_000} | changes)


@pytest.fixture(scope="session")
def whole() -> Demo:
    """The demo as it is by default."""
    return Demo.of(Plan(people=50_000, seed=7, years=3, until=UNTIL, events=750_000))


@pytest.fixture(scope="session")
def events(whole: Demo) -> np.ndarray:
    return np.concatenate([piece for piece, _ in whole.pieces()])


@pytest.fixture(scope="session")
def census(whole: Demo, events: np.ndarray) -> Census:
    return Census(whole.population, entries(events), "UTC", 0)
