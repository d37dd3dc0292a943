"""What becomes of each field of a message."""

import json
from typing import Any

import pytest

from analytics.collect.bots import is_bot
from analytics.collect.keys import KnownSource
from analytics.collect.messages import read_message
from analytics.collect.models import Flag
from analytics.collect.normalise import Arrival, row_of
from analytics.collect.refusals import RefusedEvent
from analytics.event import EventRow
from analytics.people.ids import identity_id

RECEIVED = 1_772_366_400_000_000  # 2026-03-01 12:00 UTC
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


def source(**fields: Any) -> KnownSource:
    known = {
        "id": 7,
        "name": "shop",
        "platform": "web",
        "origins": frozenset(),
        "truncate_ip": True,
        "privacy": "anonymous",
        "consent_category": "",
        "max_event_bytes": 32 * 1024,
        "trusted": False,
    }
    return KnownSource(**known | fields)


def row(message: dict[str, Any], *, of: KnownSource | None = None, **arrival: Any) -> EventRow | None:
    text = json.dumps({"type": "track", "event": "A", "userId": "u"} | message).encode()
    return row_of(read_message(text), text, Arrival(source=of or source(), received_us=RECEIVED, **arrival))


def kept(message: dict[str, Any], **options: Any) -> EventRow:
    made = row(message, **options)
    assert made is not None
    return made


def context_of(made: EventRow) -> dict[str, Any]:
    return json.loads(made.context)


@pytest.mark.parametrize(
    ("ids", "actor", "anon", "device", "flags"),
    [
        ({"userId": "u"}, ("u", "u"), None, ("u", "u"), 0),
        ({"userId": None, "anonymousId": "a"}, ("a", "a"), ("a", "a"), ("a", "a"), 0),
        ({"userId": "u", "anonymousId": "a"}, ("u", "u"), ("a", "a"), ("a", "a"), 0),
        ({"userId": "u", "context": {"device": {"id": "d"}}}, ("u", "u"), None, ("d", "d"), 0),
        ({"userId": 42, "anonymousId": ""}, ("u", "42"), None, ("u", "42"), 0),
        ({"userId": "undefined", "anonymousId": "a"}, ("a", "a"), ("a", "a"), ("a", "a"), Flag.GENERIC_ID),
        ({"userId": "null"}, None, None, None, Flag.GENERIC_ID),
        ({"userId": "x" * 256, "anonymousId": "a"}, ("a", "a"), ("a", "a"), ("a", "a"), Flag.GENERIC_ID),
        ({"userId": ["u"], "anonymousId": "a"}, ("a", "a"), ("a", "a"), ("a", "a"), Flag.GENERIC_ID),
        ({"userId": True, "anonymousId": "a"}, ("a", "a"), ("a", "a"), ("a", "a"), Flag.GENERIC_ID),
    ],
)
def test_who_did_it(ids: dict[str, Any], actor: Any, anon: Any, device: Any, flags: int) -> None:
    made = kept(ids)
    numbers = [identity_id(*id_) if id_ else 0 for id_ in (actor, anon, device)]
    assert [made.actor, made.anon, made.device] == numbers
    assert made.flags == flags
    assert made.user_id == (actor[1] if actor and actor[0] == "u" else "")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"userId": None}, "missing_id"),
        ({"userId": "", "anonymousId": ""}, "missing_id"),
        ({"type": "alias"}, "missing_id"),
        ({"type": "group"}, "missing_group_id"),
        ({"type": "group", "groupId": "undefined"}, "missing_group_id"),
        ({"event": ""}, "missing_event"),
        ({"event": 5}, "missing_event"),
        ({"type": "charge"}, "unknown_type"),
        ({"type": None}, "unknown_type"),
        ({"type": ["track"]}, "unknown_type"),
        ({"properties": {"p": ["x" * 8_000] * 5}}, "too_large"),
    ],
)
def test_what_is_no_event_is_refused_for_a_reason(message: dict[str, Any], reason: str) -> None:
    with pytest.raises(RefusedEvent) as refused:
        row(message)
    assert refused.value.reason == reason
    assert refused.value.detail


