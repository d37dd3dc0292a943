"""Who was erased stays away by the ids they had, and keeps nobody else away."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.collect.inbox import commit
from analytics.collect.messages import Ids
from analytics.collect.models import DeadLetter, Event, Source
from analytics.collect.requests import Delivery, Letter
from analytics.erasure import carry_out, request_erasure
from analytics.event import EventRow
from analytics.people import linking
from analytics.people.ids import identity_id
from analytics.people.models import Identity
from analytics.people.suppression import digest_of, suppress
from tests.people.conftest import START_US, event_row, person_of

pytestmark = pytest.mark.django_db

# The same texts as ids of both kinds.
values = st.sampled_from(["", "x", "y", "z"])
suppressed_ids = st.sets(st.tuples(st.sampled_from("au"), values.filter(bool)))


def take(*rows: EventRow, letters: tuple[Letter, ...] = ()) -> list[Event]:
    Source.objects.get_or_create(pk=1, name="shop")
    commit([Delivery(list(rows), list(letters), {})])
    events = {event.message_id: event for event in Event.objects.all()}
    return [events[row.message_id] for row in rows if row.message_id in events]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(suppressed=suppressed_ids, sent=st.lists(st.tuples(values, values).filter(any), max_size=8))
def test_an_event_is_refused_by_the_ids_of_whoever_sent_it(suppressed, sent) -> None:
    linking.forget()
    with transaction.atomic():
        suppress(digests=[digest_of(kind, value) for kind, value in suppressed])
        taken = take(*(event_row(user=user, anonymous=anonymous) for user, anonymous in sent))
        expected, known = [], set()
        for user, anonymous in sent:
            here = "" if ("a", anonymous) in suppressed else anonymous
            if ("u", user) in suppressed or not (user or here):
                continue
            theirs = [(kind, value) for kind, value in (("u", user), ("a", here)) if value]
            actor, device = (identity_id(*theirs[at]) for at in (0, -1))
            expected.append((actor, identity_id("a", here) if here else 0, device))
            known |= set(theirs)
        assert [(event.actor, event.anon, event.device) for event in taken] == expected
        assert set(Identity.objects.values_list("kind", "value")) == known
        transaction.set_rollback(True)
    linking.forget()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(suppressed=suppressed_ids, ids=st.tuples(values, values, values))
def test_a_letter_which_is_kept_whole_is_refused_by_any_id(suppressed, ids) -> None:
    linking.forget()
    with transaction.atomic():
        suppress(digests=[digest_of(kind, value) for kind, value in suppressed])
        take(letters=(Letter(1, "/v1/track", "too_large", "…", b"{}", START_US, ids=Ids(*ids)),))
        user, anonymous, previous = ids
        named = {("u", user), ("a", anonymous), ("u", previous), ("a", previous)}
        assert DeadLetter.objects.exists() is not bool(named & suppressed)
        transaction.set_rollback(True)
    linking.forget()


def test_an_erased_person_is_kept_away_and_others_are_not() -> None:
    take(event_row(user="ada", anonymous="phone"), event_row(user="ada", anonymous="laptop"), event_row(user="bob"))
    carry_out(request_erasure(person=identity_id("u", "ada"), user=None).pk)
    assert take(event_row(user="ada")) == []
    assert take(event_row(user="ada", anonymous="new phone")) == []
    assert take(event_row(anonymous="phone")) == []
    assert len(take(event_row(anonymous="ada"))) == 1, "an anonymous id like her user id"
    assert len(take(event_row(user="phone"))) == 1, "a user id like her anonymous id"
    repeated = '{"device":{"id":"laptop","type":"web"},"ids":["laptop",1],"traits":{"anonymousId":"laptop"}}'
    (on_her_laptop,) = take(event_row(user="bob", anonymous="laptop", context=repeated, properties='{"id":"laptop"}'))
    assert (on_her_laptop.actor, on_her_laptop.anon) == (identity_id("u", "bob"), 0)
    assert on_her_laptop.context == '{"device":{"type":"web"},"ids":[1],"traits":{}}'
    assert on_her_laptop.properties == "{}"
    assert not Identity.objects.filter(kind="a", value__in=["phone", "laptop", "new phone"]).exists()


@pytest.mark.parametrize("trusted", [True, False])
def test_an_alias_of_an_erased_id_brings_it_back_as_nothing(trusted: bool) -> None:
    suppress(digests=[digest_of("u", "ada"), digest_of("a", "phone")])
    for previous in ("ada", "phone"):
        take(event_row(type="alias", user="bob", previous_id=previous, trusted=trusted))
    assert list(Identity.objects.values_list("kind", "value")) == [("u", "bob")]


@pytest.mark.parametrize("trusted", [True, False])
def test_an_alias_of_an_id_of_the_other_kind_joins_whom_it_names(trusted: bool) -> None:
    suppress(digests=[digest_of("u", "ada"), digest_of("a", "phone")])
    take(event_row(anonymous="ada"), event_row(user="phone"))
    take(event_row(type="alias", user="bob", previous_id="ada", trusted=trusted))
    take(event_row(type="alias", user="bob", previous_id="phone", trusted=trusted))
    assert person_of("a", "ada") == identity_id("u", "bob")
    assert (person_of("u", "phone") == identity_id("u", "bob")) is trusted
    assert Identity.objects.count() == 3
