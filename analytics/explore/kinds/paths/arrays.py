"""The links of paths from arrays, counted in one pass and timed in another: what ``links`` says."""

from collections.abc import Callable
from typing import Any

import numpy as np

from analytics.explore.arrays import Happened, happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.kinds.paths import passes
from analytics.explore.kinds.paths.question import SKIPPED, Choice, Paths
from analytics.explore.selecting import Selector
from analytics.metrics.quantiles import quantile_of
from analytics.metrics.timelines import Flags, Ints, Kind, Timelines

NONE = np.empty(0, np.int64)


class Links:
    """Every two steps that follow each other in a path."""

    def __init__(self, happened: Happened, question: Paths) -> None:
        self._happened = happened
        self._names, self._kinds = _kinds(happened.timelines, question)
        self._shape = passes.Shape(
            depth=question.depth,
            from_start=question.start is not None,
            to_end=question.end is not None,
            names=len(self._names),
            skipped=self._names.index(SKIPPED),
        )
        self._counted = dict(happened.of_shares(self._count))

    def ranked(self, most: int) -> list[dict[str, Any]]:
        """``key, step, source, target, people, paths, place, links`` of ``most`` links, the largest first."""
        every, of_people, of_paths = np.concatenate(list(self._counted.values())).T
        keys, place_of = np.unique(every, return_inverse=True)
        people, paths = np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        np.add.at(people, place_of, of_people)
        np.add.at(paths, place_of, of_paths)
        # Only what may be among those shown is put into words and in order.
        least = int(np.sort(people)[-most]) if len(keys) > most else 0
        rows: list[dict[str, Any]] = []
        for place in np.flatnonzero(people >= least).tolist():
            step, source, target = self._words(int(keys[place]))
            row = {"key": int(keys[place]), "people": int(people[place]), "paths": int(paths[place])}
            rows.append(row | {"step": step, "source": source, "target": target, "links": len(keys)})
        rows.sort(key=lambda row: (-row["people"], -row["paths"], row["step"], row["source"], row["target"]))
        return rows[:most]

    def timed(self, shown: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
        """The same with ``median_us``, and how many people took a link that is not ``shown``."""
        wanted = np.array([row["key"] for row in shown], np.int64)
        times, others = zip(*self._happened.of_shares(lambda share: self._times(share, wanted)), strict=True)
        took_us = [np.sort(np.concatenate(parts)).astype(np.float64) for parts in zip(*times, strict=True)]
        rows = [row | {"median_us": quantile_of(took, 1, 2)} for row, took in zip(shown, took_us, strict=True)]
        return rows, sum(others)

    def _count(self, share: tuple[int, int]) -> tuple[tuple[int, int], Ints]:
        """The links that a share of the people took: key, how many of them, how many paths."""
        return share, self._pass(share, NONE, NONE)[0]

    def _times(self, share: tuple[int, int], wanted: Ints) -> tuple[list[Ints], int]:
        """How long each of the links took that are wanted."""
        times = {key: paths for key, _, paths in self._counted[share].tolist()}
        room = np.cumsum([0, *(times.get(key, 0) for key in wanted.tolist())])
        _, took_us, others = self._pass(share, wanted, room)
        return np.split(took_us, room[1:-1]) if len(wanted) else [], others

    def _pass(self, share: tuple[int, int], wanted: Ints, room: Ints) -> tuple[Ints, Ints, int]:
        lines = self._happened.timelines
        return passes.links(self._happened.of_people(share), lines.session, self._kinds, self._shape, wanted, room)

    def _words(self, key: int) -> tuple[int, str, str]:
        step, names = divmod(key, len(self._names) ** 2)
        source, target = divmod(names, len(self._names))
        return step, self._names[source], self._names[target]


def links_by_name(asking: Asking, question: Paths) -> Links | None:
    """None where the engine is to be asked."""
    choices = [question.start, question.end, *question.exclude]
    happened = happened_by_name(asking, question, [each for each in choices if isinstance(each, Selector)])
    return None if happened is None else Links(happened, question)


def _kinds(lines: Timelines, question: Paths) -> tuple[tuple[str, ...], passes.Kinds]:
    """The names of all steps, and what each kind of event is in the paths asked for."""
    names = tuple(dict.fromkeys([*(kind.item for kind in lines.kinds), SKIPPED]))
    number_of = {name: number for number, name in enumerate(names)}
    points = [Selector(each) if isinstance(each, str) else each for each in (question.start, question.end) if each]
    wanted = [_is_chosen(each) for each in (Selector(), *points)]
    unwanted = [_is_chosen(each) for each in question.exclude]

    def number(kind: Kind) -> int:
        is_in = any(chosen(kind) for chosen in wanted) and not any(chosen(kind) for chosen in unwanted)
        return number_of[kind.item] if is_in else -1

    def flags(choice: Choice | None) -> Flags:
        return np.array([_is_chosen(choice)(kind) for kind in lines.kinds], np.bool_)

    numbers = np.array([number(kind) for kind in lines.kinds], np.int32)
    return names, passes.Kinds(numbers, flags(question.start), flags(question.end))


def _is_chosen(choice: Choice | None) -> Callable[[Kind], bool]:
    if choice is None:
        return lambda kind: False
    if isinstance(choice, Selector):
        event = choice.event
        return lambda kind: not kind.passive if event is None else kind.event == event
    names = {choice, choice.removesuffix("/") or choice}
    return lambda kind: kind.item in names
