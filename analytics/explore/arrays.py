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

from analytics.explore.asking import Asking
from analytics.explore.periods import Periods
from analytics.explore.selecting import Question, Selector, in_segment
from analytics.metrics.timelines import Flags, Ints, Places, Timelines

Result = TypeVar("Result")


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

    def places(self, selector: Selector) -> Ints:
        """Where in the timelines those lie that a selector chooses, in order."""
        return self._of_the_question(self.timelines.places(selector.event).astype(np.int64))

    def of_parts(self, selector: Selector, work: Callable[[Ints], Result]) -> list[Result]:
        """What ``work`` makes of the same places, of some people after the other."""
        places = self.timelines.places(selector.event)
        ends = np.array([end for _, end in self.timelines.cuts], places.dtype)  # of another type all would be copied
        parts = pairwise([0, *np.searchsorted(places, ends).tolist()])

        def of_part(part: tuple[int, int]) -> Result:
            return work(self._of_the_question(places[slice(*part)].astype(np.int64)))

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(of_part, parts))

    def of_parts_of(self, kinds: Flags, work: Callable[[Ints], Result]) -> list[Result]:
        """The same with the places of some kinds, of which each has a flag."""

        def of_part(part: tuple[int, int]) -> Result:
            begin, end = part
            return work(self._of_the_question(np.flatnonzero(kinds[self.timelines.kind[begin:end]]) + begin))

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(of_part, self.timelines.cuts))

    def _of_the_question(self, places: Ints) -> Ints:
        lines = self.timelines
        if len(places) and not (self.since_us <= lines.first_us and lines.last_us < self.until_us):
            at = lines.at_us[places]
            places = places[(at >= self.since_us) & (at < self.until_us)]
        return places if self.members is None else places[self.members[lines.who[places]]]


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
    lines = happened.timelines

    def of_part(places: Ints) -> tuple[Places, Ints, Ints]:
        who, period = lines.who[places], periods.numbers(lines.at_us[places])
        first = np.flatnonzero(changes(who) | changes(period))
        return who[first], period[first], np.diff(first, append=len(who))

    found = happened.of_parts(selector, of_part) or [of_part(np.empty(0, np.int64))]
    return Active(*(np.concatenate(column) for column in zip(*found, strict=True)))


def rolling(active: Active, days: int, trailing: int) -> Ints:
    """For each of so many days, which are the periods, who was active on it or on the ``trailing`` − 1 before.

    A day of somebody covers those that follow, up to the next one of the same person.
    """
    inside = (active.period >= 0) & (active.period < days)
    who, day = active.who[inside], active.period[inside]
    following = np.append(np.where(changes(who)[1:], days, day[1:]), days)[: len(day)]
    until = np.minimum(day + trailing, following)
    come = np.bincount(day, minlength=days + 1)
    gone = np.bincount(np.minimum(until, days), minlength=days + 1)
    return np.cumsum(come - gone)[:days]


def changes(numbers: npt.NDArray[np.integer[Any]]) -> Flags:
    """Where another number begins."""
    found = np.ones(len(numbers), np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=found[1:])
    return found
