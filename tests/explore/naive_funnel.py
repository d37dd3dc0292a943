"""Funnels the slow and obvious way: event by event, with every attempt remembered, as the definition reads."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Times = dict[int, int]  # step → when


@dataclass
class Event:
    at: int
    steps: frozenset[int]
    excludes: frozenset[int] = frozenset()


@dataclass
class Attempt:
    start: int
    reached: dict[int, Times] = field(default_factory=dict)
    """Step → the steps done on the way to it, with itself."""
    spoilt: set[int] = field(default_factory=set)
    """Steps reached after an exclusion."""
    ended: set[int] = field(default_factory=set)
    """Steps at which an exclusion met it."""


def in_order(events: Sequence[Event]) -> list[Event]:
    """By time; at one instant exclusions, unless a step is beside them, then by the step that each event is.

    Events alike take the steps that they may be in turn. What has the same turn is sorted by its steps
    as binary digits.
    """
    steps_at = {event.at for event in events if event.steps and not event.excludes}
    copies: Counter[tuple[int, frozenset[int]]] = Counter()
    ordered: list[tuple[tuple[int, int, int], Event]] = []
    for event in events:
        copy = copies[event.at, event.steps]
        copies[event.at, event.steps] += 1
        excludes = frozenset() if event.at in steps_at else event.excludes
        turn = sorted(event.steps)[copy % len(event.steps)] if event.steps else 99
        place = (event.at, -1 if excludes else turn, sum(1 << step for step in event.steps))
        ordered.append((place, Event(event.at, event.steps, excludes)))
    return [event for _, event in sorted(ordered, key=lambda each: each[0])]


def furthest(
    events: Sequence[Event],
    count: int,
    deadline: Callable[[int], int],
    *,
    optional: frozenset[int] = frozenset(),
    strict: bool = False,
) -> Times | None:
    """The steps of the attempt that counts; None: there is none, or the person left by an exclusion."""
    attempts: dict[int, Attempt] = {}
    standing: dict[int, Attempt] = {}
    for event in in_order(events):
        for step in event.excludes:
            for attempt in attempts.values():
                if step in attempt.reached and event.at <= deadline(attempt.start):
                    attempt.ended.add(step)
        now: dict[int, Attempt] = {}
        for step in sorted(event.steps, reverse=True):
            if step == 0:
                attempt = attempts.setdefault(event.at, Attempt(event.at))
                attempt.reached.setdefault(0, {0: event.at})
                now[0] = attempt
                continue
            way = step - 1
            while True:
                before = standing.get(way)
                if before and event.at <= deadline(before.start):
                    break
                before = None
                if way == 0 or way not in optional:
                    break
                way -= 1
            if before is None:
                continue
            if way in before.ended and step not in before.reached:
                before.spoilt.add(step)
            elif way not in before.ended or step in before.reached:
                before.reached.setdefault(step, before.reached[way] | {step: event.at})
                now[step] = before
        standing = now if strict else standing | now
    far = max((step for each in attempts.values() for step in (*each.reached, *each.spoilt)), default=None)
    clean = [each for each in attempts.values() if far in each.reached and far not in each.ended]
    return min(clean, key=lambda each: each.start).reached[far] if clean else None


def in_any_order(events: Sequence[Event], count: int, deadline: Callable[[int], int]) -> list[int]:
    """When each step of the attempt that counts was done. Events that may be several steps take these in turn."""
    taken: dict[frozenset[int], int] = {}
    ordered: list[tuple[int, int]] = []
    excluded: list[int] = []
    for event in in_order(events):
        if event.excludes:
            excluded.append(event.at)
        if event.excludes or not event.steps:
            continue
        number = taken.get(event.steps, 0)
        taken[event.steps] = number + 1
        ordered.append((event.at, sorted(event.steps)[number % len(event.steps)]))
    best: list[int] = []
    for at, _ in ordered:
        firsts: Times = {}
        for when, step in ordered:
            if at <= when <= deadline(at):
                firsts.setdefault(step, when)
        ends = min((when for when in excluded if at <= when <= deadline(at)), default=None)
        whole_before = len(firsts) == count and (ends is None or max(firsts.values()) < ends)
        if len(firsts) > len(best) and (ends is None or whole_before):
            best = sorted(firsts.values())
    return best
