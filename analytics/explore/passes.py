"""Passes over the events of some people, one after the other, compiled."""

from typing import NamedTuple

import numpy as np

from analytics.metrics.compiled import compiled
from analytics.metrics.timelines import NEVER, Flags, Ints, Places


class Events(NamedTuple):
    """The events of some people: those of each from one of ``starts`` on until before the next.

    Of ``members`` each person has a flag, unless there are no flags at all: then everyone is asked
    about. Only what happened from ``since_us`` until before ``until_us`` is looked at.
    """

    starts: Ints
    at_us: Ints
    kind: Places
    members: Flags
    since_us: int
    until_us: int


@compiled
def active(events: Events, chosen: Flags, period_starts: Ints) -> tuple[Places, Ints, Ints]:
    """Who did something in which period, and how often: the person's number here, the period's, and times.

    ``chosen`` tells which kinds of events are asked about.
    −1 is whatever lies before the first period; the last begins with the last of ``period_starts``.
    """
    starts, at_us, kind, members, since_us, until_us = events
    most = starts[-1] - starts[0]
    who, period, times = np.empty(most, np.int32), np.empty(most, np.int64), np.empty(most, np.int64)
    rows, periods = 0, len(period_starts)
    for person in range(len(starts) - 1):
        if len(members) and not members[person]:
            continue
        number, ended = -1, -NEVER  # of the latest period, and when it is over
        for place in range(starts[person], starts[person + 1]):
            at = at_us[place]
            if at < since_us or at >= until_us or not chosen[kind[place]]:
                continue
            if at < ended:
                times[rows - 1] += 1
                continue
            further = 1  # twice as far each time, then by halves
            while number + further < periods and period_starts[number + further] <= at:
                number += further
                further *= 2
            while further > 1:
                further //= 2
                if number + further < periods and period_starts[number + further] <= at:
                    number += further
            ended = int(period_starts[number + 1]) if number + 1 < periods else NEVER
            who[rows], period[rows], times[rows] = person, number, 1
            rows += 1
    return who[:rows].copy(), period[:rows].copy(), times[:rows].copy()


@compiled
def rolling(who: Places, period: Ints, periods: int, trailing: int) -> Ints:
    """For each of so many periods, numbered from 0, who was active in it or in the ``trailing`` − 1 before.

    A period of somebody covers those that follow, up to the next one of the same person.
    """
    change = np.zeros(periods + 1, np.int64)
    for row in range(len(who)):
        if period[row] < 0 or period[row] >= periods:
            continue
        until = min(period[row] + trailing, periods)
        if row + 1 < len(who) and who[row + 1] == who[row]:
            until = min(until, period[row + 1])
        change[period[row]] += 1
        change[until] -= 1
    return np.cumsum(change)[:periods]


@compiled
def uses(
    events: Events, first_name: Ints, of_kind: Places, names: int, from_us: int
) -> tuple[Places, Places, Ints, Ints, Ints]:
    """What each person did from ``from_us`` on: person, name, first and last time ever, and how often since then.

    A person's number is that of the place here. The names of a kind stand in ``of_kind`` from its
    ``first_name`` on until before the next one's.
    """
    starts, at_us, kind, members, since_us, until_us = events
    first, last, times = np.zeros(names, np.int64), np.zeros(names, np.int64), np.zeros(names, np.int64)
    latest, different = np.full(names, -1), np.empty(names, np.int32)  # who had a name last; those of one person
    widest = 0
    for number in range(len(first_name) - 1):
        widest = max(widest, first_name[number + 1] - first_name[number])
    most = min((starts[-1] - starts[0]) * widest, (len(starts) - 1) * names)
    who, what, often = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.int64)
    begun, ended = np.empty(most, np.int64), np.empty(most, np.int64)
    rows = 0
    for person in range(len(starts) - 1):
        if len(members) and not members[person]:
            continue
        count = 0
        for place in range(starts[person], starts[person + 1]):
            at = at_us[place]
            if at < since_us or at >= until_us:
                continue
            for number in range(first_name[kind[place]], first_name[kind[place] + 1]):
                here = of_kind[number]
                if latest[here] != person:
                    latest[here], first[here], times[here] = person, at, 0
                    different[count] = here
                    count += 1
                last[here] = at
                if at >= from_us:
                    times[here] += 1
        for number in range(count):
            here = different[number]
            if times[here]:
                who[rows], what[rows], often[rows] = person, here, times[here]
                begun[rows], ended[rows] = first[here], last[here]
                rows += 1
    return who[:rows].copy(), what[:rows].copy(), begun[:rows].copy(), ended[:rows].copy(), often[:rows].copy()
