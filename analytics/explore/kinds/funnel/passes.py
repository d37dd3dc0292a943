"""How far each key of a funnel got, as passes over arrays: what ``attempts.reached`` says, many times as fast.

Events lie in the order of their keys and times, and an attempt is known by the place of its first
step, counted from 1; 0 stands for none. So one running maximum over all keys at once tells the most
recent attempt, and whether it is another key's by lying before the first event of its own.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.explore.kinds.funnel.question import Funnel
from analytics.metrics.calendar import ahead

Ints = npt.NDArray[np.int64]
NO_TURN = 2**62  # of what is no step: after all that are

Flags = npt.NDArray[np.bool_]


def can_take(funnel: Funnel) -> bool:
    return funnel.order != "unordered" and not funnel.exclusions


def reached(rows: pa.Table, funnel: Funnel) -> pa.Table:
    """``funnel.key, step, at_us, before_us``, from the rows of ``matching.matched`` in any order."""
    numbers, keys = _numbered(rows, funnel.key)
    at, steps = rows["at_us"].to_numpy(), rows["steps"].to_numpy()
    begins = rows["begins"].to_numpy(zero_copy_only=False)
    order = _order(numbers, at, steps)
    done = _Passes(numbers[order], at[order], steps[order], begins[order], funnel).done()
    return _table(done, keys, funnel)


def _numbered(rows: pa.Table, key: tuple[str, ...]) -> tuple[Ints, pa.Table]:
    """A number for each row's key, and the keys by their numbers."""
    if key == ("person",):
        person = rows["person"].to_numpy()
        return person, rows.slice(0, 0).select(key)
    distinct = rows.select(key).group_by(list(key)).aggregate([])
    distinct = distinct.append_column("number", pa.array(np.arange(distinct.num_rows)))
    places = rows.select(key).append_column("place", pa.array(np.arange(rows.num_rows)))
    joined = places.join(distinct, keys=list(key))
    numbers = np.empty(rows.num_rows, np.int64)
    numbers[joined["place"].to_numpy()] = joined["number"].to_numpy()
    return numbers, distinct


def _order(numbers: Ints, at: Ints, steps: Ints) -> Ints:
    """The order of keys and times; at one instant the earliest step first, then by all that an event may be.

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
    same = np.diff(packed[order]) == 0
    tied = np.append(False, same) | np.append(same, False)
    rows = order[tied]
    turn = np.where(steps[rows] > 0, steps[rows] & -steps[rows], NO_TURN)
    order[tied] = rows[np.lexsort((steps[rows], turn, at[rows], numbers[rows]))]
    return order


@dataclass(frozen=True)
class _Passes:
    number: Ints
    at: Ints
    steps: Ints
    begins: Flags
    funnel: Funnel

    @property
    def _count(self) -> int:
        return len(self.funnel.steps)

    @cached_property
    def _first(self) -> Ints:
        """The place of the first event of each one's key."""
        return _run_starts(self.number[1:] != self.number[:-1], len(self.number))

    @cached_property
    def _instant(self) -> Ints:
        """The place of the first event of each one's key and instant."""
        return _run_starts((self.number[1:] != self.number[:-1]) | (self.at[1:] != self.at[:-1]), len(self.number))

    def _deadline(self, at: Ints) -> Ints:
        window = self.funnel.window
        days = self.funnel.first, self.funnel.last
        since, further = ahead(window.value, window.unit, self.funnel.timezone, *days)
        return at + np.array(further)[np.maximum(np.searchsorted(since, at, side="right") - 1, 0)]

    @cached_property
    def _levels(self) -> list[tuple[Ints, Ints]]:
        """Of each step the places at which it was reached, and by which attempts; both never decrease."""
        places = np.flatnonzero((self.steps & 1 > 0) & self.begins)
        levels = [(places, self._instant[places] + 1)]
        standing = [self._standing(*levels[0])]
        for step in range(1, self._count):
            places = np.flatnonzero(self.steps & 1 << step)
            start = np.zeros(len(places), np.int64)
            for way in reversed(self.funnel.ways(step)):
                came = standing[way][places]
                own = came > self._first[places]
                in_time = np.zeros(len(places), np.bool_)
                in_time[own] = self.at[places[own]] <= self._deadline(self.at[came[own] - 1])
                start = np.where(in_time, came, start)
            got = start > 0
            levels.append((places[got], start[got]))
            standing.append(self._standing(*levels[step]))
        return levels

    def _standing(self, places: Ints, starts: Ints) -> Ints:
        """Before each event the most recent attempt that stands at a step; strict: only if just the event before."""
        standing = np.zeros(len(self.number) + 1, np.int64)
        standing[places + 1] = starts
        return standing if self.funnel.order == "strict" else np.maximum.accumulate(standing)

    def done(self) -> list[tuple[Ints, Ints]]:
        """Of each step the key numbers that did it, in order, and when."""
        measured = self._measured()
        following = np.full(len(measured), len(self.number))
        found: list[tuple[Ints, Ints]] = []
        for step in reversed(range(self._count)):
            places, starts = self._levels[step]
            wanted = np.flatnonzero(measured["furthest"] >= step)
            at = np.searchsorted(starts, measured["start"][wanted])
            hit = at < len(starts)
            hit[hit] = starts[at[hit]] == measured["start"][wanted[hit]]
            wanted, place = wanted[hit], places[at[hit]] if len(places) else at[hit]
            before = place < following[wanted]
            wanted, place = wanted[before], place[before]
            following[wanted] = place
            found.append((self.number[place], self.at[place]))
        return found[::-1]

    def _measured(self) -> npt.NDArray[np.void]:
        """``start, furthest`` of the attempt that counts, for each key that has one, in order."""
        first = np.zeros(len(self.number), np.int64)
        far = np.full(len(self.number), -1, np.int8)
        for step, (places, starts) in enumerate(self._levels):
            of_key = self._first[places]
            leads = np.flatnonzero(np.append(True, of_key[1:] != of_key[:-1])) if len(places) else places
            first[of_key[leads]] = starts[leads]
            far[of_key[leads]] = step
        keys = np.flatnonzero(far >= 0)
        measured = np.empty(len(keys), dtype=[("start", np.int64), ("furthest", np.int8)])
        measured["start"], measured["furthest"] = first[keys], far[keys]
        return measured


def _run_starts(changes: Flags, length: int) -> Ints:
    if not length:
        return np.empty(0, np.int64)
    starts = np.concatenate([[0], np.where(changes, np.arange(1, length), 0)])
    return np.maximum.accumulate(starts)


def _table(done: list[tuple[Ints, Ints]], keys: pa.Table, funnel: Funnel) -> pa.Table:
    parts = []
    for step, (number, at) in enumerate(done):
        before = np.zeros(len(number), np.int64)
        way = funnel.mandatory_before[step]
        if way >= 0:
            before = done[way][1][np.searchsorted(done[way][0], number)]
        parts.append(pa.table({"number": number, "step": np.full(len(number), step), "at_us": at, "before_us": before}))
    found = pa.concat_tables(parts)
    if funnel.key == ("person",):
        return found.rename_columns({"number": "person"})
    named = keys.take(found["number"]).drop_columns(["number"])
    return pa.table(
        {**{name: named[name] for name in funnel.key}, **{n: found[n] for n in ("step", "at_us", "before_us")}}
    )