def test_a_source_may_take_larger_events() -> None:
    large = {"properties": {"p": ["x" * 8_000] * 5}}
    assert json.loads(kept(large, of=source(max_event_bytes=64 * 1024)).properties) == large["properties"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"properties": {"value": 3}}, 3.0),
        ({"properties": {"revenue": 3.5, "total": 9}}, 3.5),
        ({"properties": {"total": 9, "value": "much"}}, 9.0),
        ({"properties": {"value": 0, "total": 9}}, 0.0),
        ({"properties": {"value": True}}, None),
        ({"properties": {"value": "3"}}, None),
        ({"properties": [3]}, None),
        ({}, None),
    ],
)
def test_the_value_is_the_first_number_that_is_one(message: dict[str, Any], expected: float | None) -> None:
    assert kept(message).value == expected


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, "web"),
        ({"platform": "chrome_extension"}, "chrome_extension"),
        ({"platform": "amiga"}, "web"),
        ({"device": {"type": "ios"}}, "ios"),
        ({"device": {"type": "Android"}}, "android"),
        ({"os": {"name": "iPadOS"}}, "ios"),
        ({"os": {"name": "Linux"}}, "web"),
        ({"device": "phone", "os": ["iOS"]}, "web"),
        ({"platform": "server", "os": {"name": "iOS"}}, "server"),
    ],
)
def test_the_platform_is_stated_or_seen_or_the_sources(context: dict[str, Any], expected: str) -> None:
    assert kept({"context": context}).platform == expected


def test_pages_and_screens_carry_their_name_and_path() -> None:
    page = kept({"type": "page", "name": "Home", "category": "Docs", "context": {"page": {"path": "/home"}}})
    assert (page.event, page.page) == ("page", "/home")
    assert json.loads(page.properties) == {"name": "Home", "category": "Docs", "path": "/home"}
    own = kept({"type": "page", "name": "Home", "properties": {"name": "Start", "path": "/start"}})
    assert (json.loads(own.properties), own.page) == ({"name": "Start", "path": "/start"}, "/start")
    screen = kept({"type": "screen", "name": "Main"})
    assert (screen.event, screen.page, json.loads(screen.properties)) == ("screen", "Main", {"name": "Main"})
    assert kept({"context": {"page": {"path": "/p" * 2_000}}}).page == ("/p" * 2_000)[:1_024]


def test_traits_are_where_either_client_puts_them() -> None:
    assert kept({"type": "identify", "traits": {"plan": "pro"}}).traits == {"plan": "pro"}
    assert kept({"type": "identify", "context": {"traits": {"plan": "pro"}}}).traits == {"plan": "pro"}
    group = kept({"type": "group", "groupId": "g", "traits": {"name": "Acme"}})
    assert (group.account, group.traits, json.loads(group.properties)) == ("g", {"name": "Acme"}, {"name": "Acme"})
    assert kept({"properties": {"plan": "pro"}}).traits is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"context": {"groupId": "g"}}, "g"),
        ({"groupId": "own", "context": {"groupId": "g"}}, "own"),
        ({"groupId": 5}, "5"),
        ({}, ""),
    ],
)
def test_the_account_comes_with_the_event(message: dict[str, Any], expected: str) -> None:
    assert kept(message).account == expected


def test_the_customer_segment_is_taken_as_sent() -> None:
    assert kept({"properties": {"customer_segment": "education"}}).customer_segment == "education"
    assert kept({"context": {"customer_segment": "education"}}).customer_segment == "education"
    assert kept({"context": {"traits": {"customer_segment": "education"}}}).customer_segment == "education"
    assert kept({"type": "identify", "traits": {"customer_segment": "education"}}).customer_segment == "education"
    assert kept({"properties": {"customer_segment": 5}}).customer_segment == ""


