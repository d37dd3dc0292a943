"""What Segment's and RudderStack's clients send: one message, or a batch of them in an envelope."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import msgspec

from analytics.collect import limits
from analytics.collect.refusals import RefusedEvent, RefusedRequest

T = TypeVar("T")


class Message(msgspec.Struct):
    """One call of an SDK. Clients send the oddest types: each field is checked where it is used."""

    type: Any = None
    messageId: Any = None  # noqa: N815  (the names on the wire)
    userId: Any = None  # noqa: N815
    anonymousId: Any = None  # noqa: N815
    previousId: Any = None  # noqa: N815
    groupId: Any = None  # noqa: N815
    event: Any = None
    name: Any = None
    category: Any = None
    properties: Any = None
    traits: Any = None
    context: msgspec.Raw = msgspec.Raw()  # read where an equal one wasn't read before
    timestamp: Any = None
    originalTimestamp: Any = None  # noqa: N815
    sentAt: Any = None  # noqa: N815
    channel: Any = None  # RudderStack: web, mobile or server
    writeKey: Any = None  # noqa: N815


class Ids(NamedTuple):
    """Every id a message names someone with; empty where it names none."""

    user: str = ""
    anonymous: str = ""
    previous: str = ""  # of either kind


class Envelope(msgspec.Struct):
    """The body of a request: what its messages have in common, and they themselves still as text."""

    batch: list[msgspec.Raw] | None = None
    writeKey: Any = None  # noqa: N815
    context: Any = None
    sentAt: Any = None  # noqa: N815


_decode_message = msgspec.json.Decoder(Message).decode
_decode_envelope = msgspec.json.Decoder(Envelope).decode
_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def open_envelope(body: bytes) -> tuple[Envelope, list[bytes]]:
    """The envelope of a body and its messages, each as the JSON it was sent as.

    A body without ``batch`` is one message. A batch in which one message can't be read is
    taken apart at its brackets, so that the others can. Raises RefusedRequest.
    """
    try:
        envelope = _decode_envelope(body)
    except _UNREADABLE:
        outer, items = _apart(body)
        try:
            envelope = _decode_envelope(outer)
        except _UNREADABLE:
            raise _invalid() from None
        return envelope, items
    if envelope.batch is None:
        return envelope, [body]
    return envelope, [bytes(raw) for raw in envelope.batch]


def read_message(text: bytes) -> Message:
    """Raises RefusedEvent when ``text`` is not a JSON object that every part of the portal can hold."""
    return _read(_decode_message, text)


def read_context(text: bytes) -> dict[str, Any]:
    """A message's context; empty when it is none. Raises RefusedEvent as ``read_message`` does."""
    context = _read(msgspec.json.decode, text) if text else None
    return context if isinstance(context, dict) else {}


def _read(decode: Callable[[bytes], T], text: bytes) -> T:
    try:
        return decode(text)
    except RecursionError:
        raise RefusedEvent("too_deep", f"More than {limits.DEPTH} objects and lists in one another.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedEvent("invalid_json", str(error)) from None


def key_inside(envelope: Envelope, messages: Sequence[bytes]) -> str:
    """The write key that the envelope or its first message holds; empty when neither does."""
    key = envelope.writeKey
    if not key and messages:
        with suppress(RefusedEvent):
            key = read_message(messages[0]).writeKey
    return key if isinstance(key, str) else ""


_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{},:]', re.DOTALL)  # a string without an end is all the rest


def _apart(body: bytes) -> tuple[bytes, list[bytes]]:
    """Cut ``{…"batch": [a, b]…}`` into the same with an empty batch, and its items' text.

    Only brackets and strings are looked at, so that no depth, number or character in one item
    gets in the way of the next.
    """
    items: list[bytes] = []
    depth, key, last_string = 0, b"", b""
    start = begin = end = -1  # of the item, and of the batch
    for number, token in enumerate(_TOKEN.finditer(body)):
        if number >= limits.MARKS:
            raise _invalid()
        if len(items) > limits.BATCH_EVENTS:
            raise RefusedRequest(400, "too_many_events", f"A batch may hold {limits.BATCH_EVENTS} events.")
        mark = token[0]
        if mark in b"]}":
            depth -= 1
            if depth == 1 and begin >= 0 and end < 0:
                end = token.start()
        elif mark == b"[" and depth == 1 and key == b'"batch"' and begin < 0:
            start = begin = token.end()
        if depth == 2 and begin >= 0 and end < 0 and mark == b",":
            items.append(body[start : token.start()].strip())
            start = token.end()
        if mark in b"[{":
            depth += 1
        elif mark == b":" and depth == 1:
            key = last_string
        elif mark == b",":
            key = b""
        elif mark[:1] == b'"':
            last_string = mark
    if depth or end < 0:
        raise _invalid()
    items.append(body[start:end].strip())
    return body[:begin] + body[end:], [item for item in items if item]


def _invalid() -> RefusedRequest:
    return RefusedRequest(400, "invalid_json", "The body is not JSON.")
