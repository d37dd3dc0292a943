"""Linking held to a reference that keeps every person as a set and looks everything up the slow way."""

from dataclasses import dataclass, field
from math import inf

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.event import EventRow
from analytics.people import linking
from analytics.people.merging import CannotMerge, merge_people, rebuild_map, undo_merge
from analytics.people.models import Identity, IdentityEdge
from analytics.stale import StaleDays, local_date
from productops.lib.models import User
from tests.people.conftest import DAY_US, START_US, event_row

Id = tuple[str, str]


@dataclass
class Reference:
    """Links in order of arrival; a person is the connected ids of the links that hold."""

    ids: set[Id] = field(default_factory=set)
    links: list[tuple[Id, Id]] = field(default_factory=list)
    undone: list[tuple[Id, Id]] = field(default_factory=list)
    days: dict[Id, set[int]] = field(default_factory=dict)  # with an event
    touched: dict[Id, set[int]] = field(default_factory=dict)  # with an event that has a touch
    new: set[Id] = field(default_factory=set)  # in this batch
    queued: set[int] = field(default_factory=set)  # from when on figures change by it

    def person(self, one: Id) -> frozenset[Id]:
        found = {one}
        while more := {end for pair in self.links if set(pair) & found for end in pair if end not in found}:
            found |= more
        return frozenset(found)

    def users(self, one: Id) -> set[Id]:
        return {member for member in self.person(one) if member[0] == "u"}

    def claim(self, one: Id, user: Id, *, trusted: bool = False) -> None:
        sides = {self.person(one), self.person(user)}
        if len(sides) == 1 or any({self.person(end) for end in pair} == sides for pair in self.undone):
            return
        if not self.users(one) or (trusted and one[0] == "u"):
            self.join(one, user)

    def join(self, one: Id, other: Id) -> None:
        self.queued |= self.changed(self.person(one), self.person(other))
        self.links.append((one, other))

    def changed(self, one: frozenset[Id], other: frozenset[Id]) -> set[int]:
        """The day from which on figures change when these become one; none when they don't."""
        earlier, later = sorted((one, other), key=lambda ids: self.first(ids, self.days))
        begun, touch = self.first(earlier, self.days), self.first(earlier, self.touched)
        later_begun, later_touch = self.first(later, self.days), self.first(later, self.touched)
        if not any(kind == "u" for kind, _ in earlier) and not earlier <= self.new and touch < later_begun - 90:
            return {begun}
        if one <= self.new or other <= self.new:
            return set()
        return {begun if later_touch < touch else later_begun}

    @staticmethod
    def first(ids: frozenset[Id], days: dict[Id, set[int]]) -> float:
        return min((day for one in ids for day in days.get(one, ())), default=inf)

    def see(self, one: Id, day: int, *, touch: bool = False) -> None:
        if one not in self.ids:
            self.ids.add(one)
            self.new.add(one)
        self.days.setdefault(one, set()).add(day)
        if touch:
            self.touched.setdefault(one, set()).add(day)

    def batch(self, messages) -> None:
        self.new, self.queued = set(), set()
        claims: list[tuple[Id, Id, bool]] = []
        for message in messages:
            claims += self.event(*message[1:]) if message[0] == "event" else self.alias(*message[1:])
        for one, user, trusted in claims:
            self.claim(one, user, trusted=trusted)

    def event(self, user: str, anonymous: str, day: int, touch: bool) -> list[tuple[Id, Id, bool]]:
        if user:
            self.see(("u", user), day, touch=touch)
        if anonymous:
            self.see(("a", anonymous), day, touch=touch and not user)
        return [(("a", anonymous), ("u", user), False)] if user and anonymous else []

    def alias(self, user: str, previous: str, day: int, trusted: bool) -> list[tuple[Id, Id, bool]]:
        self.see(("u", user), day)
        if previous in GENERIC:
            return []
        only_user = ("u", previous) in self.ids and ("a", previous) not in self.ids
        kinds = "au" if trusted else ("u" if only_user else "a")
        for kind in kinds:
            self.see((kind, previous), day)
        return [((kind, previous), ("u", user), trusted) for kind in kinds]