def test_a_channel_that_is_named_is_kept_as_given() -> None:
    assert json.loads(kept({"context": {"channel_name": "Partner A"}}).touch)[-1] == "Partner A"
    assert kept({}).touch == ""


def test_a_long_name_is_cut_and_marked() -> None:
    made = kept({"event": "n" * 201})
    assert (made.event, made.flags) == ("n" * 200, Flag.CUT)
    assert kept({"event": "n" * 200}).flags == 0


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Order\nPaid", "Order Paid"),
        ("\tOrder\r\nPaid\x7f", " Order  Paid "),
        ("a\x1bb\x85c\u2028d\u2029e", "a b c d e"),
    ],
)
def test_a_name_fits_on_one_line(sent: str, name: str) -> None:
    made = kept({"event": sent})
    assert (made.event, made.flags) == (name, Flag.CUT)
    assert (kept({"event": "Order Paid – ж/%"}).event, kept({"event": " a "}).flags) == ("Order Paid – ж/%", 0)
    with pytest.raises(RefusedEvent, match="name"):
        row({"event": "\x01\n"})


def test_a_long_string_is_cut_and_marked() -> None:
    made = kept({"properties": {"text": "x" * 9_000}})
    assert (json.loads(made.properties), made.flags) == ({"text": "x" * 8_192}, Flag.CUT)


def test_passive_events_are_marked() -> None:
    assert kept({"context": {"passive": True}}).flags == Flag.PASSIVE
    assert kept({"context": {"passive": "yes"}}).flags == 0


