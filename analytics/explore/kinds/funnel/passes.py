"""How far each key of a funnel got, as passes over arrays: what ``attempts.reached`` says, many times as fast.

Events lie in the order of their keys and times. An attempt is known by its first step's place among
all first steps, which never decreases from one event that is reached to the next: so the most
recent attempt is the one of the last place reached before, found by halving.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.explore.arrays import Happened, changes
from analytics.explore.kinds.funnel.question import Funnel
from analytics.explore.selector import Selector
from analytics.metrics.calendar import ahead
from analytics.metrics.timelines import Flags, Ints

AnyInts = npt.NDArray[np.integer[Any]]
NO_TURN = 2**62  # of what is no step: after all that are

Steps = list[tuple[Ints, Ints]]
"""Of each step the numbers of the keys that did it, in order, and when (UTC microseconds)."""


def can_take(funnel: Funnel) -> bool:
    return funnel.order != "unordered" and not funnel.exclusions


def can_take_names(funnel: Funnel) -> bool:
    """Whether the names of events tell all: people are the keys, and all of their events may begin an attempt."""
    return can_take(funnel) and funnel.key == ("person",) and not any(step.first_time for step in funnel.steps)


def of_names(happened: Happened, funnel: Funnel) -> Steps:
    """Keys are places in the people of the timelines."""
    lines = happened.timelines
    places = [happened.places(step) for step in funnel.steps]
    anything = happened.places(Selector()) if funnel.order == "strict" else None
    bits, every_tied = lines.bits([step.event for step in funnel.steps]), lines.tied

    def of_share(share: tuple[int, int]) -> Steps:
        starts = lines.starts[share[0] : share[1] + 1]
        begin, end = int(starts[0]), int(starts[-1])
        steps = [_from_to(each, begin, end) for each in places]
        who, at, kind = lines.who[begin:end], lines.at_us[begin:end], lines.kind[begin:end]
        starts, tied = starts - begin, every_tied[begin:end]
        if anything is not None:  # whatever else is done lies between
            every = _all([*steps, _from_to(anything, begin, end)], end - begin)
            steps, starts = [np.searchsorted(every, each) for each in steps], np.searchsorted(every, starts)
            who, at, kind, tied = who[every], at[every], kind[every], tied[every]
        same = np.flatnonzero(tied)
        may_be = bits[kind[same]]
        if anything is None:
            same, may_be = same[may_be > 0], may_be[may_be > 0]
        steps = _in_turn(who, at, steps, same, may_be)
        done = _Passes(starts, who - share[0], at, tied, steps, funnel).done()
        return [(numbers + share[0], when) for numbers, when in done]

    by_step = zip(*happened.of_shares(of_share), strict=True)
    return [(np.concatenate([who for who, _ in step]), np.concatenate([at for _, at in step])) for step in by_step]


def _from_to(places: Ints, begin: int, end: int) -> Ints:
    """Those of the places that lie there, counted from where it begins."""
    first, last = np.searchsorted(places, (begin, end))
    return places[first:last] - begin


def _all(places: list[Ints], length: int) -> Ints:
    found = np.zeros(length, np.bool_)
    for each in places:
        found[each] = True
    return np.flatnonzero(found)


def of_rows(rows: pa.Table, funnel: Funnel) -> pa.Table:
    """``funnel.key, step, at_us, before_us``, from the rows of ``matching.matched`` in any order."""
    numbers, keys = _numbered(rows, funnel.key)
    at, steps = rows["at_us"].to_numpy(), rows["steps"].to_numpy()
    order = _order(numbers, at, steps)
    steps, begins = steps[order], rows["begins"].to_numpy(zero_copy_only=False)[order]
    places = [np.flatnonzero(steps & 1 << step) for step in range(len(funnel.steps))]
    places[0] = places[0][begins[places[0]]]
    numbers, at = numbers[order], at[order]
    starts = np.searchsorted(numbers, np.arange(keys.num_rows + 1))
    tied = _with_either_side((numbers[1:] == numbers[:-1]) & (at[1:] == at[:-1]))
    return _table(_Passes(starts, numbers, at, tied, places, funnel).done(), keys, funnel)


def _table(done: Steps, keys: pa.Table, funnel: Funnel) -> pa.Table:
    """``funnel.key, step, at_us, before_us``; the numbers of ``keys`` are their places."""
    parts = []
    for step, (number, at) in enumerate(done):
        before = np.zeros(len(number), np.int64)
        way = funnel.mandatory_before[step]
        if way >= 0:
            before = done[way][1][np.searchsorted(done[way][0], number)]
        parts.append(pa.table({"number": number, "step": np.full(len(number), step), "at_us": at, "before_us": before}))
    found = pa.concat_tables(parts)
    named = keys.take(found["number"])
    return pa.table(
        {**{name: named[name] for name in funnel.key}, **{n: found[n] for n in ("step", "at_us", "before_us")}}
    )


def _numbered(rows: pa.Table, key: tuple[str, ...]) -> tuple[Ints, pa.Table]:
    """A number for each row's key, and the keys in the order of their numbers."""
    if key == ("person",):
        people, numbers = np.unique(rows["person"].to_numpy(), return_inverse=True)
        return numbers, pa.table({"person": people})
    distinct = rows.select(key).group_by(list(key)).aggregate([])
    places = rows.select(key).append_column("place", pa.array(np.arange(rows.num_rows)))
    joined = places.join(distinct.append_column("number", pa.array(np.arange(distinct.num_rows))), keys=list(key))
    numbers = np.empty(rows.num_rows, np.int64)
    numbers[joined["place"].to_numpy()] = joined["number"].to_numpy()
    return numbers, distinct


