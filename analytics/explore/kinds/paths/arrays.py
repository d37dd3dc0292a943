"""The links of paths as passes over arrays: what ``links`` says, many times as fast."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analytics.explore.arrays import changes, happened_by_name, numbered
from analytics.explore.asking import Asking
from analytics.explore.kinds.paths.question import SILENCE_US, SKIPPED, Choice, Paths
from analytics.explore.selecting import Selector
from analytics.metrics.quantiles import quantile_of
from analytics.metrics.timelines import Flags, Ints, Kind, Places, Timelines


@dataclass(frozen=True)
class Links:
    """Every two steps that follow each other in a path, people after people.

    ``link`` is a number for what is the same for the same link: of its step and of both places in ``names``.
    """

    names: tuple[str, ...]
    who: Places
    link: Ints
    took_us: Ints

    @cached_property
    def _by_link(self) -> tuple[Ints, Ints, Ints]:
        """The links, the place of each row's among them, and the rows in the order of their links."""
        found, place = numbered(self.link)
        smallest = np.uint16 if len(found) < 2**16 else np.int64  # such small ones are sorted in one pass
        return found, place, np.argsort(place.astype(smallest), kind="stable")

    def ranked(self, most: int) -> list[dict[str, Any]]:
        """``step, source, target, people, paths, place, links, median_us`` of ``most`` links, the largest first."""
        found, place, order = self._by_link
        by_link, who = place[order], self.who[order]
        takers = np.bincount(by_link[changes(by_link) | changes(who)], minlength=len(found))
        paths = np.bincount(by_link, minlength=len(found))
        ends = np.cumsum(paths).tolist()
        # Only what may be among those shown is put into words and in order.
        least = int(np.sort(takers)[-most]) if len(found) > most else 0
        rows: list[dict[str, Any]] = []
        for link in np.flatnonzero(takers >= least).tolist():
            step, source, target = self._words(int(found[link]))
            counts = {"people": int(takers[link]), "paths": int(paths[link]), "link": link}
            rows.append({"step": step, "source": source, "target": target, **counts})
        rows.sort(key=lambda row: (-row["people"], -row["paths"], row["step"], row["source"], row["target"]))
        for number, row in enumerate(rows[:most]):
            of_link = order[ends[row["link"]] - row["paths"] :][: row["paths"]]
            took = np.sort(self.took_us[of_link]).astype(np.float64)
            row |= {"place": number, "links": len(found), "median_us": quantile_of(took, 1, 2)}
        return rows[:most]

    def takers_of_others(self, shown: Iterable[dict[str, Any]]) -> int:
        """How many people took a link that is not shown."""
        found, place, _ = self._by_link
        others = np.ones(len(found), np.bool_)
        others[[row["link"] for row in shown]] = False
        return int(np.count_nonzero(np.bincount(self.who[others[place]])))

    def _words(self, key: int) -> tuple[int, str, str]:
        step, names = divmod(key, len(self.names) ** 2)
        source, target = divmod(names, len(self.names))
        return step, self.names[source], self.names[target]


def links_by_name(asking: Asking, question: Paths) -> Links | None:
    """None where the engine is to be asked."""
    choices = [question.start, question.end, *question.exclude]
    happened = happened_by_name(asking, question, [each for each in choices if isinstance(each, Selector)])
    if happened is None:
        return None
    kinds = _Kinds(happened.timelines, question)

    def of_part(places: Ints) -> tuple[Places, Ints, Ints]:
        return _items(happened.timelines, kinds, places).links(question, kinds.names)

    found = happened.of_parts_of(kinds.included, of_part) or [of_part(np.empty(0, np.int64))]
    return Links(kinds.names, *(np.concatenate(column) for column in zip(*found, strict=True)))


def _items(lines: Timelines, kinds: "_Kinds", places: Ints) -> "_Items":
    who, session, at, kind = lines.who[places], lines.session[places], lines.at_us[places], lines.kind[places]
    if (order := _by_session(who, session)) is not None:
        who, session, at, kind = who[order], session[order], at[order], kind[order]
    parts = changes(who) | changes(session)
    parts[1:] |= (session[1:] == 0) & (np.diff(at) > SILENCE_US)
    name = kinds.item[kind]
    leads = np.flatnonzero(parts | changes(name))
    return _Items(
        parts=parts[leads],
        who=who[leads],
        name=name[leads],
        at_us=at[np.append(leads[1:], len(at)) - 1] if len(leads) else at,
        begins=_any_of(kinds.begins[kind], leads),
        ends=_any_of(kinds.ends[kind], leads),
    )


