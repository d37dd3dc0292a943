"""The planted rates: what was meant, what came out, and how far apart they may be."""

from typing import Any

import numpy as np

from analytics.demo import world
from analytics.demo.plan import DAY
from analytics.demo.truths import Census, settled_before

_SETTLED = 14  # days after which activation and engagement have happened or never will


def _rate(definition: str, planted: float, got: float, tolerance: float) -> dict[str, Any]:
    return {"definition": definition, "planted": planted, "actual": round(float(got), 5), "tolerance": tolerance}


def _share(part: np.ndarray, whole: np.ndarray) -> float:
    return float((part & whole).sum() / max(whole.sum(), 1))


def rates(census: Census) -> dict[str, dict[str, Any]]:
    """Planted parameters by name. Tolerances are those of sampling at 50,000 people."""
    settled = settled_before(census, _SETTLED)
    activated, engaged = census.times_of("first_video_created") >= 0, census.times_of("video_shared") >= 0
    everyone = settled_before(census, 0)
    end = census.end_day
    found = {
        "activation_rate": _rate(
            "first_video_created ÷ signup_completed, people who signed up at least 14 days before the end",
            0.60,
            _share(activated, settled),
            0.01,
        ),
        "activation_to_engagement_drop": _rate(
            "1 − people with video_shared ÷ people with first_video_created, signed up at least 14 days before the end",
            0.55,
            1 - _share(engaged, settled & activated),
            0.015,
        ),
        "stickiness": _rate(
            "mean over the last 90 days of: mean DAU of the 30 days up to it ÷ MAU on it",
            0.35,
            sum(census.stickiness(end - back) for back in range(1, 91)) / 90,
            0.02,
        ),
        "share_of_top_tenth": _rate(
            "active events by the most active 10 % ÷ active events, of all people ever active, whole history",
            0.50,
            census.share_of_top(0.1),
            0.03,
        ),
        **_paid(census),
        **_retained(census, everyone),
    }
    found |= _shares("segment", census.people.segment, [(each.key, each.share) for each in world.SEGMENTS])
    channel = census.people.channel[: census.people.signups]
    found |= _shares("channel", channel, [(each.key, each.share) for each in world.CHANNELS])
    return found


def _shares(dimension: str, values: np.ndarray, parts: list[tuple[str, float]]) -> dict[str, dict[str, Any]]:
    came = np.bincount(values, minlength=len(parts)) / len(values)
    return {
        f"{dimension}_{key}": _rate(f"share of {key} among the people who sign up", share, actual, 0.015)
        for (key, share), actual in zip(parts, came.tolist(), strict=True)
    }


def _paid(census: Census) -> dict[str, dict[str, Any]]:
    old = settled_before(census, 40)
    paid = census.times_of("upgrade_to_pro") >= 0
    segment = np.full(census.people.count, -1)
    segment[: census.people.signups] = census.people.segment
    of = {each.key: _share(paid, old & (segment == number)) for number, each in enumerate(world.SEGMENTS)}
    return {
        "paid_share": _rate(
            "people with upgrade_to_pro ÷ signup_completed, signed up at least 40 days before the end",
            0.13,
            _share(paid, old),
            0.01,
        ),
        "enterprise_converts": _rate(
            "paid share of enterprise ÷ paid share of individuals, signed up at least 40 days before the end",
            world.ENTERPRISE_CONVERTS,
            of["enterprise"] / max(of["individual"], 1e-9),
            0.6,
        ),
    }


def _retained(census: Census, everyone: np.ndarray) -> dict[str, dict[str, Any]]:
    def retention(offset: int, among: np.ndarray = everyone) -> float:
        back, of = census.retention(offset, among)
        return back / max(of, 1)

    cohort = np.full(census.people.count, -1)
    cohort[: census.people.signups] = census.people.cohort
    late = cohort >= (len(census.people.plan.months) - 1) // 2
    signup, activated = census.times_of("signup_completed"), census.times_of("first_video_created")
    fast = (activated >= 0) & (activated - signup < DAY)
    what = (
        "people active in calendar month {} after that of signup_completed ÷ people of the cohort, months that are over"
    )
    return {
        **{
            f"retention_month_{offset}": _rate(what.format(offset), world.RETENTION[offset], retention(offset), 0.01)
            for offset in (1, 3, 6)
        },
        "late_cohorts_better": _rate(
            "month-1 retention of the younger half of the cohort months ÷ that of the older half − 1",
            world.LATE_COHORTS_BETTER,
            retention(1, everyone & late) / max(retention(1, everyone & ~late), 1e-9) - 1,
            0.03,
        ),
        "fast_activation_retains": _rate(
            "month-1 retention of people activated within 24 hours of signing up ÷ that of all others",
            world.FAST_RETAINS,
            retention(1, fast) / max(retention(1, everyone & ~fast), 1e-9),
            0.1,
        ),
    }
