"""The rules of identity as arithmetic on a flat map: no database, no order but the one given.

A cluster is a person: a root, whose id is the person's, and its members, the root among them.
A cluster that holds a user id has a user id as its root, because only anonymous roots move into
others by themselves and a merge by hand moves the anonymous side into the known one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

# How long before a signup a touch counts: analytics.metrics.facts says so too, but loading it takes
# a collector a second and the memory of a query engine.
ATTRIBUTION_US = 90 * 86_400_000_000


@dataclass
class Member:
    """One identity, with what deciding about it takes. Times are UTC microseconds; touch 0: none."""

    id: int
    kind: str  # a: anonymous id, u: user id
    first_us: int
    first_touch_us: int = 0
    new: bool = False  # no event of it was stored before this batch


@dataclass
class Cluster:
    root: Member
    members: list[Member] = field(default_factory=list)

    @property
    def known(self) -> bool:
        return self.root.kind == "u"

    @property
    def new(self) -> bool:
        return all(member.new for member in self.members)

    @property
    def first_us(self) -> int:
        return min(member.first_us for member in self.members)

    @property
    def first_touch_us(self) -> int:
        return min((member.first_touch_us for member in self.members if member.first_touch_us), default=0)

    @property
    def anonymous_ids(self) -> int:
        return sum(member.kind == "a" for member in self.members)


class People:
    """The clusters of some identities, and the changes made to them."""

    def __init__(self, members: Iterable[Member], person_of: Mapping[int, int]) -> None:
        self._members = {member.id: member for member in members}
        by_root: dict[int, Cluster] = {}
        for member in self._members.values():
            root = person_of[member.id]
            by_root.setdefault(root, Cluster(self._members[root])).members.append(member)
        self._cluster_of = {member.id: cluster for cluster in by_root.values() for member in cluster.members}

    def __getitem__(self, identity: int) -> Cluster:
        return self._cluster_of[identity]

    def member(self, identity: int) -> Member:
        return self._members[identity]

    def move(self, loser: Cluster, winner: Cluster) -> None:
        """Every identity of ``loser`` becomes the winner's."""
        for member in loser.members:
            self._cluster_of[member.id] = winner
        winner.members.extend(loser.members)

    def persons(self) -> dict[int, int]:
        """The person of every identity: the flat map."""
        return {identity: cluster.root.id for identity, cluster in self._cluster_of.items()}


class Verdict(NamedTuple):
    accepted: bool
    reason: str = ""


def judge(subject: Member, one: Cluster, other: Cluster, *, may_merge_users: bool) -> Verdict:
    """Whether ``one``, the cluster of ``subject``, may move into ``other``, that of a user id."""
    if not one.known:
        return Verdict(True)
    if subject.kind == "u":
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


def replayed(members: Iterable[Member], edges: Iterable[tuple[int, int]]) -> dict[int, int]:
    """The flat map that these accepted edges, ``(identity, into)`` in order, make out of nothing."""
    members = list(members)
    people = People(members, {member.id: member.id for member in members})
    for identity, into in edges:
        if people[identity] is not people[into]:
            people.move(people[identity], people[into])
    return people.persons()
