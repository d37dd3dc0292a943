"""Everyone's events in memory, as arrays: one person after the other, those of each in the order of time.

A question about what people do one after the other, or in which periods they do it, passes over
these a few times, where an engine would first read, join and sort. Only names, times and sessions
are in them: what depends on properties is asked of the engine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

NEVER = 2**62  # later than every instant
BYTES = 24  # of an event
AT_ONCE = 500_000  # events


class Kind(NamedTuple):
    """What events have in common by which they are chosen. ``item`` is what they go by in paths.

    What counts neither as an event nor as activity has no name and is passive.
    """

    event: str
    passive: bool
    item: str


class Entangled(Exception):
    """Two events of one person have the same instant, and which of them comes first isn't known here."""


@dataclass(frozen=True)
class Timelines:
    """Whatever people sent, without what bots did; of each its person, time (UTC microseconds), kind and session.

    ``who`` and ``kind`` are places in ``people`` and ``kinds``; ``session`` tells a person's sessions
    apart that were sent with an id, 0 is none. ``who`` never falls, and ``at_us`` never does so
    within one person. Events of the same instant lie in the order of their source and message id.
    There may be people without any.
    """

    people: Ints
    who: Places
    at_us: Ints
    kind: Places
    session: Ints
    kinds: tuple[Kind, ...]
    _found: dict[str | None, Places] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.who)

    @cached_property
    def starts(self) -> Ints:
        """Where the events of each person begin, and those of the one before end; the last is where all end."""
        return np.append(0, np.cumsum(np.bincount(self.who, minlength=len(self.people))))

    @cached_property
    def created_us(self) -> Ints:
        """When each person sent something for the first time; far ahead for who never did."""
        first = np.append(self.at_us, NEVER)[self.starts[:-1]]
        return np.where(self.starts[:-1] < self.starts[1:], first, NEVER)

    @cached_property
    def cuts(self) -> list[tuple[int, int]]:
        """From where to before where to look at once: all events of some people, so few that they fit a cache."""
        ends = self.starts[
            np.searchsorted(self.starts, np.arange(AT_ONCE, len(self) + AT_ONCE, AT_ONCE), side="left").clip(
                max=len(self.people)
            )
        ]
        return list(pairwise([0, *np.unique(ends).tolist()]))

    def places(self, event: str | None) -> Places:
        """Where the events of a name lie, in order; None: all active ones."""
        if event not in self._found:
            chosen = np.flatnonzero(self.bits([event]))
            where = (
                self.kind == chosen[0] if len(chosen) == 1 else np.isin(np.arange(len(self.kinds)), chosen)[self.kind]
            )
            self._found[event] = np.flatnonzero(where).astype(np.int32)
        return self._found[event]

    def bits(self, events: Sequence[str | None]) -> Ints:
        """Of each kind bit k if it has the k-th of these names, or is active where that is None."""

        def is_named(kind: Kind, event: str | None) -> bool:
            return kind.event == event if event is not None else not kind.passive

        return np.array(
            [sum(is_named(kind, each) << k for k, each in enumerate(events)) for kind in self.kinds], np.int64
        )

    @cached_property
    def tied(self) -> Flags:
        """Which events have the instant of another of the same person."""
        same = self.at_us[1:] == self.at_us[:-1]
        before = np.flatnonzero(same)
        before = before[self.who[before] == self.who[before + 1]]
        tied = np.zeros(len(self), np.bool_)
        tied[before] = tied[before + 1] = True
        return tied

    @cached_property
    def first_us(self) -> int:
        """The time of the earliest event, of which there is one."""
        return int(self.at_us.min())

    @cached_property
    def last_us(self) -> int:
        return int(self.at_us.max())

    def with_more(self, more: "Timelines") -> "Timelines":
        """These events and others. Raises Entangled."""
        if not len(more):
            return self
        people, place_of = self._people_with(more.people)
        kinds = tuple(dict.fromkeys((*self.kinds, *more.kinds)))
        number_of = {kind: number for number, kind in enumerate(kinds)}
        order = np.argsort(place_of[more.who], kind="stable")
        who, at = place_of[more.who][order].astype(np.int32), more.at_us[order]
        kind = np.array([number_of[kind] for kind in more.kinds], np.int32)[more.kind[order]]
        places = self._before(who, at)
        return Timelines(
            people,
            np.insert(self.who, places, who),
            np.insert(self.at_us, places, at),
            np.insert(self.kind, places, kind),
            np.insert(self.session, places, more.session[order]),
            kinds,
        )

    def moved(self, into: Mapping[int, int]) -> "Timelines":
        """The same, where the events of some people have become those of others. Raises Entangled."""
        moving = np.flatnonzero(np.isin(self.people, list(into)))
        rows = np.concatenate([np.arange(self.starts[each], self.starts[each + 1]) for each in moving] or [moving])
        if not len(rows):
            return self
        people, who = np.unique([into[person] for person in self.people[self.who[rows]].tolist()], return_inverse=True)
        rows_in_order = np.lexsort((self.at_us[rows], who))
        rows, who = rows[rows_in_order], who[rows_in_order]
        met = (who[1:] == who[:-1]) & (self.at_us[rows[1:]] == self.at_us[rows[:-1]])
        if np.any(met & (self.who[rows[1:]] != self.who[rows[:-1]])):
            raise Entangled
        theirs = Timelines(
            people, who.astype(np.int32), self.at_us[rows], self.kind[rows], self.session[rows], self.kinds
        )
        return self._without(rows).with_more(theirs)

    def _without(self, rows: Ints) -> "Timelines":
        stays = np.ones(len(self), np.bool_)
        stays[rows] = False
        return Timelines(
            self.people, self.who[stays], self.at_us[stays], self.kind[stays], self.session[stays], self.kinds
        )

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