class _Kinds:
    """What each kind of event is in the paths asked for."""

    def __init__(self, lines: Timelines, question: Paths) -> None:
        self.names = tuple(dict.fromkeys([*(kind.item for kind in lines.kinds), SKIPPED]))
        number_of = {name: number for number, name in enumerate(self.names)}
        self.item = np.array([number_of[kind.item] for kind in lines.kinds], np.int64)
        points = [Selector(each) if isinstance(each, str) else each for each in (question.start, question.end) if each]
        wanted = [_is_chosen(each) for each in (Selector(), *points)]
        unwanted = [_is_chosen(each) for each in question.exclude]
        self.included = self._flags(lines, lambda kind: any(is_in(kind) for is_in in wanted))
        self.included &= ~self._flags(lines, lambda kind: any(is_out(kind) for is_out in unwanted))
        self.begins = self._flags(lines, _is_chosen(question.start))
        self.ends = self._flags(lines, _is_chosen(question.end))

    def _flags(self, lines: Timelines, holds: Callable[[Kind], bool]) -> Flags:
        return np.array([holds(kind) for kind in lines.kinds], np.bool_)


def _is_chosen(choice: Choice | None) -> Callable[[Kind], bool]:
    if choice is None:
        return lambda kind: False
    if isinstance(choice, Selector):
        event = choice.event
        return lambda kind: not kind.passive if event is None else kind.event == event
    names = {choice, choice.removesuffix("/") or choice}
    return lambda kind: kind.item in names


def _by_session(who: Places, session: Ints) -> Ints | None:
    """An order in which the events of a session lie together; None where they do so already."""
    runs = np.flatnonzero(changes(who) | changes(session))
    order = np.lexsort((session[runs], who[runs]))
    of_run, of_person = session[runs[order]], who[runs[order]]
    if not np.any((of_run[1:] == of_run[:-1]) & (of_person[1:] == of_person[:-1])):
        return None
    lengths = np.diff(runs, append=len(who))[order]
    return np.repeat(runs[order] - np.cumsum(lengths) + lengths, lengths) + np.arange(len(who))


def _any_of(flags: Flags, leads: Ints) -> Flags:
    """Whether a flag is set from each lead to the next."""
    return np.logical_or.reduceat(flags, leads) if len(leads) else flags


@dataclass(frozen=True)
class _Items:
    """What paths consist of, one after the other; ``parts`` where a path begins."""

    parts: Flags
    who: Places
    name: Ints
    at_us: Ints
    begins: Flags
    ends: Flags

    def links(self, question: Paths, names: tuple[str, ...]) -> tuple[Places, Ints, Ints]:
        """``who, link, took_us`` of ``Links``."""
        count = len(self.parts)
        place, path = np.arange(count), np.cumsum(self.parts) - 1
        low = np.flatnonzero(self.parts)
        high = np.append(low[1:], count) - 1
        if question.start is not None:
            low = _first(place, low, self.begins, count)
        if question.end is not None:
            high = _first(place, np.flatnonzero(self.parts), self.ends & (place >= low[path]), -1)
        step, length = place - low[path] + 1, (high - low)[path] + 1
        inside = (step >= 1) & (place <= high[path])
        step, name, shown = _shortened(question, step, length, self.name, names.index(SKIPPED))
        rows = np.flatnonzero(inside & shown)
        follows = np.flatnonzero(np.append(False, path[rows[1:]] == path[rows[:-1]])[: len(rows)])
        after, before = rows[follows], rows[follows - 1]
        took_us = self.at_us[after] - self.at_us[before]
        link = (step[before] * len(names) + name[before]) * len(names) + name[after]
        return self.who[after], link, took_us


def _first(place: Ints, leads: Ints, flags: Flags, none: int) -> Ints:
    """Of each path the first place where a flag is set, or ``none``."""
    if not len(leads):
        return leads
    found = np.minimum.reduceat(np.where(flags, place, len(place)), leads)
    return np.where(found < len(place), found, none)


def _shortened(question: Paths, step: Ints, length: Ints, name: Ints, skipped: int) -> tuple[Ints, Ints, Flags]:
    """Steps, names, and which of them are left where paths have more than ``depth`` steps."""
    depth = question.depth
    if question.end is None:
        return step, name, step <= depth
    too_many = np.maximum(length - depth, 0)
    if question.start is None:
        return step - too_many, name, step > too_many
    half = depth // 2
    is_long = too_many > 0
    shown = ~is_long | (step <= half + 1) | (step > length - half)
    name = np.where(is_long & (step == half + 1), skipped, name)
    return np.where(is_long & (step > half + 1), step - length + 2 * half + 1, step), name, shown