GENERIC = ["null", "Guest", "[object Object]"]
users = st.sampled_from(["ada", "bob", "eve"])
devices = st.sampled_from(["phone", "laptop", "kiosk"])
days = st.sampled_from([0, 1, 2, 90, 91, 92, 100])
ids = st.tuples(users | st.just(""), devices | st.just("")).filter(any)
events = st.builds(lambda ids, day, touch: ("event", *ids, day, touch), ids, days, st.booleans())
aliases = st.tuples(st.just("alias"), users, users | devices | st.sampled_from(GENERIC), days, st.booleans())
merges = st.tuples(st.just("merge"), st.integers(0, 9), st.integers(0, 9))
undos = st.tuples(st.just("undo"), st.integers(0, 9))
batches = st.lists(events | aliases, min_size=1, max_size=5).map(lambda rows: ("batch", rows))


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(batches | merges | undos, max_size=10))
def test_every_history_gives_the_persons_of_the_reference(steps):
    linking.forget()
    with transaction.atomic():
        _play(steps)
        transaction.set_rollback(True)


def _play(steps) -> None:
    staff = User.objects.create_user("grace", role="analyst")
    reference = Reference()
    for step in steps:
        StaleDays.objects.all().delete()
        if step[0] == "batch":
            reference.batch(step[1])
            linking.link(list(map(_row, step[1])))
        elif step[0] == "merge":
            _merge(step, reference, staff)
        else:
            _undo(step, reference, staff)
        if step[0] != "undo":
            assert _queued() == min(reference.queued, default=None)
        stored = {(row.kind, row.value): row for row in Identity.objects.all()}
        assert stored.keys() == reference.ids
        by_person: dict[int, set[Id]] = {}
        for key, row in stored.items():
            by_person.setdefault(row.person, set()).add(key)
        assert {frozenset(ids) for ids in by_person.values()} == {reference.person(one) for one in reference.ids}
        assert {row.pk: row.person for row in stored.values()} == _replayed_one_by_one(), "roots are the edges' own"
        roots = {row.pk: row for row in stored.values()}
        assert all(
            roots[person].kind == "u" for person, ids in by_person.items() if any(kind == "u" for kind, _ in ids)
        )
        assert all(row.first_us == START_US + min(reference.days[key]) * DAY_US for key, row in stored.items())
    assert rebuild_map() == 0


def _replayed_one_by_one() -> dict[int, int]:
    """The flat map by its definition: after each edge everyone of the one person is the other's."""
    person_of = {identity: identity for identity in Identity.objects.values_list("pk", flat=True)}
    edges = list(IdentityEdge.objects.order_by("pk"))
    taken_back = {edge.undoes_id for edge in edges}
    for edge in edges:
        if edge.accepted and edge.rule != "undo" and edge.pk not in taken_back:
            loser, winner = person_of[edge.identity], person_of[edge.into]
            person_of = {identity: winner if was == loser else was for identity, was in person_of.items()}
    return person_of


def _queued() -> int | None:
    """The first day queued, in days since START_US."""
    first = StaleDays.objects.order_by("first_day").values_list("first_day", flat=True).first()
    return None if first is None else (first - local_date(START_US)).days


def _row(message) -> EventRow:
    if message[0] == "event":
        _, user, anonymous, day, touch = message
        return event_row(user=user, anonymous=anonymous, at_us=START_US + day * DAY_US, touch="t" if touch else "")
    _, user, previous, day, trusted = message
    return event_row(type="alias", user=user, previous_id=previous, trusted=trusted, at_us=START_US + day * DAY_US)


def _merge(step, reference: Reference, staff: User) -> None:
    reference.new, reference.queued = set(), set()
    ids = sorted(reference.ids)
    if not ids:
        return
    one, other = (ids[number % len(ids)] for number in step[1:])
    stored = {(row.kind, row.value): row for row in Identity.objects.all()}
    try:
        edge = merge_people(person=stored[one].person, other=stored[other].person, user=staff)
    except CannotMerge:
        assert reference.person(one) == reference.person(other)
        return
    named = {row.pk: key for key, row in stored.items()}
    reference.join(named[edge.identity], named[edge.into])


def _undo(step, reference: Reference, staff: User) -> None:
    made = list(IdentityEdge.objects.joining().order_by("pk"))
    assert len(made) == len(reference.links)
    if made:
        number = step[1] % len(made)
        undo_merge(edge=made[number], user=staff)
        reference.undone.append(reference.links.pop(number))
