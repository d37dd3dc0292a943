"""Dead letters of a running portal, sent in again: what comes is what would have come, on SQLite and on PostgreSQL."""

import pytest

from analytics.collect.models import Event, Source
from analytics.people.ids import identity_id
from analytics.people.models import Identity
from tests.collect.portal import Portal, call

LONG_AGO = {"timestamp": "2009-03-01T12:00:00Z"}  # believed of a secret key
BROWSER = {"origin": "https://shop.example", "sec_fetch_mode": "cors"}


@pytest.mark.parametrize(
    ("privacy", "secret", "headers"),
    [
        ("anonymous", False, {}),
        ("drop", False, {}),
        ("anonymous", True, {}),
        ("keep", False, {"sec_gpc": "1"}),
        ("keep", False, {"dnt": "1"}),
        ("anonymous", False, BROWSER | {"user_agent": "Mozilla/5.0 HeadlessChrome/140.0"}),
    ],
    ids=["plain", "dropping others", "secret key", "global privacy control", "do not track", "bot"],
)
def test_a_replayed_event_is_what_it_would_have_been(
    portal: Portal, privacy: str, secret: bool, headers: dict[str, str]
) -> None:
    context = {"device": {"id": "d"}, "sessionId": "s", "ip": "203.0.113.9", "direct": False}
    message = call("track", type="track", messageId="m", anonymousId="a", context=context, **LONG_AGO)
    message["properties"] = {"text": "x" * 1_500}
    expected, replayed = (portal.source("server", privacy=privacy, max_event_kib=kib) for kib in (32, 1))
    for sender in (expected, replayed):
        key = sender.secret_key if secret else sender.key
        assert portal.post("/v1/batch", {"batch": [message]}, key, **headers).status == 200
    assert (replayed.events, replayed.reasons) == ([], ["too_large"])
    Source.objects.using(portal.alias).filter(pk=replayed.source.pk).update(max_event_kib=32)
    assert (
        portal.run("replay_dead_letters", "--source", replayed.source.name)
        == "1 stored, 0 not to be kept, 0 refused again."
    )
    assert list(map(told, replayed.events)) == list(map(told, expected.events))
    assert len(expected.events) == 1


def told(event: Event) -> dict[str, object]:
    """All that a request says of an event."""
    own = {"id", "source", "segment", "sealed_at", "received_us"}
    return {name: value for name, value in vars(event).items() if name not in own and not name.startswith("_")}


def test_a_replayed_request_of_a_secret_key_merges_what_it_would_have_merged(portal: Portal) -> None:
    sender = portal.source(max_event_kib=1)
    ids = {name: f"{name} {sender.source.name}" for name in ("one", "two")}
    for name in ids.values():
        portal.post("/v1/track", call("track", userId=name), sender.key)
    alias = call("alias", userId=ids["one"], previousId=ids["two"], traits={"text": "x" * 1_500})
    portal.post("/v1/alias", alias, sender.secret_key)
    Source.objects.using(portal.alias).filter(pk=sender.source.pk).update(max_event_kib=32)
    portal.run("replay_dead_letters", "--source", sender.source.name)
    people = Identity.objects.using(portal.alias).filter(kind="u", value__in=ids.values())
    assert set(people.values_list("person", flat=True)) == {identity_id("u", ids["one"])}


@pytest.mark.parametrize("header", ["sec_gpc", "dnt"])
def test_of_a_browser_that_asks_not_to_be_tracked_no_letter_keeps_what_was_sent(portal: Portal, header: str) -> None:
    sender = portal.source(allowed_origins=["https://shop.example"])
    portal.post("/v1/track", call("track", type="x", userId="u", event=""), sender.key, **{header: "1"})
    portal.post("/v1/track", b"{not json, of ada", sender.key, **{header: "1"})
    portal.post("/v1/track", call("track", userId="u"), sender.key, origin="https://new.example", **{header: "1"})
    assert sender.reasons == ["missing_event", "invalid_json", "origin_not_allowed"]
    assert {(bytes(letter.body), letter.message_id) for letter in sender.letters} == {(b"", "")}
    Source.objects.using(portal.alias).filter(pk=sender.source.pk).update(allowed_origins=[], privacy="keep")
    assert (
        portal.run("replay_dead_letters", "--source", sender.source.name)
        == "0 stored, 0 not to be kept, 0 refused again."
    )


def test_an_origin_that_was_refused_is_replayed_once_it_is_allowed(portal: Portal) -> None:
    sender = portal.source(allowed_origins=["https://shop.example"], privacy="keep")
    sources = Source.objects.using(portal.alias).filter(pk=sender.source.pk)
    for origin in ("https://new.example", "https://elsewhere.example"):
        portal.post("/v1/track", call("track", messageId=origin, userId="u"), sender.key, origin=origin, sec_gpc="1")
    replay = "replay_dead_letters", "--source", sender.source.name
    assert portal.run(*replay) == "0 stored, 0 not to be kept, 2 refused again."
    sources.update(allowed_origins=["https://shop.example", "https://new.example"], privacy="anonymous")
    assert portal.run(*replay) == "1 stored, 0 not to be kept, 1 refused again."
    assert [event.message_id for event in sender.events] == ["https://new.example"]
    assert [event.actor for event in sender.events] == [0]
    assert [(letter.reason, letter.detail) for letter in sender.letters if not letter.replayed_at] == [
        ("origin_not_allowed", "https://elsewhere.example")
    ]
    sources.update(allowed_origins=[])
    assert portal.run(*replay) == "1 stored, 0 not to be kept, 0 refused again."