def _order(numbers: Ints, at: Ints, steps: Ints) -> Ints:
    """The order of keys and times; at one instant by the step that each event is, then by all that it may be.

    Both are packed into one number, times as finely as there is room. Stored events lie in nearly
    that order, and the stable sort takes them for the runs that they are. What is the same then is
    sorted by itself.
    """
    if not len(at):
        return np.empty(0, np.int64)
    number, since = numbers - numbers.min(), at - at.min()
    coarser = max(int(number.max()).bit_length() + int(since.max()).bit_length() - 63, 0)
    packed = number << (int(since.max()).bit_length() - coarser) | since >> coarser
    order = np.argsort(packed, kind="stable")
    tied = np.flatnonzero(_with_either_side(np.diff(packed[order]) == 0))
    rows = order[tied]
    order[tied] = rows[_turns(numbers[rows], at[rows], steps[rows])]
    return order


def _with_either_side(same: Flags) -> Flags:
    """Which are the same as the one before or after, from which are the same as the one after."""
    return np.append(same, False) | np.append(False, same)


def _turns(numbers: AnyInts, at: Ints, steps: Ints) -> Ints:
    """The order of what may be of the same key and instant, where events alike take their steps in turn."""
    order = np.lexsort((steps, at, numbers))
    begins = changes(numbers[order]) | changes(at[order]) | changes(steps[order])
    places = np.arange(len(order))
    copy = np.empty(len(order), np.int64)
    copy[order] = places - np.maximum.accumulate(np.where(begins, places, 0))
    left, turn = steps, copy % np.maximum(np.bitwise_count(steps), 1)
    for taken in range(int(turn.max(initial=0))):
        left = np.where(taken < turn, left & (left - 1), left)
    return np.lexsort((steps, np.where(steps > 0, left & -left, NO_TURN), at, numbers))


def _in_turn(numbers: AnyInts, at: Ints, steps: list[Ints], tied: Ints, bits: Ints) -> list[Ints]:
    """The places of steps, where events of one key and instant have changed places among themselves to be in turn.

    ``bits`` says which steps those at the ``tied`` places may be.
    """
    order = _turns(numbers[tied], at[tied], bits)
    changed = np.flatnonzero(order != np.arange(len(tied)))
    if not len(changed):
        return steps
    return [_moved(places, tied[order[changed]], tied[changed]) for places in steps]


