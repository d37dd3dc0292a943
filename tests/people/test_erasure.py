"""A person leaves every table and file, and stays away."""

import json
from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache

from analytics.collect.models import DeadLetter, Event
from analytics.collect.services import create_source
from analytics.collect.writing import insert_events
from analytics.erasure import (
    RecordedErasure,
    carry_out,
    finish_erasures,
    recorded_erasures,
    replay_erasures,
    request_erasure,
)
from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.people.models import Erasure, Identity, IdentityEdge, Suppression
from analytics.people.removal import NoSuchPerson
from analytics.people.suppression import digest_of, is_suppressed
from analytics.person_export import export_person
from analytics.rollups import versions
from analytics.rollups.models import EventDefinition, Watermark
from analytics.rollups.standing import standing
from analytics.stale import StaleDays, local_date
from analytics.store.models import Segment
from analytics.store.reading import snapshot
from analytics.store.seal import seal
from productops.lib.models import AuditEntry, User
from tests.people.conftest import START_US, event_row, person_of

pytestmark = pytest.mark.django_db

ADA = identity_id("u", "ada")


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("root", role="admin")


@pytest.fixture
def stored_people() -> None:
    """Ada on a phone and a laptop, sealed and unsealed, and Bob on Ada's laptop."""
    sealed = [
        event_row(anonymous="phone", event="first_look", at_us=START_US - 1),
        event_row(
            anonymous="phone",
            user="ada",
            type="identify",
            event="identify",
            traits={"name": "Ada", "email": "ada@x.example"},
            properties='{"name":"Ada","email":"ada@x.example"}',
        ),
        event_row(anonymous="laptop", user="ada", at_us=START_US + 1),
        event_row(anonymous="laptop", user="bob", at_us=START_US + 2),
    ]
    insert_events(sealed)
    link(sealed)
    seal()
    fresh = [event_row(user="ada", at_us=START_US + 3), event_row(user="bob", at_us=START_US + 4)]
    insert_events(fresh)
    link(fresh)


def actors_left() -> set[int]:
    with snapshot() as tables:
        return set(tables.events.actor.to_pyarrow().to_pylist())


def test_nothing_of_the_person_is_left_and_everyone_else_is(admin, stored_people):
    erasure = request_erasure(person=ADA, user=admin)
    carry_out(erasure.pk)
    assert actors_left() == {identity_id("u", "bob")}
    assert set(Event.objects.values_list("actor", flat=True)) == {identity_id("u", "bob")}
    assert list(Identity.objects.values_list("value", flat=True)) == ["bob"]
    assert not IdentityEdge.objects.exists()
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.FINISHED
    assert StaleDays.objects.filter(kind="events").exists()


@pytest.mark.files
def test_no_table_or_file_holds_an_id_or_trait_in_clear(admin, stored_people, data_dir):
    carry_out(request_erasure(person=ADA, user=admin).pk)
    kept = json.dumps(
        [list(Erasure.objects.values("digests", "identities", "error")), *AuditEntry.objects.values("object", "detail")]
    )
    assert "ada" not in kept
    published = [data_dir / path for path in Segment.objects.published().values_list("path", flat=True)]
    assert published
    assert not any(b"ada@x.example" in path.read_bytes() for path in published)


def test_later_events_of_the_person_are_refused_also_by_their_devices(admin, stored_people):
    request_erasure(person=ADA, user=admin)
    ids = [("u", "ada"), ("a", "phone"), ("a", "laptop"), ("u", "bob"), ("a", "ada"), ("u", "phone")]
    assert [is_suppressed(*one) for one in ids] == [True, True, True, False, False, False]
    assert not set(Suppression.objects.values_list("digest", flat=True)) & {"ada", "phone"}


@pytest.mark.parametrize(
    ("body", "erased"),
    [
        (b'{"userId": "ada"}', True),
        (b'{"anonymousId":"phone"}', True),
        (b'{"userId": "adam"}', False),
        (b'{"email": "ada@y.example"}', False),
        (b"ada", True),
    ],
)
def test_dead_letters_that_name_the_person_go(admin, stored_people, body, erased):
    source, *_ = create_source(name="web", platform="web")
    DeadLetter.objects.create(
        source=source, received_at=datetime.now(UTC), reason="x", detail="", path="/v1/track", body=body
    )
    carry_out(request_erasure(person=ADA, user=admin).pk)
    assert DeadLetter.objects.exists() is not erased


