import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.collect.messages import key_inside, open_envelope, read_message
from analytics.collect.refusals import RefusedEvent, RefusedRequest

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
good = st.dictionaries(st.sampled_from(["event", "properties", "context", "batch", "a,]}"]), values).map(
    lambda fields: json.dumps(fields).encode()
)
# Each alone makes a parser give up on the whole body.
VALUES = [b'"\\ud800"', b'"\xff"', b"NaN", b"1e999", b"9" * 5_000, b"[" * 3_000 + b"]" * 3_000]
BAD = [b'{"event":' + value + b"}" for value in VALUES]
bad = st.sampled_from(BAD)


@given(st.lists(good | bad, min_size=1, max_size=6), values)
def test_a_batch_is_taken_apart_into_what_it_was_made_of(items: list[bytes], shared: object) -> None:
    before = json.dumps({"context": {"shared": shared}})[:-1].encode()
    body = before + b', "batch" : [ ' + b" , ".join(items) + b' ], "sentAt": "now", "writeKey": "k"}'
    envelope, messages = open_envelope(body)
    assert [bytes(message) for message in messages] == items
    assert (envelope.sentAt, envelope.writeKey, envelope.context) == ("now", "k", {"shared": shared})
    for item in items:
        if item in BAD:
            with pytest.raises(RefusedEvent):
                read_message(item)
        else:
            assert read_message(item).properties == json.loads(item).get("properties")


pieces = st.lists(st.sampled_from(list('{}[]",:\\ab')), max_size=40)


@given(st.binary(max_size=60) | pieces.map(lambda characters: "".join(characters).encode()))
def test_any_bytes_are_opened_or_refused(body: bytes) -> None:
    status = 200
    try:
        open_envelope(body)
    except RefusedRequest as refused:
        status = refused.status
    assert status in (200, 400)


def test_a_body_without_a_batch_is_one_message() -> None:
    body = b'{"event": "A", "properties": {"batch": [1, 2]}}'
    assert open_envelope(body)[1] == [body]


def test_the_key_of_the_first_message_counts_where_the_envelope_has_none() -> None:
    assert key_inside(*open_envelope(b'{"batch": [{"writeKey": "m"}], "writeKey": "e"}')) == "e"
    assert key_inside(*open_envelope(b'{"batch": [{"writeKey": "m"}]}')) == "m"
    assert key_inside(*open_envelope(b'{"batch": [{"writeKey": 5}]}')) == ""
    assert key_inside(*open_envelope(b'{"batch": []}')) == ""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"batch":[' + b"," * 4_000_000, "too_many_events"),
        (b'{"batch":[' + b"{}," * 1_000_000, "too_many_events"),
        (b'{"batch":[' + b'""' * 2_000_000, "invalid_json"),
        (b'{"batch":["' + b'\\"' * 2_000_000, "invalid_json"),  # a string without an end
        (b'{"batch":[[' + b"[],{}" * 800_000, "invalid_json"),
    ],
    ids=["commas", "objects", "strings", "quotes", "brackets"],
)
def test_taking_a_batch_apart_is_given_up_early(body: bytes, code: str) -> None:
    with pytest.raises(RefusedRequest) as refused:
        open_envelope(body)
    assert (refused.value.status, refused.value.code) == (400, code)


def test_a_full_batch_with_one_bad_message_is_taken_apart() -> None:
    filled = b'{"event":"A","properties":{"plan":"pro","seats":5,"tags":["a","b"]},"context":{"locale":"de"}}'
    _, messages = open_envelope(b'{"batch":[NaN' + (b"," + filled) * 2_499 + b"]}")
    assert messages == [b"NaN"] + [filled] * 2_499