def _moved(places: Ints, old: Ints, new: Ints) -> Ints:
    """Some of the places become others; what isn't among them doesn't."""
    at = np.minimum(np.searchsorted(places, old), len(places) - 1) if len(places) else np.zeros(len(old), np.int64)
    here = np.flatnonzero(places[at] == old) if len(places) else at[:0]
    if not len(here):
        return places
    places = places.copy()
    places[at[here]] = new[here]
    return np.sort(places, kind="stable")


@dataclass(frozen=True)
class _Passes:
    """Events one key after the other, those of each in order.

    ``number``, of their keys, never falls; ``starts`` says where each key's begin. ``tied`` are those of
    the same key and instant as another. ``steps``: of each the places of events that may be it.
    """

    starts: Ints
    number: AnyInts
    at: Ints
    tied: Flags
    steps: list[Ints]
    funnel: Funnel

    def done(self) -> Steps:
        attempt, furthest = self._measured()
        following = np.full(len(attempt), len(self.number))
        found: Steps = []
        for step in reversed(range(len(self.steps))):
            places, attempts = self._levels[step]
            wanted = np.flatnonzero(furthest >= step)
            at = np.searchsorted(attempts, attempt[wanted])
            hit = at < len(attempts)
            hit[hit] = attempts[at[hit]] == attempt[wanted[hit]]
            wanted, place = wanted[hit], places[at[hit]]
            before = place < following[wanted]
            wanted, place = wanted[before], place[before]
            following[wanted] = place
            found.append((wanted, self.at[place]))
        return found[::-1]

    def _measured(self) -> tuple[Ints, npt.NDArray[np.int8]]:
        """Of each key the attempt that counts, and the step that it got to; −1 without any."""
        attempt = np.zeros(len(self.starts) - 1, np.int64)
        furthest = np.full(len(attempt), -1, np.int8)
        for step, (places, attempts) in enumerate(self._levels):
            leads = np.searchsorted(places, self.starts)
            got = np.flatnonzero(leads[:-1] < leads[1:])
            attempt[got] = attempts[leads[got]]
            furthest[got] = step
        return attempt, furthest

    @cached_property
    def _levels(self) -> list[tuple[Ints, Ints]]:
        """Of each step the places at which it was reached, and by which attempts; both never decrease."""
        levels = [(self.steps[0], self._attempts())]
        for step, places in list(enumerate(self.steps))[1:]:
            attempt = np.full(len(places), -1)
            for way in reversed(self.funnel.ways(step)):
                rows, begun = self._most_recent(levels[way], places)
                own = begun >= self.starts[self.number[places[rows]]]
                rows, begun = rows[own], begun[own]
                in_time = self.at[places[rows]] <= self._deadline(self.at[begun])
                attempt[rows[in_time]] = begun[in_time]
            got = np.flatnonzero(attempt >= 0)
            levels.append((places[got], attempt[got]))
        return levels

    def _attempts(self) -> Ints:
        """Of each first step its attempt: those of one key and instant are one, known by the first of them."""
        firsts = self.steps[0]
        tied = np.flatnonzero(self.tied[firsts])
        if not len(tied):
            return firsts
        number, at = self.number[firsts[tied]], self.at[firsts[tied]]
        lead = np.where(changes(number) | changes(at), np.arange(len(tied)), 0)
        attempts = firsts.copy()
        attempts[tied] = firsts[tied[np.maximum.accumulate(lead)]]
        return attempts

    def _most_recent(self, level: tuple[Ints, Ints], places: Ints) -> tuple[Ints, Ints]:
        """Which of the places have an attempt that stands at a level before them (strict: just before), and which."""
        reached, attempts = level
        before = np.searchsorted(reached, places) - 1
        rows = np.flatnonzero(before >= 0)
        if self.funnel.order == "strict":
            rows = rows[reached[before[rows]] == places[rows] - 1]
        return rows, attempts[before[rows]]

    def _deadline(self, at: Ints) -> Ints:
        window = self.funnel.window
        days = self.funnel.first, self.funnel.last
        since, further = ahead(window.value, window.unit, self.funnel.timezone, *days)
        if len(further) == 1:
            return at + further[0]
        return at + np.array(further)[np.maximum(np.searchsorted(since, at, side="right") - 1, 0)]
