"""Linking held to a reference that keeps every person as a set and looks everything up the slow way."""

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.people import linking
from analytics.people.merging import CannotMerge, merge_people, rebuild_map, undo_merge
from analytics.people.models import Identity, IdentityEdge
from productops.lib.models import User
from tests.people.conftest import START_US, event_row

Id = tuple[str, str]


@dataclass
class Reference:
    """Links in order of arrival; a person is the connected ids of the links that hold."""

    ids: set[Id] = field(default_factory=set)
    links: list[tuple[Id, Id]] = field(default_factory=list)
    undone: list[tuple[Id, Id]] = field(default_factory=list)

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
            self.links.append((one, user))

    def event(self, user: str, anonymous: str) -> None:
        self.ids |= {("u", user)} if user else set()
        self.ids |= {("a", anonymous)} if anonymous else set()
        if user and anonymous:
            self.claim(("a", anonymous), ("u", user))

    def alias(self, user: str, previous: str, trusted: bool) -> None:
        self.ids.add(("u", user))
        only_user = ("u", previous) in self.ids and ("a", previous) not in self.ids
        for kind in "au" if trusted else ("u" if only_user else "a"):
            self.ids.add((kind, previous))
            self.claim((kind, previous), ("u", user), trusted=trusted)


users = st.sampled_from(["ada", "bob", "eve"])
devices = st.sampled_from(["phone", "laptop", "kiosk"])
events = st.tuples(st.just("event"), users | st.just(""), devices | st.just("")).filter(lambda e: e[1] or e[2])
aliases = st.tuples(st.just("alias"), users, users | devices, st.booleans())
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
        if step[0] == "batch":
            _link(step[1], reference)
        elif step[0] == "merge":
            _merge(step, reference, staff)
        else:
            _undo(step, reference, staff)
        stored = {(row.kind, row.value): row for row in Identity.objects.all()}
        assert stored.keys() == reference.ids
        by_person: dict[int, set[Id]] = {}
        for key, row in stored.items():
            by_person.setdefault(row.person, set()).add(key)
        assert {frozenset(ids) for ids in by_person.values()} == {reference.person(one) for one in reference.ids}
        roots = {row.pk: row for row in stored.values()}
        assert all(roots[person].person == person for person in by_person), "the map is flat"
        assert all(
            roots[person].kind == "u" for person, ids in by_person.items() if any(kind == "u" for kind, _ in ids)
        )
    assert rebuild_map() == 0


def _link(messages, reference: Reference) -> None:
    rows = []
    for message in messages:
        if message[0] == "event":
            _, user, anonymous = message
            rows.append(event_row(user=user, anonymous=anonymous, at_us=START_US))
            reference.event(user, anonymous)
        else:
            _, user, previous, trusted = message
            rows.append(event_row(type="alias", user=user, previous_id=previous, trusted=trusted))
            reference.alias(user, previous, trusted)
    linking.link(rows)


def _merge(step, reference: Reference, staff: User) -> None:
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
    reference.links.append((named[edge.identity], named[edge.into]))


def _undo(step, reference: Reference, staff: User) -> None:
    made = list(IdentityEdge.objects.joining().order_by("pk"))
    assert len(made) == len(reference.links)
    if made:
        number = step[1] % len(made)
        undo_merge(edge=made[number], user=staff)
        reference.undone.append(reference.links.pop(number))
