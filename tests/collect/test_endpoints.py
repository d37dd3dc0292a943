"""What a running portal answers, and what it keeps, on SQLite and on PostgreSQL."""

import gzip
import json
import zlib
from base64 import b64encode
from urllib.parse import quote

import pytest

from tests.collect.portal import Portal, basic, call

LONG = {"track", "identify", "page", "screen", "group", "alias"}
SHORT = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("path", sorted([*LONG, *SHORT]))
def test_each_path_takes_its_own_calls(portal: Portal, path: str, slash: str) -> None:
    kind = SHORT.get(path, path)
    sender = portal.source()
    reply = portal.post(f"/v1/{path}{slash}", call(kind), sender.key)
    assert (reply.status, reply.body) == (200, b'{"success":true}')
    assert [event.type for event in sender.events] == [kind]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch", "//v1/batch"])
def test_batches_take_all_kinds_of_calls(portal: Portal, path: str) -> None:
    sender = portal.source()
    content = {"batch": [call(kind, type=kind, messageId=kind) for kind in sorted(LONG)]}
    assert portal.post(path, content, sender.key).status == 200
    assert [event.type for event in sender.events] == sorted(LONG)


def test_the_body_is_read_by_its_bytes_not_by_its_labels(portal: Portal) -> None:
    sender = portal.source()
    text = json.dumps({"batch": [call("track", type="track")]}).encode()
    bodies = {
        "plain": (text, {"content-type": "text/plain"}),
        "byte-order mark": (b"\xef\xbb\xbf" + text, {}),
        "gzip by header": (gzip.compress(text), {"content-encoding": "gzip"}),
        "gzip as form": (gzip.compress(text), {"content-type": "application/x-www-form-urlencoded"}),
        "zlib": (zlib.compress(text), {"content-encoding": "deflate"}),
        "bare deflate": (zlib.compress(text, wbits=-15), {"content-encoding": "deflate"}),
        "two gzip files": (gzip.compress(text[:20]) + gzip.compress(text[20:]), {}),
        "form": (b"data=" + quote(text).encode(), {}),
        "form with base64": (b"data=" + b64encode(text), {}),
        "form with escaped base64": (b"data=" + quote(b64encode(text), safe="").encode(), {}),
    }
    for number, (name, (body, headers)) in enumerate(bodies.items(), 1):
        reply = portal.request("POST", "/v1/batch", body, {**headers, "authorization": basic(sender.key)})
        assert reply.status == 200, name
        assert len(sender.events) == number, name


def test_the_key_is_found_where_clients_put_it(portal: Portal) -> None:
    sender = portal.source()
    one = call("track")
    wrapped = {"batch": [call("track", type="track")]}
    places = {
        "basic": portal.post("/v1/track", one, sender.key),
        "bearer": portal.post("/v1/track", one, authorization=f"Bearer {sender.key}"),
        "body": portal.post("/v1/track", {**one, "writeKey": sender.key}),
        "envelope": portal.post("/v1/batch", {**wrapped, "writeKey": sender.key}),
        "query": portal.post(f"/beacon/v1/batch?writeKey={sender.key}", wrapped),
        "first message": portal.post("/v1/batch", {"batch": [{**wrapped["batch"][0], "writeKey": sender.key}]}),
        "the header before the body": portal.post("/v1/track", {**one, "writeKey": "wrong"}, sender.key),
    }
    assert {name: reply.status for name, reply in places.items()} == dict.fromkeys(places, 200)
    assert len(sender.events) == len(places)


@pytest.mark.parametrize("key", ["", "unknown", "ключ"])
def test_an_unknown_key_is_refused(portal: Portal, key: str) -> None:
    reply = portal.post("/v1/track", call("track"), key, origin="https://shop.example")
    assert reply.status == 401
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.json == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "This key is unknown or was revoked.",
        "code": "unknown_key",
        "message": "This key is unknown or was revoked.",
        "success": False,
    }


def test_a_key_is_known_as_soon_as_it_is_made(portal: Portal) -> None:
    for _ in range(5):
        sender = portal.source()
        assert portal.post("/v1/track", call("track"), sender.key).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"batch": [{"type": "track"', "invalid_json"),
        (b"data=nonsense", "invalid_json"),
        (b"\x1f\x8bno gzip", "bad_compression"),
        (gzip.compress(b'{"batch": []}', mtime=0)[:-9], "bad_compression"),
        (b"[" * 1_000_000, "invalid_json"),
        (b"[1, 2]", "invalid_json"),
    ],
)
def test_what_is_no_json_is_refused_with_a_reason(portal: Portal, body: bytes, code: str) -> None:
    sender = portal.source()
    reply = portal.post("/v1/batch", body, sender.key, origin="https://shop.example")
    assert (reply.status, reply.json["code"], reply.json["success"]) == (400, code, False)
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert sender.reasons == [code]
    assert sender.counted("refused") == 1


