"""The events of a question as arrays, where their names alone choose them: no engine is asked."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeVar

import ibis
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.explore import passes
from analytics.explore.asking import Asking
from analytics.explore.periods import Periods
from analytics.explore.selecting import Question, Selector, in_segment
from analytics.metrics.timelines import Flags, Ints, Places, Timelines

Result = TypeVar("Result")

EVERYONE = np.empty(0, np.bool_)


@dataclass(frozen=True)
class Happened:
    """Events from ``since_us`` until before ``until_us``, of members (None: of everyone)."""

    timelines: Timelines
    since_us: int
    until_us: int
    members: Flags | None
    threads: int = 1

    def of_shares(self, work: Callable[[tuple[int, int]], Result]) -> list[Result]:
        """What ``work`` makes of the people from one place to before another, for as many shares as there are threads.

        NumPy lets threads run beside each other.
        """
        bounds = np.searchsorted(self.timelines.starts, np.linspace(0, len(self.timelines), self.threads + 1))
        shares = list(pairwise([*bounds[:-1].tolist(), len(self.timelines.people)]))
        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(work, shares))

    def of_people(self, share: tuple[int, int]) -> passes.Events:
        """What there is of a share of the people, for a pass over it."""
        lines, (first, end) = self.timelines, share
        members = EVERYONE if self.members is None else self.members[first:end]
        return passes.Events(
            lines.starts[first : end + 1], lines.at_us, lines.kind, members, self.since_us, self.until_us
        )


def happened_by_name(
    asking: Asking,
    question: Question,
    selectors: Iterable[Selector],
    *,
    since_us: int | None = None,
    until_us: int | None = None,
) -> Happened | None:
    """What ``selecting.happened`` gives; None where more than names chooses, or nothing is kept."""
    if question.filters or any(selector.filters for selector in selectors) or asking.dialect:
        return None
    timelines = asking.tables.timelines()
    if timelines is None:
        return None
    first_us, last_us = question.bounds_us
    since = first_us if since_us is None else since_us
    until = last_us if until_us is None else until_us
    members = None if question.segment is None else _members(asking, question, timelines.people)
    return Happened(timelines, since, until, members, asking.threads)


def _members(asking: Asking, question: Question, people: Ints) -> Flags:
    everyone = ibis.memtable(pa.table({"person": people}))
    members = in_segment(asking.tables, everyone, question).select("person").distinct()
    return np.isin(people, members.to_pyarrow()["person"].to_numpy())


@dataclass(frozen=True)
class Active:
    """Who was active in which periods, people after people, and how often: ``times``."""

    who: Places
    period: Ints
    times: Ints

    @cached_property
    def begins(self) -> Flags:
        """Which row is the first of its person."""
        return changes(self.who)


def active_in(happened: Happened, selector: Selector, periods: Periods) -> Active:
    """The periods by number: below 0 before the first, from their count on after the last, each of these as one."""
    chosen, starts_us = happened.timelines.bits([selector.event]) == 1, np.array(periods.starts_us)

    def of_share(share: tuple[int, int]) -> tuple[Places, Ints, Ints]:
        who, period, times = passes.active(happened.of_people(share), chosen, starts_us)
        return who + np.int32(share[0]), period, times

    return Active(*(np.concatenate(column) for column in zip(*happened.of_shares(of_share), strict=True)))


def numbered(keys: Ints) -> tuple[Ints, Ints]:
    """The different keys, which aren't negative, in order; and the place of each one's among them."""
    most = int(keys.max(initial=0)) + 1
    if most > 4 * len(keys) + 1_000_000:
        found, place = np.unique(keys, return_inverse=True)
        return found, place
    there = np.zeros(most, np.bool_)
    there[keys] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[keys]


def changes(numbers: npt.NDArray[np.integer[Any]]) -> Flags:
    """Where another number begins."""
    found = np.ones(len(numbers), np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=found[1:])
    return found
