"""The ways of some people in one pass over their events, compiled: what ``links`` says, many times as fast."""

from typing import NamedTuple

import numpy as np

from analytics.explore.kinds.paths.question import SILENCE_US
from analytics.explore.passes import Events
from analytics.metrics.compiled import compiled
from analytics.metrics.timelines import Flags, Ints, Places

EMPTY = -1
KEY, PEOPLE, PATHS, LATEST = range(4)
SPREAD = 2_654_435_761  # 2³² ÷ the golden ratio: keys that are close lie apart (Knuth, vol. 3, 6.4)
SMALLEST = 1 << 8  # links that there is room for at first


class Kinds(NamedTuple):
    """What each kind of event is in the paths asked for."""

    name: Places  # its number; negative: it is passed over
    begins: Flags
    ends: Flags


class Shape(NamedTuple):
    depth: int
    from_start: bool
    to_end: bool
    names: int
    skipped: int  # the number of the name for steps between a start and an end that aren't shown


@compiled
def links(
    events: Events, session: Ints, kinds: Kinds, shape: Shape, wanted: Ints, room: Ints
) -> tuple[Ints, Ints, int]:
    """The links that people took: a row of key, people and paths for each.

    A key is made of the step and both names: ``(step * names + source) * names + target``. Where there is
    ``room``, links are not counted: of those that are ``wanted`` it's told how long they took, in
    microseconds, those of each from its place in ``room`` on until before the next; and how many people took others.
    """
    starts, at_us, kind, members, since_us, until_us = events
    name, begins, ends = kinds
    depth, from_start, to_end, names, skipped = shape
    half, counting = depth // 2, not len(room)

    def slot_of(key: int, slots: Ints, found: Ints) -> int:
        """Where the place of a link stands or belongs: near the one that the bits of its key give."""
        slot = (key * SPREAD >> 16) & (len(slots) - 1)
        while slots[slot] != EMPTY and found[slots[slot], KEY] != key:
            slot = (slot + 1) & (len(slots) - 1)
        return slot

    longest = 0
    for person in range(len(starts) - 1):
        longest = max(longest, starts[person + 1] - starts[person])
    chosen, run, run_session = np.empty(longest, np.int64), np.empty(longest + 1, np.int64), np.empty(longest, np.int64)
    order = np.empty(longest, np.int64)
    item, item_at = np.empty(longest, np.int64), np.empty(longest, np.int64)
    item_begins, item_ends = np.empty(longest, np.bool_), np.empty(longest, np.bool_)
    leads = np.empty(longest, np.bool_)  # a path

    size = SMALLEST
    while size < len(wanted):
        size *= 2
    slots = np.full(2 * size, EMPTY)
    found = np.zeros((size, 4), np.int64)  # of each link: its key, people, paths, and who took it last, from 1 on
    count = 0
    for key in wanted:
        slots[slot_of(key, slots, found)], found[count, KEY] = count, key
        count += 1
    took_us = np.empty(0 if counting else room[-1], np.int64)
    others = 0

    for person in range(len(starts) - 1):
        if len(members) and not members[person]:
            continue
        events_here, runs = 0, 0
        for place in range(starts[person], starts[person + 1]):
            at = at_us[place]
            if at < since_us or at >= until_us or name[kind[place]] < 0:
                continue
            if not runs or session[place] != run_session[runs - 1]:
                run[runs], run_session[runs] = events_here, session[place]
                runs += 1
            chosen[events_here] = place
            events_here += 1
        run[runs] = events_here

        # What has the same session lies together, and within it in the order of time. Shell's way of sorting: NumPy's
        # takes two seconds to compile.
        for number in range(runs):
            order[number] = number
        gap = runs // 2
        while gap:
            for place in range(gap, runs):
                turn, free = order[place], place
                while free >= gap:
                    other = order[free - gap]
                    if run_session[other] < run_session[turn]:
                        break
                    if run_session[other] == run_session[turn] and other < turn:
                        break
                    order[free] = other
                    free -= gap
                order[free] = turn
            gap = 1 if gap == 2 else gap * 5 // 11
        items, before = 0, EMPTY
        for turn in order[:runs]:
            for number in range(run[turn], run[turn + 1]):
                place = chosen[number]
                here = kind[place]
                is_lead = before == EMPTY or session[place] != session[before]
                if not is_lead and not session[place]:
                    is_lead = at_us[place] - at_us[before] > SILENCE_US
                if is_lead or item[items - 1] != name[here]:
                    item[items], leads[items] = name[here], is_lead
                    item_begins[items], item_ends[items] = False, False
                    items += 1
                item_at[items - 1] = at_us[place]
                item_begins[items - 1] |= begins[here]
                item_ends[items - 1] |= ends[here]
                before = place

        took_other, over = False, 0
        while over < items:
            first, over = over, over + 1
            while over < items and not leads[over]:
                over += 1
            last = over - 1
            if from_start:
                while first < over and not item_begins[first]:
                    first += 1
            if to_end:
                last = first
                while last < over and not item_ends[last]:
                    last += 1
            if first == over or last == over:
                continue
            too_many = last - first + 1 - depth
            is_cut = from_start and to_end and too_many > 0
            if not to_end:
                last = min(last, first + depth - 1)
            elif not from_start:
                first += max(too_many, 0)
            place, step, source, source_at = first, 1, item[first], item_at[first]
            while True:
                place = last - half + 1 if is_cut and step == half + 1 else place + 1
                if place > last:
                    break
                step += 1
                target = skipped if is_cut and step == half + 1 else item[place]
                key = ((step - 1) * names + source) * names + target
                slot = slot_of(key, slots, found)
                number = slots[slot]
                if counting:
                    if number == EMPTY:
                        number, slots[slot], found[count, KEY] = count, count, key
                        count += 1
                    found[number, PATHS] += 1
                    if found[number, LATEST] != person + 1:
                        found[number, LATEST] = person + 1
                        found[number, PEOPLE] += 1
                    if count == size:
                        size *= 2
                        slots, larger = np.full(2 * size, EMPTY), np.zeros((size, 4), np.int64)
                        for known in range(count):
                            for column in range(4):
                                larger[known, column] = found[known, column]
                            slots[slot_of(larger[known, KEY], slots, larger)] = known
                        found = larger
                elif number == EMPTY:
                    took_other = True
                else:
                    took_us[room[number] + found[number, PATHS]] = item_at[place] - source_at
                    found[number, PATHS] += 1
                source, source_at = target, item_at[place]
        others += took_other
    return found[:count, :LATEST].copy(), took_us, others
