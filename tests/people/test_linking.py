"""Who is who, told by events."""

import pytest
from django.db import transaction

from analytics.collect.inbox import commit
from analytics.collect.models import DeadLetter, Event, Source
from analytics.collect.requests import Delivery
from analytics.metrics.facts import ATTRIBUTION_DAYS
from analytics.people.clusters import ATTRIBUTION_US
from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.people.models import Account, Identity, IdentityEdge
from analytics.stale import StaleDays, local_date
from tests.people.conftest import DAY_US, START_US, event_row, person_of

pytestmark = pytest.mark.django_db


def test_an_event_with_both_ids_gives_the_anonymous_past_to_the_user():
    link([event_row(anonymous="phone"), event_row(anonymous="phone", user="ada")])
    assert person_of("a", "phone") == person_of("u", "ada") == identity_id("u", "ada")
    edge = IdentityEdge.objects.get()
    assert (edge.rule, edge.accepted) == ("seen_together", True)


def test_a_shared_device_stays_with_its_first_user_and_is_recorded_once():
    link([event_row(anonymous="kiosk", user="ada")])
    for _ in range(3):
        link([event_row(anonymous="kiosk", user="bob"), event_row(anonymous="kiosk", user="bob")])
    assert person_of("a", "kiosk") == identity_id("u", "ada")
    assert person_of("u", "bob") == identity_id("u", "bob")
    assert IdentityEdge.objects.filter(accepted=False).values_list("reason", flat=True).get() == "shared_device"


def test_several_devices_of_one_user_are_one_person():
    link([event_row(anonymous="phone", user="ada"), event_row(anonymous="laptop", user="ada")])
    assert set(Identity.objects.values_list("person", flat=True)) == {identity_id("u", "ada")}


def test_an_alias_of_an_anonymous_id_links_it():
    link([event_row(anonymous="phone")])
    link([event_row(type="alias", event="alias", user="ada", previous_id="phone")])
    assert person_of("a", "phone") == identity_id("u", "ada")


def test_two_known_users_are_merged_by_an_alias_with_the_secret_key_only():
    link([event_row(user="old"), event_row(user="new")])
    link([event_row(type="alias", event="alias", user="new", previous_id="old")])
    assert person_of("u", "old") == identity_id("u", "old")
    assert IdentityEdge.objects.get().reason == "two_known_users"
    link([event_row(type="alias", event="alias", user="new", previous_id="old", trusted=True)])
    assert person_of("u", "old") == identity_id("u", "new")


def test_a_trusted_alias_that_overtakes_its_events_links_them_all_the_same():
    link([event_row(type="alias", event="alias", user="new", previous_id="old", trusted=True)])
    link([event_row(user="old")])
    assert person_of("u", "old") == identity_id("u", "new")


@pytest.mark.parametrize("placeholder", ["null", "undefined", "'anonymous'", "  ", "x" * 256])
def test_an_alias_of_an_id_that_names_nobody_links_nothing(placeholder):
    link([event_row(type="alias", event="alias", user="ada", previous_id=placeholder)])
    assert not IdentityEdge.objects.exists()


