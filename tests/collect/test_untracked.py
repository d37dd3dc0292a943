"""Dead letters of browsers that ask not to be tracked."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from analytics.collect.dead_letters import replay
from analytics.collect.inbox import commit
from analytics.collect.keys import KnownSource
from analytics.collect.messages import open_envelope
from analytics.collect.models import DeadLetter, Source
from analytics.collect.normalise import Arrival
from analytics.collect.queries import dead_letters
from analytics.collect.refusals import RefusedEvent
from analytics.collect.requests import Delivery, deliver, letter
from productops.lib.models import User

pytestmark = pytest.mark.django_db

ADA = {"type": "track", "userId": "ada@x.example", "anonymousId": "phone", "messageId": "ada-1"}
NOT_KEPT = "not kept: the browser asked not to be tracked"


def arrival_of(privacy: str, *, private: bool = True) -> Arrival:
    source = Source.objects.create(name=privacy, privacy=privacy)
    return Arrival(source=KnownSource.of(source), received_us=1_772_366_400_000_000, private=private)


def receive(arrival: Arrival, *messages: dict) -> DeadLetter:
    body = json.dumps({"batch": messages}).encode()
    commit([deliver(*open_envelope(body), arrival, "/v1/batch")])
    return DeadLetter.objects.get(source=arrival.source.id)


def told(letter: DeadLetter) -> str:
    return f"{letter.detail} {letter.message_id} {bytes(letter.body)!r}"


@pytest.mark.parametrize("privacy", ["anonymous", "drop"])
@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (ADA | {"type": "ada@x.example"}, "unknown_type"),
        (ADA | {"event": "x" * 40_000}, "too_large"),
        (ADA | {"event": "A", "properties": {"k" * 300: 1}}, "key_too_long"),
    ],
)
def test_nothing_of_the_event_is_kept_but_why_it_was_refused(privacy: str, message: dict, reason: str) -> None:
    kept = receive(arrival_of(privacy), message)
    assert (kept.reason, kept.private, bytes(kept.body), kept.message_id) == (reason, True, b"", "")
    assert kept.detail
    assert not any(text in told(kept) for text in ("ada", "phone", "kkk", "xxx"))


def test_nothing_is_kept_of_an_event_that_is_refused_late() -> None:
    kept = receive(arrival_of("anonymous"), ADA)
    assert (kept.reason, bytes(kept.body), kept.message_id) == ("missing_event", b"", "")


def test_nothing_is_kept_of_a_batch_or_a_body_that_is_refused_as_a_whole() -> None:
    arrival = arrival_of("anonymous")
    assert bytes(receive(arrival, *[ADA] * 2_501).body) == b""
    DeadLetter.objects.all().delete()
    broken = letter(RefusedEvent("invalid_json", "The body is not JSON."), b'{"userId": "ada', arrival, "/v1/track")
    commit([Delivery([], [broken], {})])
    assert bytes(DeadLetter.objects.get().body) == b""


@pytest.mark.parametrize(("privacy", "private"), [("keep", True), ("anonymous", False)])
def test_a_letter_is_kept_where_the_source_keeps_such_events_or_nobody_asked(privacy: str, private: bool) -> None:
    kept = receive(arrival_of(privacy, private=private), ADA)
    assert json.loads(bytes(kept.body))["batch"] == [ADA]
    assert kept.message_id == "ada-1"
    (listed,) = dead_letters()
    assert not listed.withheld


def test_a_letter_that_was_not_kept_is_no_letter_to_replay() -> None:
    kept = receive(arrival_of("anonymous"), ADA)
    Source.objects.update(privacy="keep")
    assert not DeadLetter.objects.replayable().exists()
    assert replay([kept]).refused == 1
    assert DeadLetter.objects.get().replayed_at is None


def test_the_pages_say_that_it_was_not_kept_and_offer_no_replay(client: Client) -> None:
    client.force_login(User.objects.create_user("grace", role="admin"))
    kept = receive(arrival_of("anonymous"), ADA)
    page = client.get(reverse("letter", args=[kept.source_id, kept.pk])).content.decode()
    assert NOT_KEPT in page.lower()
    assert reverse("letters_replay", args=[kept.source_id]) not in page
    assert NOT_KEPT in client.get(reverse("letters", args=[kept.source_id])).content.decode().lower()


def test_the_pages_of_a_letter_that_was_kept_say_nothing_of_it(client: Client) -> None:
    client.force_login(User.objects.create_user("grace", role="admin"))
    kept = receive(arrival_of("keep"), ADA)
    for page in (reverse("letter", args=[kept.source_id, kept.pk]), reverse("letters", args=[kept.source_id])):
        text = client.get(page).content.decode()
        assert NOT_KEPT not in text.lower()
        assert reverse("letters_replay", args=[kept.source_id]) in text
