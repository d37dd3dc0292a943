"""What a run is asked for, and the chance and the calendar that follow from it."""

from dataclasses import dataclass
from datetime import date
from zlib import crc32

import numpy as np

EPOCH = date(1970, 1, 1)
SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 86_400 * SECOND


def day_number(day: date) -> int:
    return (day - EPOCH).days


@dataclass(frozen=True)
class Plan:
    """``people`` sign up and send about ``events`` events in the ``years`` that end as ``until`` begins (UTC).

    The first ``hours`` of that day may be part of the history, too: they belong to no year and no whole day.
    """

    people: int
    seed: int
    years: int
    until: date
    events: int
    hours: int = 0

    def random(self, purpose: str) -> np.random.Generator:
        """Chance of its own for each purpose, so that a change to one part leaves the others as they are."""
        return np.random.default_rng([self.seed, crc32(purpose.encode())])

    @property
    def first_day(self) -> int:
        leap = self.until.replace(day=28) if (self.until.month, self.until.day) == (2, 29) else self.until
        return day_number(leap.replace(year=leap.year - self.years))

    @property
    def end_day(self) -> int:
        """The first day that isn't over."""
        return day_number(self.until)

    @property
    def end(self) -> int:
        """The first microsecond without events (UTC)."""
        return self.end_day * DAY + self.hours * HOUR

    @property
    def drawn_day(self) -> int:
        """The first day for which nothing is drawn; of the one before, what comes after ``end`` is left out."""
        return self.end_day + (self.hours > 0)

    @property
    def months(self) -> np.ndarray:
        """First days of the calendar months that hold the history, and of the one after."""
        first = np.datetime64(self.first_day, "D").astype("datetime64[M]")
        last = np.datetime64(self.drawn_day - 1, "D").astype("datetime64[M]")
        return np.arange(first, last + 2).astype("datetime64[D]").astype(np.int64)

    def month_of(self, day: np.ndarray) -> np.ndarray:
        """Index into ``months`` of the month that holds each day."""
        return np.searchsorted(self.months, day, side="right") - 1


def chosen(probability: np.ndarray, strata: tuple[np.ndarray, ...], random: np.random.Generator) -> np.ndarray:
    """Choose about ``sum(probability)`` people, and in every stratum about its own sum: systematic sampling.

    Planted shares come out within one person instead of within a standard error.
    """
    order = np.lexsort((random.random(len(probability)), *strata))
    steps = np.floor(np.cumsum(probability[order]) + random.random())
    picked = np.empty(len(probability), dtype=bool)
    picked[order] = np.diff(steps, prepend=0.0) >= 1
    return picked


def scaled(probability: np.ndarray, total: float) -> np.ndarray:
    """The probabilities, scaled to sum to ``total`` while none passes 1."""
    probability = np.clip(probability, 0.0, 1.0)
    for _ in range(8):
        gap = total - probability.sum()
        room = (1.0 - probability) if gap > 0 else probability
        if not room.sum():
            break
        probability = np.clip(probability + gap * room / room.sum(), 0.0, 1.0)
    return probability
