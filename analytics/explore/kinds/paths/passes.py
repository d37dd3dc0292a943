"""The ways of some people in one pass over their events, compiled: what ``links`` says, many times as fast."""

from typing import NamedTuple

import numpy as np

from analytics.explore.kinds.paths.question import SILENCE_US
from analytics.explore.passes import Events
from analytics.metrics.compiled import compiled
from analytics.metrics.timelines import Flags, Ints, Places

EMPTY = -1
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
) -> tuple[Ints, Ints, Ints, Ints, int]:
    """The links that people took, each by its key, and of each how many people and how many paths.

    A key is made of the step and both names: ``(step * names + source) * names + target``. Where there is
    ``room``, links are not counted: of those that are ``wanted`` it's told how long they took, in
    microseconds, those of each from its place in ``room`` on until before the next; and how many people took others.
    """
    starts, at_us, kind, members, since_us, until_us = events
    name, begins, ends = kinds
    depth, from_start, to_end, names, skipped = shape
    half, counting = depth // 2, not len(room)

    def slot_of(key: int, slots: Ints, keys: Ints) -> int:
        """Where a key is found or belongs: its place among ``keys`` stands near the one that its bits give."""
        slot = (key * SPREAD >> 16) & (len(slots) - 1)
        while slots[slot] != EMPTY and keys[slots[slot]] != key:
            slot = (slot + 1) & (len(slots) - 1)
        return slot

    longest = 0
    for person in range(len(starts) - 1):
        longest = max(longest, starts[person + 1] - starts[person])
    chosen, run, run_session = np.empty(longest, np.int64), np.empty(longest + 1, np.int64), np.empty(longest, np.int64)
    item, item_at = np.empty(longest, np.int64), np.empty(longest, np.int64)
    item_begins, item_ends = np.empty(longest, np.bool_), np.empty(longest, np.bool_)
    leads = np.empty(longest, np.bool_)  # a path

    size = SMALLEST
    while size < len(wanted):
        size *= 2
    slots, keys = np.full(2 * size, EMPTY), np.empty(size, np.int64)
    people, paths = np.zeros(size, np.int64), np.zeros(size, np.int64)
    latest = np.full(size, EMPTY)  # who took a link last
    count = 0
    for key in wanted:
        slots[slot_of(key, slots, keys)], keys[count] = count, key
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

        # What has the same session lies together, and within it in the order of time.
        order = np.argsort(run_session[:runs], kind="mergesort")
        items, before = 0, EMPTY
        for turn in order:
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
                slot = slot_of(key, slots, keys)
                number = slots[slot]
                if counting:
                    if number == EMPTY:
                        number, slots[slot], keys[count] = count, count, key
                        count += 1
                    paths[number] += 1
                    if latest[number] != person:
                        latest[number] = person
                        people[number] += 1
                    if count == size:
                        size *= 2
                        nothing = np.zeros_like(keys)
                        keys, people = np.append(keys, nothing), np.append(people, nothing)
                        paths, latest = np.append(paths, nothing), np.append(latest, nothing + EMPTY)
                        slots = np.full(2 * size, EMPTY)
                        for known in range(count):
                            slots[slot_of(keys[known], slots, keys)] = known
                elif number == EMPTY:
                    took_other = True
                else:
                    took_us[room[number] + paths[number]] = item_at[place] - source_at
                    paths[number] += 1
                source, source_at = target, item_at[place]
        others += took_other
    return keys[:count].copy(), people[:count].copy(), paths[:count].copy(), took_us, others
