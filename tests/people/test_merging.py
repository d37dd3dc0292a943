"""Persons joined and parted by staff."""

import pytest

from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.people.merging import CannotMerge, merge_people, rebuild_map, undo_merge
from analytics.people.models import Identity, IdentityEdge
from analytics.stale import StaleDays, local_date
from productops.lib.models import AuditEntry, User
from tests.people.conftest import DAY_US, START_US, event_row, person_of

pytestmark = pytest.mark.django_db

ADA, BOB = identity_id("u", "ada"), identity_id("u", "bob")


@pytest.fixture
def analyst() -> User:
    return User.objects.create_user("grace", role="analyst")


def persons() -> dict[str, int]:
    return dict(Identity.objects.values_list("value", "person"))


def test_a_merge_moves_everyone_of_the_other_person_and_leaves_a_trail(analyst):
    link([event_row(user="ada"), event_row(user="bob", anonymous="phone")])
    merge_people(person=ADA, other=BOB, user=analyst)
    assert set(persons().values()) == {ADA}
    assert AuditEntry.objects.get().action == "people.merge"


def test_a_known_user_stays_the_person_when_merged_into_a_visitor(analyst):
    link([event_row(anonymous="visitor"), event_row(user="ada")])
    merge_people(person=identity_id("a", "visitor"), other=ADA, user=analyst)
    assert set(persons().values()) == {ADA}


def test_undo_gives_each_side_what_was_its_own_and_nothing_joins_them_again(analyst):
    link([event_row(user="ada", anonymous="laptop"), event_row(user="bob", anonymous="phone")])
    before = persons()
    edge = merge_people(person=ADA, other=BOB, user=analyst)
    link([event_row(user="ada", anonymous="tablet")])
    undo_merge(edge=edge, user=analyst)
    assert persons() == {**before, "tablet": ADA}
    assert IdentityEdge.objects.filter(pk=edge.pk, accepted=True).exists()


def test_a_link_that_staff_undid_is_not_made_again_by_the_next_event(analyst):
    link([event_row(user="ada", anonymous="kiosk")])
    undo_merge(edge=IdentityEdge.objects.get(), user=analyst)
    link([event_row(user="ada", anonymous="kiosk")])
    assert person_of("a", "kiosk") == identity_id("a", "kiosk")
    link([event_row(user="bob", anonymous="kiosk")])
    assert person_of("a", "kiosk") == BOB


def test_an_undo_holds_whichever_of_the_visitors_ids_an_event_names(analyst):
    link([event_row(anonymous="phone"), event_row(anonymous="laptop"), event_row(user="bob", anonymous="tablet")])
    merge_people(person=identity_id("a", "phone"), other=identity_id("a", "laptop"), user=analyst)
    before = persons()
    assert before["phone"] == before["laptop"]
    undo_merge(edge=merge_people(person=before["phone"], other=BOB, user=analyst), user=analyst)
    link([event_row(user="bob", anonymous="laptop")])
    link([event_row(user="bob", anonymous="phone")])
    assert persons() == before
    assert set(IdentityEdge.objects.filter(accepted=False).values_list("reason", flat=True)) == {"undone"}
    merge_people(person=before["phone"], other=BOB, user=analyst)  # staff may think again
    assert set(persons().values()) == {BOB}


def test_an_undo_holds_whichever_of_the_users_ids_an_alias_names(analyst):
    link([event_row(user="ada"), event_row(user="bob")])
    link([event_row(type="alias", user="bob", previous_id="robert", trusted=True)])
    assert person_of("u", "robert") == BOB
    undo_merge(edge=merge_people(person=ADA, other=BOB, user=analyst), user=analyst)
    link([event_row(type="alias", user="robert", previous_id="ada", trusted=True)])
    link([event_row(type="alias", user="ada", previous_id="robert", trusted=True)])
    assert [person_of("u", value) for value in ("ada", "bob", "robert")] == [ADA, BOB, BOB]


def test_what_cant_be_merged_or_undone_is_said(analyst):
    link([event_row(user="ada")])
    with pytest.raises(CannotMerge, match="one person already"):
        merge_people(person=ADA, other=ADA, user=analyst)
    with pytest.raises(CannotMerge, match="no such person"):
        merge_people(person=ADA, other=BOB, user=analyst)
    link([event_row(user="bob")])
    edge = merge_people(person=ADA, other=BOB, user=analyst)
    undo = undo_merge(edge=edge, user=analyst)
    for undoable in (edge, undo):
        with pytest.raises(CannotMerge):
            undo_merge(edge=undoable, user=analyst)


def test_a_merge_queues_the_days_from_when_both_were_there_and_an_undo_those_of_either(analyst):
    link([event_row(user="ada"), event_row(user="bob", at_us=START_US + 5 * DAY_US)])
    edge = merge_people(person=ADA, other=BOB, user=analyst)
    assert StaleDays.objects.get().first_day == local_date(START_US + 5 * DAY_US)
    StaleDays.objects.all().delete()
    undo_merge(edge=edge, user=analyst)
    assert StaleDays.objects.get().first_day == local_date(START_US)


def test_an_earlier_person_without_a_touch_takes_the_channel_of_the_later_one_so_that_all_its_days_change(analyst):
    link([event_row(user="ada"), event_row(user="bob", at_us=START_US + 5 * DAY_US, touch='["","","","","","seo"]')])
    merge_people(person=ADA, other=BOB, user=analyst)
    assert StaleDays.objects.get().first_day == local_date(START_US)


def test_rebuilding_mends_a_map_that_was_tampered_with():
    link([event_row(user="ada", anonymous="phone"), event_row(user="bob")])
    Identity.objects.filter(value="phone").update(person=BOB)
    assert rebuild_map() == 1
    assert person_of("a", "phone") == ADA
    assert rebuild_map() == 0
