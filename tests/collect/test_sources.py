"""Sources, keys, health, dead letters, and what the portal tells itself."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from analytics.collect.dead_letters import Replay, purge, replay
from analytics.collect.inbox import commit
from analytics.collect.keys import KnownSource, key_of_header, live_keys, new_key
from analytics.collect.messages import open_envelope
from analytics.collect.models import DeadLetter, Event, Source, SourceKey, SourceMinute
from analytics.collect.normalise import Arrival
from analytics.collect.queries import dead_letters, source_health, sources
from analytics.collect.requests import deliver
from analytics.collect.services import change_source, create_source, revoke_key, rotate_key
from analytics.collect.track import track
from analytics.people import linking
from analytics.people.ids import identity_id
from analytics.people.suppression import digest_of, suppress
from productops.lib.models import AuditEntry, User

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)


def make_source(name: str = "shop", **options) -> Source:
    return create_source(name=name, platform="web", **options)[0]


def receive(source: Source, *messages: dict, path: str = "/v1/batch", at: datetime = RECEIVED) -> None:
    arrival = Arrival(source=KnownSource.of(source), received_us=int(at.timestamp() * 1e6))
    body = json.dumps({"batch": messages, "context": {"app": {"name": "Shop"}}}).encode()
    commit([deliver(*open_envelope(body), arrival, path)])


def test_a_source_is_made_with_a_key_of_each_kind() -> None:
    source, write_key, secret_key = create_source(
        name="Shop", platform="ios", allowed_origins=["https://Shop.example/", "https://shop.example"]
    )
    assert write_key != secret_key
    known = live_keys()
    assert (known[write_key].id, known[write_key].trusted, known[write_key].platform) == (source.pk, False, "ios")
    assert known[secret_key].trusted
    assert source.allowed_origins == ["https://shop.example"]
    (entry,) = AuditEntry.objects.all()
    assert (entry.action, entry.object) == ("source.create", "Shop")
    assert write_key not in str(entry.detail)


@pytest.mark.parametrize(
    "options", [{"name": ""}, {"platform": "amiga"}, {"allowed_origins": ["shop.example"]}, {"name": "taken"}]
)
def test_a_wrong_source_is_not_made(options: dict) -> None:
    make_source("taken")
    with pytest.raises(ValidationError):
        create_source(**{"name": "Shop", "platform": "web"} | options)
    assert Source.objects.count() == 1
    assert SourceKey.objects.count() == 2


def test_keys_are_rotated_one_at_a_time() -> None:
    source = make_source()
    old = source.keys.get(kind="write")
    new = rotate_key(source=source, kind="write", user=None)
    assert {old.key, new.key} <= live_keys().keys()
    with pytest.raises(ValidationError):
        rotate_key(source=source, kind="write", user=None)
    revoke_key(key=old, user=None)
    revoke_key(key=old, user=None)
    assert old.key not in live_keys()
    assert new.key in live_keys()
    rotate_key(source=source, kind="write", user=None)
    assert AuditEntry.objects.filter(action="key.revoke").count() == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example:443/ ", "https://shop.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
        ("chrome-extension://abcdefghijklmnop", "chrome-extension://abcdefghijklmnop"),
        ("https://shop.example/path", None),
        ("https://user@shop.example", None),
        ("https://shop.example:port", None),
        ("*", None),
    ],
)
def test_origins_are_kept_as_browsers_write_them(text: str, kept: str | None) -> None:
    source = make_source()
    if kept is None:
        with pytest.raises(ValidationError):
            change_source(source=source, allowed_origins=[text], user=None)
    else:
        assert change_source(source=source, allowed_origins=[text, ""], user=None).allowed_origins == [kept]


def test_the_health_page_shows_the_last_hour_and_why_events_were_refused(django_assert_max_num_queries) -> None:
    source, quiet = make_source("shop"), make_source("quiet")
    receive(source, {"type": "track", "event": "A", "userId": "u", "messageId": "1"}, {"type": "track"})
    receive(source, {"type": "track", "event": "A", "userId": "u", "messageId": "1"}, {"type": "x", "userId": "u"})
    old = timezone.now() - timedelta(minutes=61)
    SourceMinute.objects.create(source=source, minute=old, accepted=100)
    DeadLetter.objects.update(received_at=timezone.now())
    health = source_health(source)
    assert len(health.minutes) == 60
    assert (health.accepted, health.duplicates, health.refused_events, health.suppressed) == (1, 1, 2, 0)
    assert {(reason.reason, reason.count) for reason in health.refused} == {("missing_id", 1), ("unknown_type", 1)}
    assert timezone.now() - health.last_event < timedelta(minutes=2)
    with django_assert_max_num_queries(3):
        lines = {line.source.name: line for line in sources()}
    assert (lines["shop"].accepted, lines["shop"].refused) == (1, 2)
    assert (lines["quiet"].accepted, lines["quiet"].last_event) == (0, None)
    assert source_health(quiet).minutes[-1].accepted == 0


def test_dead_letters_are_listed_by_source_and_reason() -> None:
    source, other = make_source("shop"), make_source("other")
    receive(source, {"type": "track"}, {"type": "x", "userId": "u"})
    receive(other, {"type": "track"})
    assert [letter.reason for letter in dead_letters(sources=[source])] == ["unknown_type", "missing_id"]
    assert {letter.source.name for letter in dead_letters(reason="missing_id")} == {"shop", "other"}


def test_a_letter_is_replayed_when_its_source_was_mended() -> None:
    source = make_source()
    large = {"type": "track", "event": "A", "userId": "u", "messageId": "m", "properties": {"p": ["x" * 8_000] * 5}}
    receive(source, large | {"timestamp": "2026-03-01T11:00:00Z"})
    (letter,) = DeadLetter.objects.all()
    assert letter.reason == "too_large"
    still = replay(DeadLetter.objects.all())
    assert still == Replay(stored=0, not_kept=0, refused=1)
    assert DeadLetter.objects.filter(replayed_at=None).count() == 1
    change_source(source=source, user=None, max_event_kib=64)
    done = replay(DeadLetter.objects.all())
    assert done == Replay(stored=1, not_kept=0, refused=0)
    (event,) = Event.objects.all()
    assert (event.message_id, event.at_us) == ("m", int(datetime(2026, 3, 1, 11, tzinfo=UTC).timestamp() * 1e6))
    assert event.received_us == int(RECEIVED.timestamp() * 1e6)
    assert json.loads(event.context)["app"] == {"name": "Shop"}
    assert replay(DeadLetter.objects.all()) == Replay(stored=0, not_kept=0, refused=0), "it was replayed before"
    assert Event.objects.count() == 1


def test_a_request_of_a_forgotten_origin_is_replayed_by_its_path() -> None:
    source = make_source()
    body = json.dumps({"userId": "u", "name": "Home"}).encode()
    DeadLetter.objects.create(
        source=source, received_at=RECEIVED, reason="origin_not_allowed", detail="…", path="/v1/page", body=body
    )
    out = StringIO()
    call_command("replay_dead_letters", source="shop", reason="origin_not_allowed", stdout=out)
    assert out.getvalue() == "1 stored, 0 not to be kept, 0 refused again.\n"
    assert [event.type for event in Event.objects.all()] == ["page"]


def test_a_row_that_the_database_refused_is_replayed_as_it_was() -> None:
    source = make_source()
    receive(source, {"type": "track", "event": "A", "userId": "u", "messageId": "m"})
    (event,) = Event.objects.all()
    fields = ("source", "message_id", "type", "event", "at_us", "received_us", "actor", "platform", "context")
    row = {name: getattr(event, name) for name in fields}
    Event.objects.all().delete()
    body = json.dumps(row).encode()
    letter = DeadLetter.objects.create(source=source, received_at=RECEIVED, reason="…", path="row", body=body)
    assert replay([letter]) == Replay(stored=1, not_kept=0, refused=0)
    assert {name: getattr(Event.objects.get(), name) for name in fields} == row


def letter_of(source: Source, *messages: dict, **columns) -> DeadLetter:
    body = json.dumps({"batch": messages}).encode()
    return DeadLetter.objects.create(
        source=source, received_at=RECEIVED, reason="…", path="/v1/batch", body=body, **columns
    )


def test_events_that_must_not_be_kept_are_not_counted_as_stored() -> None:
    linking.forget()
    source = make_source()
    suppress(digests=[digest_of("u", "gone")])
    ada, gone = ({"type": "track", "event": "A", "userId": user, "messageId": user} for user in ("ada", "gone"))
    denied = ada | {"messageId": "2", "context": {"consent": {"categoryPreferences": {"any": False}}}}
    assert replay([letter_of(source, gone)]) == Replay(stored=0, not_kept=1, refused=0)
    assert replay([letter_of(source, ada, gone, denied)]) == Replay(stored=1, not_kept=2, refused=0)
    source = change_source(source=source, user=None, privacy="drop")
    assert replay([letter_of(source, ada, private=True)]) == Replay(stored=0, not_kept=1, refused=0)
    assert [event.message_id for event in Event.objects.all()] == ["ada"]
    assert replay([letter_of(source, ada)]).stored == 1, "it had been stored before"


def test_the_page_tells_what_is_stored_from_what_is_not_kept(client: Client) -> None:
    client.force_login(User.objects.create_user("grace", role="admin"))
    source = make_source()
    denied = {"context": {"consent": {"categoryPreferences": {"any": False}}}}
    letter_of(source, {"type": "track", "event": "A", "userId": "u"} | denied)
    shown = client.post(reverse("letters_replay", args=[source.pk]), follow=True)
    assert [str(message) for message in shown.context["messages"]] == ["1 event must not be kept, and is not."]


@pytest.mark.parametrize("body", [b"", b"{", b"x" * 65_536, b'{"batch":[{"type":"x"}]}'])
def test_what_is_not_whole_or_not_mended_stays(body: bytes) -> None:
    letter = DeadLetter.objects.create(
        source=make_source(), received_at=RECEIVED, reason="invalid_json", path="/v1/batch", body=body
    )
    assert replay([letter]).refused == 1
    assert DeadLetter.objects.get().replayed_at is None


def test_letters_are_forgotten_after_a_week() -> None:
    source = make_source()
    now = timezone.now()
    for age in (6.9, 7.1):
        DeadLetter.objects.create(
            source=source, received_at=now - timedelta(days=age), reason="r", path="/v1/t", body=b""
        )
    for age in (29, 31):
        SourceMinute.objects.create(source=source, minute=now - timedelta(days=age))
    assert purge(now=now) == 1
    assert DeadLetter.objects.count() == SourceMinute.objects.count() == 1


def test_the_portal_tells_itself_in_the_callers_transaction() -> None:
    when = datetime(2019, 5, 1, tzinfo=UTC)
    shown = {"survey": 3}
    track("survey_shown", user_id="u", properties=shown, at=when, message_id="m", account="acme")
    track("survey_shown", user_id="u", properties=shown, at=when, message_id="m")
    with transaction.atomic():
        track("survey_shown", user_id="u", properties={})
        transaction.set_rollback(True)
    (event,) = Event.objects.all()
    assert (event.event, event.account, event.platform, event.flags) == ("survey_shown", "acme", "server", 0)
    assert (event.actor, event.at_us) == (identity_id("u", "u"), int(when.timestamp() * 1e6))
    assert json.loads(event.properties) == shown
    track("survey_answered", user_id="u", properties={})
    assert Event.objects.count() == 2


@pytest.mark.parametrize(("event", "user_id"), [("", "u"), ("survey_shown", ""), ("survey_shown", "undefined")])
def test_the_portal_does_not_tell_itself_nonsense(event: str, user_id: str) -> None:
    with pytest.raises(ValueError, match=r"names|name of an event|Neither"):
        track(event, user_id=user_id, properties={})
    assert Event.objects.count() == 0


def test_the_command_prints_the_write_key_alone() -> None:
    out = StringIO()
    call_command("create_source", "My shop", platform="android", origin=["https://shop.example"], stdout=out)
    source = Source.objects.get(name="My shop")
    assert out.getvalue() == source.keys.get(kind="write").key + "\n"
    assert (source.platform, source.allowed_origins) == ("android", ["https://shop.example"])
    with pytest.raises(CommandError, match="already exists"):
        call_command("create_source", "My shop")


def test_a_key_is_read_from_a_header_that_could_hold_one() -> None:
    key = new_key("write")
    assert key_of_header(b"Basic " + b64encode(f"{key}:".encode())) == key_of_header(f"Bearer {key}".encode()) == key
    assert key_of_header(b"Bearer " + b"k" * 249) == "k" * 249
    assert key_of_header(b"Bearer " + b"k" * 250) == ""