def test_bombs_are_refused_by_what_they_inflate_to(portal: Portal) -> None:
    sender = portal.source()
    bomb = gzip.compress(b'{"batch": [' + b" " * 50_000_000 + b"]}")
    assert portal.post("/v1/batch", bomb, sender.key).status == 413
    assert portal.post("/v1/batch", b" " * 5_000_000, sender.key).status == 413


def test_rudderstack_may_send_four_times_as_much(portal: Portal) -> None:
    sender = portal.source()
    filling = "x" * 20_000
    messages = [call("track", type="track", properties={"filling": filling}) for _ in range(100)]
    assert portal.post("/v1/batch", {"batch": messages}, sender.key).status == 413
    rudderstack = [{**message, "channel": "server"} for message in messages]
    assert portal.post("/v1/batch", {"batch": rudderstack}, sender.key).status == 200
    assert len(sender.events) == 100


def test_the_largest_batch_of_segments_python_client_is_taken(portal: Portal) -> None:
    sender = portal.source()
    filling = "x" * 5_000  # it stops after 475,000 bytes and one more event of up to 32 KiB
    messages = [call("track", type="track", properties={"filling": filling}) for _ in range(99)]
    assert 475_000 < len(json.dumps(messages)) < 600_000
    assert portal.post("/v1/batch", {"batch": messages}, sender.key).status == 200
    assert len(sender.events) == 99


HOSTILE = {
    b'"\\u0000"': None,
    b'"a\\u0000b"': None,
    b'"\\ud800"': "invalid_json",
    b'"\xff\xfe"': "invalid_json",
    b"NaN": "invalid_json",
    b"Infinity": "invalid_json",
    b"1e999": "invalid_json",
    b"9" * 5_000: "invalid_json",
    b"9" * 400: "number_too_large",
    b"[" * 1_000 + b"]" * 1_000: "too_deep",
    b"[" * 10_000 + b"]" * 10_000: "too_deep",
    b"[" * 40 + b"]" * 40: "too_deep",
    b'{"a":' * 40 + b"1" + b"}" * 40: "too_deep",
    b"{" + b",".join(b'"%d":1' % number for number in range(1_100)) + b"}": "too_many_keys",
    b'{"' + b"k" * 256 + b'":1}': "key_too_long",
    b'"' + b"x" * 33_000 + b'"': "too_large",
    b"'single'": "invalid_json",
    b'{"a" 1}': "invalid_json",
}


@pytest.mark.parametrize("value", HOSTILE, ids=lambda value: value[:12].decode("latin-1") + f" {len(value)}")
def test_one_hostile_event_costs_the_others_nothing(portal: Portal, value: bytes) -> None:
    sender = portal.source()
    good = b'{"type":"track","event":"good","userId":"u"}'
    bad = b'{"type":"track","event":"bad","userId":"u","properties":{"p":' + value + b"}}"
    reply = portal.post("/v1/batch", b'{"batch":[' + good + b"," + bad + b"," + good + b"]}", sender.key)
    assert (reply.status, reply.json) == (200, {"success": True})
    reason = HOSTILE[value]
    assert sorted(sender.names) == (["bad", "good", "good"] if reason is None else ["good", "good"])
    assert sender.reasons == ([] if reason is None else [reason])
    if reason:
        (letter,) = sender.letters
        assert bytes(letter.body) == b'{"sentAt":null,"context":null,"batch":[' + bad + b"]}"
        assert letter.detail
        assert sender.counted("refused") == 1


def test_no_character_that_postgresql_refuses_gets_through(portal: Portal) -> None:
    sender = portal.source()
    nul = "a\0b"
    everywhere = {
        "type": "track",
        "event": nul,
        "userId": nul,
        "anonymousId": nul,
        "messageId": nul,
        "groupId": nul,
        "properties": {nul: [nul, {nul: nul}], "customer_segment": nul},
        "context": {"page": {"path": nul, "url": nul}, "sessionId": nul, "campaign": {"source": nul}},
    }
    assert portal.post("/v1/batch", {"batch": [everywhere], "context": {nul: nul}}, sender.key).status == 200
    (event,) = sender.events
    assert "\0" not in "".join(str(value) for value in vars(event).values())
    assert event.message_id == "ab"
    assert json.loads(event.properties) == {"ab": ["ab", {"ab": "ab"}], "customer_segment": "ab"}


def test_more_events_than_a_batch_may_hold_are_put_aside_together(portal: Portal) -> None:
    sender = portal.source()
    messages = [call("track", type="track")] * 2_501
    assert portal.post("/v1/batch", {"batch": messages}, sender.key).status == 200
    assert sender.events == []
    (letter,) = sender.letters
    assert (letter.reason, letter.count) == ("too_many_events", 2_501)


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        ({"list": [1] * 20_000}, "too_large"),
        ({str(number): 1 for number in range(1_001)}, "too_many_keys"),
    ],
)
def test_events_with_a_context_that_none_may_have_are_put_aside_together(
    portal: Portal, context: dict, reason: str
) -> None:
    sender = portal.source()
    messages = [call("track", type="track")] * 60
    assert portal.post("/v1/batch", {"batch": messages, "context": context}, sender.key).status == 200
    assert sender.events == []
    (letter,) = sender.letters
    assert (letter.reason, letter.count) == (reason, 60)