def test_a_restore_of_an_older_backup_is_followed_by_the_erasure(admin, stored_people):
    carry_out(request_erasure(person=ADA, user=admin).pk)
    recorded = recorded_erasures()
    # As an older backup has it: the person is back, and nothing tells of the erasure.
    Erasure.objects.all().delete()
    Suppression.objects.all().delete()
    again = [event_row(user="ada", anonymous="phone")]
    insert_events(again)
    link(again)
    assert replay_erasures(recorded) == 1
    assert actors_left() == {identity_id("u", "bob")}
    assert is_suppressed("a", "phone")
    assert replay_erasures(recorded) == 1, "recorded once, however often it is replayed"
    assert Erasure.objects.count() == 1


def test_an_erasure_that_was_interrupted_is_finished_later(admin, stored_people):
    request_erasure(person=ADA, user=admin)
    assert finish_erasures() == 1
    assert actors_left() == {identity_id("u", "bob")}


def test_what_a_process_took_that_did_not_know_of_the_erasure_yet_is_nobodys(admin, stored_people):
    erasure = request_erasure(person=ADA, user=admin)
    link([event_row(user="ada", anonymous="tablet", at_us=START_US + 5)])  # straight to the database
    carry_out(erasure.pk)
    assert person_of("a", "tablet") == identity_id("a", "tablet")
    assert StaleDays.objects.filter(kind="identity", first_day=local_date(START_US + 5)).exists()
    link([event_row(user="bob", anonymous="tablet", at_us=START_US + 6)])
    assert person_of("a", "tablet") == identity_id("u", "bob")


def test_identities_that_lost_their_person_are_parted_when_the_erasure_is_repeated(admin, stored_people):
    carry_out(request_erasure(person=ADA, user=admin).pk)
    link([event_row(anonymous="tablet")])
    Identity.objects.filter(value="tablet").update(person=ADA)
    finish_erasures()
    assert person_of("a", "tablet") == identity_id("a", "tablet")


def test_people_who_were_joined_by_the_erased_one_keep_their_own_devices(admin):
    """As after a restore of a backup from before a link was undone."""
    link([event_row(user="ada"), event_row(user="bob", anonymous="desk"), event_row(user="bob", anonymous="desk2")])
    link([event_row(type="alias", event="alias", user="ada", previous_id="bob", trusted=True)])
    assert person_of("a", "desk") == ADA
    replay_erasures([RecordedErasure(digests=[digest_of("u", "ada")], identities=[ADA])])
    assert {person_of("a", "desk"), person_of("a", "desk2"), person_of("u", "bob")} == {identity_id("u", "bob")}


def test_everyone_stays_away_although_one_erasure_fails(admin, stored_people, monkeypatch):
    recorded = [RecordedErasure([digest_of("u", name)], [identity_id("u", name)]) for name in ("ada", "bob")]
    monkeypatch.setattr("analytics.store.erase.erase_actors", lambda identities: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        replay_erasures(recorded)
    assert is_suppressed("u", "ada")
    assert is_suppressed("u", "bob")
    monkeypatch.undo()
    assert finish_erasures() == 2
    assert not actors_left() & {ADA, identity_id("u", "bob")}


def test_bodies_drawn_before_the_erasure_are_shown_no_more_and_the_cache_keeps_what_is_others(admin, stored_people):
    Watermark.objects.create(step=Watermark.Step.ROLLUPS, day=date(2025, 1, 1), version=versions.current())
    before = standing(versions.current()).stamp
    cache.set("others", 1)
    carry_out(request_erasure(person=ADA, user=admin).pk)
    StaleDays.objects.all().delete()
    assert before is not None
    assert standing(versions.current()).stamp not in {before, None}
    assert cache.get("others") == 1


def test_an_unknown_person_cant_be_erased(admin):
    with pytest.raises(NoSuchPerson):
        request_erasure(person=ADA, user=admin)
    assert not Erasure.objects.exists()


def test_an_export_holds_everything_and_is_json(stored_people):
    document = json.loads(json.dumps(export_person(ADA)))["analytics"]
    assert {row["value"] for row in document["identities"]} == {"ada", "phone", "laptop"}
    assert [event["event"] for event in document["events"]] == ["page", "page", "identify", "first_look"]
    assert document["events"][2]["properties"]["name"] == "Ada"
    # The laptop's session is Bob's, who was there last.
    assert [session["active_events"] for session in document["sessions"]] == [1, 1]


def test_examples_in_the_dictionary_that_are_theirs_go(admin, stored_people):
    seen = {
        "email": {"types": {"string": 2}, "examples": ["ada@x.example", "eve@x.example"]},
        "plan": {"types": {"string": 1}, "examples": ["free"]},
    }
    EventDefinition.objects.create(name="identify", properties=seen)
    carry_out(request_erasure(person=ADA, user=admin).pk)
    kept = EventDefinition.objects.get().properties
    assert kept["email"] == {"types": {"string": 2}, "examples": ["eve@x.example"]}
    assert kept["plan"] == seen["plan"]
