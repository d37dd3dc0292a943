"""Answers that every client understands, readable for pages of other origins, errors included."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from analytics.collect.refusals import RefusedRequest
from productops.lib.problems import MEDIA_TYPE, problem

Header = tuple[bytes, bytes]

_ASKED_HEADERS = frozenset({"authorization", "content-type", "x-retry-count", "anonymousid", "sentat"})
_EXPOSED = (b"access-control-expose-headers", b"Retry-After")


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: tuple[Header, ...]


def _json(status: int, document: Any, *headers: Header, media_type: str = "application/json") -> Answer:
    body = msgspec.json.encode(document)
    length = (b"content-length", str(len(body)).encode())
    return Answer(status, body, ((b"content-type", media_type.encode()), length, *headers))


SUCCESS = _json(200, {"success": True})


def document(content: Any) -> Answer:
    """A public document, the same for every origin."""
    return _json(200, content, (b"cache-control", b"public, max-age=60"))


def refusal(refused: RefusedRequest) -> Answer:
    """A problem document with the members without which Segment's and RudderStack's clients try for ever."""
    content = problem(refused.status, refused.message, code=refused.code, message=refused.message, success=False)
    headers: list[Header] = []
    if refused.retry_after is not None:
        headers.append((b"retry-after", str(refused.retry_after).encode()))
    return _json(refused.status, content, *headers, media_type=MEDIA_TYPE)


def preflight(asked_headers: bytes) -> Answer:
    """What a page may send: any origin is told yes, since only the key tells which origins a source takes."""
    asked = {name.strip().lower() for name in asked_headers.decode("latin-1").split(",")}
    return Answer(
        204,
        b"",
        (
            (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
            (b"access-control-allow-headers", ", ".join(sorted(asked & _ASKED_HEADERS)).encode()),
            (b"access-control-max-age", b"7200"),
        ),
    )


def readable_from(origin: bytes, headers: Iterable[Header]) -> list[Header]:
    """The headers with those that let a page of ``origin`` read the answer; empty: no page asks."""
    if not origin:
        return [*headers, (b"vary", b"Origin")]
    return [*headers, (b"access-control-allow-origin", origin), (b"vary", b"Origin"), _EXPOSED]