def test_keys_of_the_context_of_a_batch_count_for_each_of_its_events(portal: Portal) -> None:
    sender = portal.source()
    context = {str(number): 1 for number in range(700)}
    few, many = ({str(number): 1 for number in range(keys)} for keys in (200, 400))
    messages = [call("track", type="track", properties=properties) for properties in (few, many, few)]
    assert portal.post("/v1/batch", {"batch": messages, "context": context}, sender.key).status == 200
    assert len(sender.events) == 2
    assert sender.reasons == ["too_many_keys"]


def test_a_message_sent_again_counts_once(portal: Portal) -> None:
    sender, other = portal.source(), portal.source()
    message = call("track", type="track", messageId="m-1")
    for _ in range(3):
        assert portal.post("/v1/batch", {"batch": [message, message]}, sender.key).status == 200
    assert portal.post("/v1/batch", {"batch": [message]}, other.key).status == 200
    assert len(sender.events) == len(other.events) == 1
    assert (sender.counted("accepted"), sender.counted("duplicates")) == (1, 5)


def test_preflights_allow_what_the_clients_ask_for(portal: Portal) -> None:
    asked = "authorization, Content-Type,x-retry-count,anonymousid,sentat,x-evil"
    headers = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": asked,
    }
    for path in ("/v1/batch", "/v1/t", "/beacon/v1/batch", "/sourceConfig/"):
        reply = portal.request("OPTIONS", path, headers=headers)
        assert reply.status == 204
        assert reply.headers["access-control-allow-origin"] == "https://shop.example"
        allowed = reply.headers["access-control-allow-headers"].split(", ")
        assert allowed == ["anonymousid", "authorization", "content-type", "sentat", "x-retry-count"]
        assert "POST" in reply.headers["access-control-allow-methods"]
        assert reply.headers["access-control-max-age"] == "7200"
        assert reply.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in reply.headers


def test_an_origin_that_is_not_on_the_list_is_told_so(portal: Portal) -> None:
    sender = portal.source(allowed_origins=["https://shop.example"])
    refused = portal.post("/v1/track", call("track"), sender.key, origin="https://elsewhere.example")
    assert (refused.status, refused.json["code"]) == (403, "origin_not_allowed")
    assert refused.headers["access-control-allow-origin"] == "https://elsewhere.example"
    assert sender.reasons == ["origin_not_allowed"]
    taken = portal.post("/v1/track", call("track"), sender.key, origin="https://shop.example")
    assert taken.status == 200
    assert taken.headers["access-control-expose-headers"] == "Retry-After"
    assert portal.post("/v1/track", call("track"), sender.key).status == 200  # servers have no origin
    assert len(sender.events) == 2


def test_segments_library_is_told_to_send_here(portal: Portal) -> None:
    sender = portal.source()
    reply = portal.request("GET", f"/v1/projects/{sender.key}/settings", headers={"origin": "https://shop.example"})
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert reply.headers["cache-control"] == "public, max-age=60"
    told = reply.json["integrations"]["Segment.io"]
    assert told["apiKey"] == sender.key
    assert told["apiHost"] == f"127.0.0.1:{portal.port}/v1"
    assert told["protocol"] == "http"
    assert portal.request("GET", "/v1/projects/unknown/settings").status == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example/127.0.0.1", ""])
def test_segments_library_is_not_told_to_send_elsewhere(portal: Portal, host: str) -> None:
    sender = portal.source()
    reply = portal.request("GET", f"/v1/projects/{sender.key}/settings", headers={"host": host})
    assert reply.status == 400
    assert "cache-control" not in reply.headers


def test_rudderstacks_library_is_told_that_its_source_is_on(portal: Portal) -> None:
    sender = portal.source()
    reply = portal.request("GET", f"/sourceConfig/?p=npm&writeKey={sender.key}")
    assert reply.status == 200
    assert reply.json["source"]["enabled"] is True
    assert reply.json["source"]["writeKey"] == sender.key
    assert reply.json["source"]["destinations"] == []


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/track", 405), ("POST", "/v1/nothing", 404)])
def test_other_requests_get_a_clear_answer(portal: Portal, method: str, path: str, status: int) -> None:
    reply = portal.request(method, path, b"{}", {"origin": "https://shop.example"})
    assert reply.status == reply.json["status"] == status
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"


def test_everything_else_is_djangos(portal: Portal) -> None:
    reply = portal.request("GET", "/admin/")
    assert (reply.status, reply.headers["location"]) == (302, "/admin/login/?next=/admin/")
