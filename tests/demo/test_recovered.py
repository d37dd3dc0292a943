"""What is planted in the demo is found again by asking the API's analyses, within the error of a sample of its size.

The planted rates are those of a population without end. A share of n people that is p in it lies within
3.29 √(p (1 − p) ÷ n) of p, 999 times in 1,000; for the share of the most active the same holds with the deviation of
its influence function in place of √(p (1 − p)). What the generator drew is found to the last person.
"""

from typing import Any

import numpy as np
import pytest

from analytics.demo.plan import Plan
from analytics.demo.services import Demo, generate
from analytics.demo.truths import Census, entries, iso
from tests.demo.conftest import UNTIL
from tests.explore.conftest import ask  # noqa: F401  (a fixture)

PLAN = Plan(people=4_000, seed=7, years=3, until=UNTIL, events=60_000)  # the default one, smaller
CERTAIN = 3.29  # standard errors either way, beyond which one in 1,000 lies
SIGNUP, VIDEO, SHARED = ({"event": name} for name in ("signup_completed", "first_video_created", "video_shared"))
SETTLED = 14  # days after which somebody has done the next step or never will


def within_error(share: float, planted: float, people: int, deviation: float | None = None) -> bool:
    deviation = (planted * (1 - planted)) ** 0.5 if deviation is None else deviation
    return abs(share - planted) <= CERTAIN * deviation / people**0.5


@pytest.fixture
def census(db, data_dir) -> Census:
    generate(PLAN)
    demo = Demo.of(PLAN)
    ledger = entries(np.concatenate([piece for piece, _ in demo.pieces()]))
    return Census(demo.population, ledger, "UTC", 0)


def converted(ask: Any, census: Census, days: dict[str, str], to_step: int) -> tuple[int, int]:  # noqa: F811
    """How many who signed up long enough before the end went on to a step, and of how many."""
    steps = {"steps": [SIGNUP, VIDEO, SHARED], "window": {"value": SETTLED, "unit": "day"}}
    trend = {"view": "trend", "grain": "day", "from_step": 0, "to_step": to_step}
    over = [
        period
        for period in ask("funnel", **days, **steps, **trend)["periods"]
        if period["period"] < iso(census.end_day - SETTLED)
    ]
    return sum(period["converted"] for period in over), sum(period["entered"] for period in over)


def first_times(census: Census) -> list[np.ndarray]:
    """When everyone did each step first; of those who signed up long enough before the end."""
    times = [census.times_of(step["event"]) for step in (SIGNUP, VIDEO, SHARED)]
    settled = (times[0] >= 0) & (times[0] < (census.end_day - SETTLED) * 86_400 * 10**6)
    return [settled, *(settled & (each >= 0) for each in times[1:])]


@pytest.mark.slow
def test_the_planted_funnel_retention_and_power_law_are_found_again(ask, census: Census) -> None:  # noqa: F811
    days = {"from": iso(PLAN.first_day), "to": iso(census.end_day - 1)}
    signed_up, activated, engaged = (int(who.sum()) for who in first_times(census))

    assert converted(ask, census, days, 1) == (activated, signed_up)
    assert within_error(activated / signed_up, 0.60, signed_up)
    assert converted(ask, census, days, 2) == (engaged, signed_up)
    assert within_error(1 - engaged / activated, 0.55, activated)

    whole_months = {"from": days["from"], "to": str(np.datetime64(UNTIL, "M") - np.timedelta64(1, "D"))}
    cohorts = {"start": SIGNUP, "return": {"event": None}, "mode": "first_time", "grain": "month"}
    average = ask("retention", **whole_months, **cohorts)["average"]
    for month, planted in ((1, 0.45), (3, 0.29), (6, 0.19)):
        found = average[month]
        assert (found["numerator"], found["denominator"]) == census.retention(month, np.ones(census.people.count, bool))
        assert within_error(found["value"], planted, found["denominator"])

    found = ask("concentration", **days, selector={"event": None}, top=0.1)
    times = np.bincount(census.ledger["person"][census.ledger["active"]])
    times = times[times > 0]
    assert (found["people"]["all"], found["events"]) == (len(times), times.sum())
    assert found["share_of_top"] == pytest.approx(census.share_of_top(0.1), abs=1e-3)
    least = np.quantile(times, 0.9)
    influence = (np.maximum(times - least, 0) + 0.1 * least - found["share_of_top"] * times) / times.mean()
    assert within_error(found["share_of_top"], 0.50, len(times), influence.std())
