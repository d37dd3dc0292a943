"""How far each key of a funnel got, in one pass over arrays: what ``attempts.reached`` says, many times as fast.

Events lie in the order of their keys and times. As starts of attempts never decrease, it is enough
to know of each step the most recent attempt that got there.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from analytics.explore.arrays import EVERYONE, Happened, numbered
from analytics.explore.kinds.funnel.question import Funnel
from analytics.explore.passes import Events
from analytics.metrics.calendar import ahead
from analytics.metrics.compiled import compiled
from analytics.metrics.timelines import Flags, Ints

NEVER = -(2**62)  # before any instant
OTHER = 1 << 62  # what is no step but lies between them

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
    may_be = lines.bits([step.event for step in funnel.steps])
    rules = _rules(funnel, may_be, may_be, between=lines.bits([None]) == 1)

    def of_share(share: tuple[int, int]) -> Steps:
        return [(numbers + share[0], when) for numbers, when in _steps(_done(happened.of_people(share), rules))]

    by_step = zip(*happened.of_shares(of_share), strict=True)
    return [(np.concatenate([who for who, _ in step]), np.concatenate([at for _, at in step])) for step in by_step]


def of_rows(rows: pa.Table, funnel: Funnel) -> pa.Table:
    """``funnel.key, step, at_us, before_us``, from the rows of ``matching.matched`` in any order."""
    numbers, keys = _numbered(rows, funnel.key)
    at, steps = rows["at_us"].to_numpy(), rows["steps"].to_numpy()
    found, kind = numbered(steps * 2 + rows["begins"].to_numpy(zero_copy_only=False))
    may_be = found >> 1
    rules = _rules(funnel, may_be, np.where(found & 1, may_be, may_be & ~1), between=np.ones(len(found), np.bool_))
    order = _order(numbers, at)
    starts = np.searchsorted(numbers[order], np.arange(keys.num_rows + 1))
    events = Events(starts, at[order], kind[order].astype(np.int32), EVERYONE, NEVER, -NEVER)
    return _table(_steps(_done(events, rules)), keys, funnel)


class _Rules(NamedTuple):
    does: Ints
    """Of each kind of event a bit for every step that it does."""
    group: Ints
    """Of each kind the number of those that are alike."""
    turns: Ints
    """``group, first, every``: how events of one instant are ordered, of a group from ``first`` on one in ``every``."""
    does_of_group: Ints
    farthest: Ints
    """Of each step the farthest one from which it may be done."""
    strict: bool
    changes: Ints
    windows: Ints
    """How long attempts may take that begin after each of ``changes``."""


def _rules(funnel: Funnel, may_be: Ints, does: Ints, between: Flags) -> _Rules:
    """From the steps that each kind of event may be, and those of them that it does.

    If strict, kinds that are no step lie ``between`` steps, or are passed over. The order within
    one instant is that of ``moments.in_turn``.
    """
    strict, count = funnel.order == "strict", len(funnel.steps)
    does = np.where(between, does | OTHER, does) if strict else does
    (bits, does_of_group), group = np.unique([may_be, does], axis=1, return_inverse=True)
    turns = []
    for number, steps in enumerate(bits.tolist()):
        its_own = [step for step in range(count) if steps >> step & 1] or [count]
        turns += [(step, steps, number, first, len(its_own)) for first, step in enumerate(its_own)]
    farthest = [0, *(funnel.ways(step)[-1] for step in range(1, count))]
    days = funnel.first, funnel.last
    changes, windows = map(np.array, ahead(funnel.window.value, funnel.window.unit, funnel.timezone, *days))
    in_turn = np.array(sorted(turns), np.int64).reshape(-1, 5)[:, 2:]
    return _Rules(does, group, in_turn, does_of_group, np.array(farthest), strict, changes, windows)


@compiled
def _done(events: Events, rules: _Rules) -> Ints:
    """When each person did each step (one row each) of the attempt that counts; NEVER where they didn't."""
    starts, at_us, kind, members, since_us, until_us = events
    does, group, turns, does_of_group, farthest, strict, changes, windows = rules
    steps, window = len(farthest), windows[0]
    done = np.full((steps, len(starts) - 1), NEVER)
    begun = np.empty(steps, np.int64)  # when the most recent attempt did, that got to a step
    latest = np.empty(steps, np.int64)  # the number of the event that last brought one there
    when = np.empty((steps, steps), np.int64)  # that attempt did each step up to there
    alike = np.empty(len(does_of_group), np.int64)  # how many events of one instant there are of each group
    for person in range(len(starts) - 1):
        if len(members) and not members[person]:
            continue
        for step in range(steps):
            begun[step] = NEVER
        furthest, number, place, end = -1, 0, starts[person], starts[person + 1]
        while place < end:
            at, here, first = at_us[place], kind[place], place
            place += 1
            if not does[here] or at < since_us or at >= until_us:
                continue
            while place < end and at_us[place] == at:
                place += 1
            together = place - first > 1
            if together:
                for each in range(len(alike)):
                    alike[each] = 0
                for each in range(first, place):
                    alike[group[kind[each]]] += 1
            for turn in range(len(turns) if together else 1):
                bits, times = does[here], 1
                if together:
                    bits = does_of_group[turns[turn, 0]]
                    times = (alike[turns[turn, 0]] - turns[turn, 1] + turns[turn, 2] - 1) // turns[turn, 2]
                for _ in range(times if bits else 0):
                    number += 1
                    for step in range(steps - 1, 0, -1):
                        if not bits >> step & 1:
                            continue
                        for way in range(step - 1, farthest[step] - 1, -1):
                            start = begun[way]
                            if start == NEVER or (strict and latest[way] != number - 1):
                                continue
                            length = window
                            if len(windows) > 1:
                                length = windows[max(np.searchsorted(changes, start, side="right") - 1, 0)]
                            if at > start + length:
                                continue
                            latest[step] = number
                            if begun[step] != start:
                                begun[step] = start
                                for each in range(step):
                                    when[step, each] = when[way, each] if each <= way else NEVER
                                when[step, step] = at
                                if step > furthest:
                                    furthest = step
                                    for each in range(step + 1):
                                        done[each, person] = when[step, each]
                            break
                    if bits & 1:
                        latest[0] = number
                        if begun[0] != at:
                            begun[0] = when[0, 0] = at
                            if furthest < 0:
                                furthest = 0
                                done[0, person] = at
    return done


def _steps(done: Ints) -> Steps:
    places = [np.flatnonzero(when != NEVER) for when in done]
    return [(place, when[place]) for place, when in zip(places, done, strict=True)]


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


def _order(numbers: Ints, at: Ints) -> Ints:
    """The order of keys and times.

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
    if coarser:
        same = np.diff(packed[order]) == 0
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        order[tied] = rows[np.lexsort((at[rows], numbers[rows]))]
    return order