def test_a_batch_that_brings_nothing_new_costs_no_query(django_assert_num_queries, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        link([event_row(anonymous="phone", user="ada", account="acme", touch="t")])
    with django_assert_num_queries(0):
        link([event_row(anonymous="phone", user="ada", account="acme", touch="t", at_us=START_US + 1)])


def test_what_a_rolled_back_transaction_wrote_is_not_remembered(transactional_db):
    with transaction.atomic():
        link([event_row(anonymous="phone", user="ada")])
        transaction.set_rollback(True)
    assert not Identity.objects.exists()
    with transaction.atomic():
        link([event_row(anonymous="phone", user="ada")])
    assert person_of("a", "phone") == identity_id("u", "ada")


def test_an_earlier_event_lowers_the_first_time():
    link([event_row(user="ada", at_us=START_US, touch="t")])
    link([event_row(user="ada", at_us=START_US - DAY_US)])
    ada = Identity.objects.get()
    assert (ada.first_us, ada.first_touch_us) == (START_US - DAY_US, START_US)


def test_traits_of_the_newest_identify_win_whatever_arrives_first():
    link([event_row(type="identify", user="ada", traits={"plan": "pro", "name": "Ada"}, at_us=START_US)])
    link([event_row(type="identify", user="ada", traits={"plan": "free", "city": "Paris"}, at_us=START_US - 1)])
    ada = Identity.objects.get()
    assert ada.traits == {"plan": "pro", "name": "Ada", "city": "Paris"}
    assert ada.search == "ada ada"


def test_group_traits_are_the_accounts():
    link([event_row(user="ada", account="acme")])
    link([event_row(type="group", user="ada", account="acme", traits={"name": "Acme"})])
    assert Account.objects.get().traits == {"name": "Acme"}
    assert Identity.objects.get().traits == {}


class TestStaleDays:
    """Days are queued only where joining two pasts changes a figure."""

    def queued(self):
        return list(StaleDays.objects.values_list("kind", "first_day"))

    def test_none_when_a_visitor_signs_up(self):
        link([event_row(anonymous="phone")])
        link([event_row(anonymous="phone", user="ada", at_us=START_US + DAY_US)])
        assert self.queued() == []

    def test_none_when_a_user_comes_with_a_new_device(self):
        link([event_row(user="ada")])
        link([event_row(anonymous="laptop", user="ada", at_us=START_US + DAY_US)])
        assert self.queued() == []

    def test_none_when_a_visitor_of_yesterday_is_a_user_from_now_on_on_another_device_too(self):
        link([event_row(anonymous="phone", touch="t")])
        link([event_row(anonymous="phone", user="ada"), event_row(anonymous="laptop", user="ada")])
        assert self.queued() == []

    def test_from_the_later_beginning_when_a_user_turns_out_to_have_been_a_visitor_elsewhere(self):
        link([event_row(user="ada", touch="t")])
        link([event_row(anonymous="laptop", at_us=START_US + 3 * DAY_US)])
        link([event_row(anonymous="laptop", user="ada", at_us=START_US + 4 * DAY_US)])
        assert self.queued() == [("identity", local_date(START_US + 3 * DAY_US))]

    def test_from_the_first_visit_when_it_lies_too_far_back_to_be_the_signups_channel(self):
        link([event_row(anonymous="phone", touch="t")])
        link([event_row(anonymous="phone", user="ada", at_us=START_US + 91 * DAY_US)])
        assert self.queued() == [("identity", local_date(START_US))]

    def test_one_row_stands_for_all_that_it_covers(self):
        for device in ("one", "two", "three"):
            link([event_row(anonymous=device, touch="t"), event_row(user=f"user-{device}", touch="t")])
            link([event_row(anonymous=device, user=f"user-{device}")])
        assert self.queued() == [("identity", local_date(START_US))]


def test_attribution_is_the_metrics_own():
    assert ATTRIBUTION_US == ATTRIBUTION_DAYS * DAY_US


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_event_of_which_nothing_can_be_linked_is_put_aside_and_holds_up_no_other(position):
    """Rows edited by hand may name a person that isn't there."""
    source = Source.objects.create(name="shop")
    link([event_row(anonymous="tablet")])
    Identity.objects.update(person=1)
    rows = [event_row(user=name, source=source.pk, message_id=name) for name in ("ada", "bob", "eve")]
    rows.insert(position, event_row(user="zoe", anonymous="tablet", source=source.pk, message_id="bad"))
    commit([Delivery(rows[:2], [], {}), Delivery(rows[2:], [], {})])
    assert set(Event.objects.values_list("message_id", flat=True)) == {"ada", "bob", "eve"}
    assert DeadLetter.objects.get().message_id == "bad"
