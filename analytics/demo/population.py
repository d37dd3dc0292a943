"""The people of the demo: when they come, from where, how far they get, and with whom they work."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.demo.plan import DAY, Plan

NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Population:
    """One entry per person. The first ``signups`` sign up; visitors follow, and then bots.

    Times are UTC microseconds, ``NEVER`` where it doesn't happen. Times and shares of people who
    sign up have ``signups`` entries.
    """

    plan: Plan
    signups: int
    visitors: int
    arrival: np.ndarray
    channel: np.ndarray
    touch: np.ndarray  # which of the channel's touches
    platform: np.ndarray
    zone: np.ndarray
    agent: np.ndarray
    second_platform: np.ndarray  # -1: one device only
    devices: np.ndarray  # anonymous id of each person's first device, then of each second one
    second_device: np.ndarray  # index into ``devices``; -1: none
    user_ids: np.ndarray

    signup: np.ndarray
    segment: np.ndarray
    activated: np.ndarray
    engaged: np.ndarray
    paid: np.ndarray
    workspace: np.ndarray  # -1: works alone
    founder: np.ndarray
    frailty: np.ndarray  # standard normal and less: the smaller, the longer they stay
    balance: np.ndarray  # of the wallet, in dollars; 0: none
    cta: np.ndarray  # variant of each person in the experiment; -1: not in it
    flow: np.ndarray
    pricing: np.ndarray

    @property
    def count(self) -> int:
        return len(self.arrival)

    @property
    def bots(self) -> int:
        return self.count - self.signups - self.visitors

    @cached_property
    def fast(self) -> np.ndarray:
        return self.activated - self.signup < DAY

    @cached_property
    def cohort(self) -> np.ndarray:
        return self.plan.month_of(self.signup // DAY)