@pytest.mark.parametrize(
    ("context", "header", "bot"),
    [
        ({"userAgent": CHROME}, "", False),
        ({"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, "", True),
        ({"userAgent": CHROME.replace("Chrome", "HeadlessChrome")}, "", True),
        ({"userAgent": CHROME, "userAgentData": {"brands": [{"brand": "HeadlessChrome"}]}}, "", True),
        ({"userAgent": CHROME, "userAgentData": {"brands": [None, {"brand": 5}]}}, "", False),
        ({}, "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", True),
        ({}, CHROME, False),
        ({"userAgent": "Googlebot/2.1 " + "x" * 8_000}, "", True),
        ({}, "a" * 100_000, False),
        ({}, "", False),
    ],
)
def test_bots_are_marked(context: dict[str, Any], header: str, bot: bool) -> None:
    assert kept({"context": context}, by_bot=is_bot(header)).flags == (Flag.BOT if bot else 0)


@pytest.mark.parametrize(
    ("context", "platform", "truncate", "expected"),
    [
        ({}, "web", True, "203.0.113.0"),
        ({}, "web", False, "203.0.113.77"),
        ({"ip": "198.51.100.9"}, "web", True, "203.0.113.0"),  # a page can't know its address
        ({"ip": "198.51.100.9"}, "server", True, "198.51.100.0"),
        ({}, "server", True, None),  # the server's own address says nothing of the person
        ({"direct": True}, "server", True, "203.0.113.0"),
        ({"ip": "198.51.100.9", "library": {"name": "analytics-python"}}, "web", True, "198.51.100.0"),
        ({"ip": "198.51.100.9", "library": {"name": "@segment/analytics-node"}}, "web", True, "198.51.100.0"),
        ({"ip": "198.51.100.9", "library": {"name": "analytics.js"}}, "web", True, "203.0.113.0"),
        ({"ip": "nonsense"}, "server", True, None),
        ({"ip": ["198.51.100.9"]}, "server", True, None),
    ],
)
def test_the_address_is_the_clients_and_truncated(
    context: dict[str, Any], platform: str, truncate: bool, expected: str | None
) -> None:
    made = kept({"context": context}, of=source(platform=platform, truncate_ip=truncate), address="203.0.113.77")
    assert context_of(made).get("ip") == expected


def test_the_context_of_the_batch_lies_beneath_the_messages_own() -> None:
    shared = {"app": {"name": "Shop"}, "locale": "de"}
    assert context_of(kept({"context": {"locale": "fr"}}, context=shared)) == {"app": {"name": "Shop"}, "locale": "fr"}


def test_what_the_clients_clock_said_is_kept() -> None:
    made = kept({"timestamp": "2026-03-01T11:00:00Z"}, sent_at="2026-03-01T11:00:10Z")
    assert made.at_us == RECEIVED - 10_000_000
    assert made.flags == Flag.SKEWED
    assert context_of(made) == {"originalTimestamp": "2026-03-01T11:00:00Z", "sentAt": "2026-03-01T11:00:10Z"}


def test_original_timestamp_and_a_messages_own_sent_at_come_first() -> None:
    times = {"timestamp": "2026-03-01T10:00:00Z", "originalTimestamp": "2026-03-01T11:59:50Z"}
    made = kept(times | {"sentAt": "2026-03-01T12:00:00Z"}, sent_at="2026-03-01T09:00:00Z")
    assert made.at_us == RECEIVED - 10_000_000


def test_message_ids_stay_or_are_made() -> None:
    assert kept({"messageId": "m"}).message_id == "m"
    assert kept({"messageId": 5}).message_id == "5"
    made = {kept({"messageId": missing}).message_id for missing in (None, "", " ", {}, [])}
    assert len(made) == 5
    long = [kept({"messageId": "m" * 300 + end}).message_id for end in ("a", "a", "b")]
    assert long[0] == long[1] != long[2]
    assert all(len(message_id) <= 255 for message_id in long)


IDENTIFYING = {"device": {"id": "d"}, "traits": {"email": "x@example.com"}, "ip": "198.51.100.9", "sessionId": "s"}


def test_who_asks_not_to_be_tracked_is_counted_without_ids() -> None:
    made = kept({"anonymousId": "a", "context": IDENTIFYING | {"locale": "de"}}, private=True, address="203.0.113.77")
    assert (made.actor, made.anon, made.device, made.session_id) == (0, 0, 0, "")
    assert context_of(made) == {"locale": "de"}
    assert row({"type": "identify", "traits": {"name": "X"}}, private=True) is None


def test_a_source_may_keep_or_drop_such_events() -> None:
    as_usual = kept({"context": IDENTIFYING}, private=True, of=source(privacy="keep"))
    assert as_usual == kept({"context": IDENTIFYING, "messageId": as_usual.message_id})
    assert row({}, private=True, of=source(privacy="drop")) is None


@pytest.mark.parametrize(
    ("preferences", "category", "agreed"),
    [
        (None, "", True),
        ({}, "", False),
        ({"ads": True, "analytics": False}, "", True),
        ({"ads": False, "analytics": False}, "", False),
        ({"ads": True, "analytics": False}, "analytics", False),
        ({"ads": False, "analytics": True}, "analytics", True),
        ({"ads": True}, "analytics", False),
        ({"analytics": "yes"}, "analytics", False),
    ],
)
def test_nothing_is_kept_without_consent(preferences: Any, category: str, agreed: bool) -> None:
    consent = {} if preferences is None else {"consent": {"categoryPreferences": preferences}}
    assert (row({"context": consent}, of=source(consent_category=category)) is not None) == agreed


def test_any_field_may_be_of_any_type() -> None:
    fields = list(read_message(b"{}").__struct_fields__)
    for field in fields:
        for value in (None, True, 5, 1.5, "text", ["list"], {"an": "object"}, [], {}, -(2**63), ""):
            try:
                made = row({"anonymousId": "a", field: value})
            except RefusedEvent:
                continue
            assert made is not None
            assert isinstance(json.loads(made.properties), dict)
            assert isinstance(json.loads(made.context), dict)
