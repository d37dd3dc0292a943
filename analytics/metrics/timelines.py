"""Everyone's events in memory, as arrays: one person after the other, those of each in the order of time.

A question about what people do one after the other, or in which periods they do it, passes over
these once, where an engine would first read, join and sort. Only names, times and sessions
are in them: what depends on properties is asked of the engine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from analytics.metrics.compiled import compiled

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Array = TypeVar("Array", bound=npt.NDArray[Any])

NEVER = 2**62  # later than every instant
BYTES = 20  # of an event


class Kind(NamedTuple):
    """What events have in common by which they are chosen. ``item`` is what they go by in paths.

    What counts neither as an event nor as activity has no name and is passive. ``page`` is told of
    activity alone; None where there would be too many kinds.
    """

    event: str
    passive: bool
    item: str
    page: str | None


class Entangled(Exception):
    """Two events of one person have the same instant, and which of them comes first isn't known here."""


@dataclass(frozen=True)
class Timelines:
    """Whatever people sent, without what bots did; of each its time (UTC microseconds), kind and session.

    The events of the person at a place in ``people`` lie from the same place in ``starts`` on until
    before the next. ``at_us`` never falls within one person; events of the same instant lie in the order
    of their source and message id. ``kind`` is a place in ``kinds``; ``session`` tells a person's
    sessions apart that were sent with an id, 0 is none. There may be people without any events.
    """

    people: Ints
    starts: Ints  # one more than people
    at_us: Ints
    kind: Places
    session: Ints
    kinds: tuple[Kind, ...]

    def __post_init__(self) -> None:
        """As files that are mapped can't be written to: passes are compiled for the one or the other."""
        for column in (self.people, self.starts, self.at_us, self.kind, self.session):
            column.flags.writeable = False

    def __len__(self) -> int:
        return len(self.at_us)

    @cached_property
    def who(self) -> Places:
        """Of each event the place of its person."""
        return np.repeat(np.arange(len(self.people), dtype=np.int32), np.diff(self.starts))

    @cached_property
    def created_us(self) -> Ints:
        """When each person sent something for the first time; far ahead for who never did."""
        first = np.append(self.at_us, NEVER)[self.starts[:-1]]
        return np.where(self.starts[:-1] < self.starts[1:], first, NEVER)

    def bits(self, events: Sequence[str | None]) -> Ints:
        """Of each kind bit k if it has the k-th of these names, or is active where that is None."""
        names = np.array([kind.event for kind in self.kinds], object)
        passive = np.array([kind.passive for kind in self.kinds], np.bool_)
        found = np.zeros(len(names), np.int64)
        for k, event in enumerate(events):
            found |= (~passive if event is None else names == event).astype(np.int64) << k
        return found

    @cached_property
    def tell_pages(self) -> bool:
        return all(kind.page is not None for kind in self.kinds)

    def without_pages(self) -> "Timelines":
        kinds, of = without_pages(self.kinds)
        return replace(self, kind=of[self.kind], kinds=kinds)

    def with_more(self, more: "Timelines") -> "Timelines":
        """These events and others. Raises Entangled."""
        if not len(more):
            return self
        if self.tell_pages != more.tell_pages:
            return self.without_pages().with_more(more.without_pages())
        people, place_of = self._people_with(more.people)
        kinds = tuple(dict.fromkeys((*self.kinds, *more.kinds)))
        number_of = {kind: number for number, kind in enumerate(kinds)}
        order = np.argsort(place_of[more.who], kind="stable")
        who, at = place_of[more.who][order], more.at_us[order]
        kind = np.array([number_of[kind] for kind in more.kinds], np.int32)[more.kind[order]]
        places = self._before(who, at)
        ends = np.append(self.starts, np.repeat(self.starts[-1], len(people) - len(self.people)))
        return Timelines(
            people,
            ends + np.searchsorted(who, np.arange(len(people) + 1)),
            _with(self.at_us, places, at),
            _with(self.kind, places, kind),
            _with(self.session, places, more.session[order]),
            kinds,
        )

    def moved(self, into: Mapping[int, int]) -> "Timelines":
        """The same, where the events of some people have become those of others. Raises Entangled."""
        moving = np.flatnonzero(np.isin(self.people, list(into)))
        lengths = np.diff(self.starts)[moving]
        rows = np.concatenate([np.arange(self.starts[each], self.starts[each + 1]) for each in moving] or [moving])
        if not len(rows):
            return self
        before = np.repeat(self.people[moving], lengths)
        people, who = np.unique([into[person] for person in before.tolist()], return_inverse=True)
        order = np.lexsort((self.at_us[rows], who))
        rows, who, before = rows[order], who[order], before[order]
        met = (who[1:] == who[:-1]) & (self.at_us[rows[1:]] == self.at_us[rows[:-1]])
        if np.any(met & (before[1:] != before[:-1])):
            raise Entangled
        starts = np.searchsorted(who, np.arange(len(people) + 1))
        theirs = Timelines(people, starts, self.at_us[rows], self.kind[rows], self.session[rows], self.kinds)
        return self._without(moving).with_more(theirs)

    def _without(self, people: Ints) -> "Timelines":
        """Without the events of people at these places."""
        lengths = np.diff(self.starts)
        gone = np.zeros(len(lengths), np.bool_)
        gone[people] = True
        stays = np.repeat(~gone, lengths)
        starts = np.append(0, np.cumsum(np.where(gone, 0, lengths)))
        return Timelines(self.people, starts, self.at_us[stays], self.kind[stays], self.session[stays], self.kinds)

    def _people_with(self, others: Ints) -> tuple[Ints, Places]:
        """All people, and the places of the others among them."""
        by_id = np.argsort(self.people, kind="stable")
        known = np.isin(others, self.people)
        place_of = np.empty(len(others), np.int32)
        place_of[known] = by_id[np.searchsorted(self.people, others[known], sorter=by_id)]
        place_of[~known] = len(self.people) + np.arange(np.count_nonzero(~known))
        return np.concatenate([self.people, others[~known]]), place_of

    def _before(self, who: Places, at: Ints) -> Ints:
        """Before which event each of these belongs, by halving. Raises Entangled if one has the instant of another."""
        low, high = (self.starts[np.minimum(each, len(self.people))] for each in (who, who + 1))
        end = high
        while np.any(low < high):
            middle = (low + high) // 2
            later = low < high
            later[later] = self.at_us[middle[later]] < at[later]
            low, high = np.where(later, middle + 1, low), np.where(later, high, middle)
        met = low < end
        if np.any(self.at_us[low[met]] == at[met]):
            raise Entangled
        return low


def without_pages(kinds: Iterable[Kind]) -> tuple[tuple[Kind, ...], Places]:
    """The kinds that are left where pages aren't told, and the place among them of each there was."""
    told = [kind._replace(page=None) for kind in kinds]
    number_of = {kind: number for number, kind in enumerate(dict.fromkeys(told))}
    return tuple(number_of), np.array([number_of[kind] for kind in told], np.int32)


def _with(column: Array, places: Ints, values: Array) -> Array:
    """The column, with each of the values before the one at its place; what ``np.insert`` does, in half its time."""
    found = np.empty(len(column) + len(values), column.dtype)
    _fill(found, column, places, values)
    return found  # type: ignore[return-value]


@compiled
def _fill(found: npt.NDArray[Any], column: npt.NDArray[Any], places: Ints, values: npt.NDArray[Any]) -> None:
    copied = 0
    for number in range(len(places)):
        for place in range(copied, places[number]):  # slices would take three seconds to compile
            found[place + number] = column[place]
        copied = places[number]
        found[copied + number] = values[number]
    for place in range(copied, len(column)):
        found[place + len(places)] = column[place]
