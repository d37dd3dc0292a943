"""The rules of identity as arithmetic on a flat map: no database, no order but the one given.

A cluster is a person: a root, whose id is the person's, and its members, the root among them. Who
they are is nowhere needed: what decides about them is kept in sums, which a move adds up.
A cluster that holds a user id has a user id as its root, because only anonymous roots move into
others by themselves and a merge by hand moves the anonymous side into the known one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

# How long before a signup a touch counts: analytics.metrics.facts says so too, but loading it takes
# a collector a second and the memory of a query engine.
ATTRIBUTION_US = 90 * 86_400_000_000


@dataclass
class Cluster:
    """A person, with what deciding about one takes. Times are UTC microseconds; touch 0: none."""

    root: int
    known: bool  # a user id is among its members
    first_us: int
    first_touch_us: int = 0
    anonymous_ids: int = 0
    new: bool = False  # no event of it was stored before this batch

    @classmethod
    def of_new(cls, identity: int, kind: str, first_us: int, first_touch_us: int) -> "Cluster":
        """The person that an identity is by itself which nothing was known of."""
        return cls(identity, kind == "u", first_us, first_touch_us, int(kind == "a"), new=True)

    def begin(self, first_us: int, first_touch_us: int) -> None:
        """Take an event of then, and one of then with a touch (0: none), for the first where they are."""
        self.first_us = min(self.first_us, first_us)
        self.first_touch_us = min(filter(None, (self.first_touch_us, first_touch_us)), default=0)

    def take_in(self, other: "Cluster") -> None:
        self.begin(other.first_us, other.first_touch_us)
        self.known |= other.known
        self.new &= other.new
        self.anonymous_ids += other.anonymous_ids


class Roots:
    """The root of each identity, through any number of moves. Raises KeyError for one it wasn't told of."""

    def __init__(self, person_of: Mapping[int, int]) -> None:
        self._into = dict(person_of)

    def __getitem__(self, identity: int) -> int:
        while (into := self._into[identity]) != identity:
            identity = into
        return identity

    def move(self, root: int, into: int) -> None:
        """All of one root are another's from now on."""
        self._into[root] = into


class People:
    """The clusters of some identities, and the moves of some of them into others."""

    def __init__(self, clusters: Mapping[int, Cluster], person_of: Mapping[int, int]) -> None:
        """``clusters`` by root, of all that are asked for; of an identity in none nothing can be asked."""
        self._clusters = clusters
        self._roots = Roots({**person_of, **{root: root for root in clusters}})

    def __getitem__(self, identity: int) -> Cluster:
        return self._clusters[self._roots[identity]]

    def move(self, loser: Cluster, winner: Cluster) -> None:
        """Every identity of ``loser`` becomes the winner's."""
        winner.take_in(loser)
        self._roots.move(loser.root, winner.root)

    def stored(self) -> set[int]:
        """The persons, as they were at first, of whom there was an event before this batch."""
        return {root for root, cluster in self._clusters.items() if not cluster.new}

    def moved(self) -> dict[int, int]:
        """The person of everyone in each cluster that was moved, by its root."""
        persons = {root: self._roots[root] for root in self._clusters}
        return {root: person for root, person in persons.items() if person != root}


class Verdict(NamedTuple):
    accepted: bool
    reason: str = ""


def judge(kind: str, one: Cluster, *, may_merge_users: bool) -> Verdict:
    """Whether ``one``, in which an identity of this kind is named, may move into the cluster of a user id."""
    if not one.known:
        return Verdict(True)
    if kind == "u":
        return Verdict(True) if may_merge_users else Verdict(False, "two_known_users")
    return Verdict(False, "shared_device")


def changed_since(one: Cluster, other: Cluster) -> int | None:
    """The earliest time from which joining or parting two clusters changes figures; None: never.

    A cluster without a stored event is in no figure yet. Before the later of the two begins, only
    the earlier one was anywhere, so that days before it can change by one thing alone: the channel
    of the earlier one. Its first touch is now the later one's, if that touch came first; or, if a
    visitor turns out to be a user, it lies too far before the signup to count.
    """
    earlier, later = sorted((one, other), key=lambda cluster: cluster.first_us)
    visitor = not earlier.known and not earlier.new
    if visitor and 0 < earlier.first_touch_us < later.first_us - ATTRIBUTION_US:
        return earlier.first_us
    if one.new or other.new:
        return None
    takes_channel = later.first_touch_us and not 0 < earlier.first_touch_us <= later.first_touch_us
    return earlier.first_us if takes_channel else later.first_us


def replayed(identities: Collection[int], edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The flat map that these accepted edges, ``(identity, into)`` in order, make out of nothing."""
    roots = Roots({identity: identity for identity in identities})
    for identity, into in edges:
        roots.move(roots[identity], roots[into])
    return {identity: roots[identity] for identity in identities}
