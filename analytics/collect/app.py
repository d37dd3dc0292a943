"""The ASGI application that takes events in. It runs beside Django, without its middleware."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from django.db import DatabaseError, InterfaceError

from analytics.collect.addresses import client_address
from analytics.collect.answers import SUCCESS, Answer, document, preflight, readable_from, refusal
from analytics.collect.bodies import json_text, too_large
from analytics.collect.documents import rudderstack_config, segment_settings
from analytics.collect.groupcommit import GroupCommit, Overloaded
from analytics.collect.keys import KnownSource, key_of_header
from analytics.collect.limits import RUDDERSTACK_BODY
from analytics.collect.messages import key_inside, open_envelope
from analytics.collect.normalise import Arrival
from analytics.collect.refusals import RefusedEvent, RefusedRequest
from analytics.collect.register import Register
from analytics.collect.requests import Delivery, check_size, deliver, letter

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Path to the type of its messages; empty: each message of the batch says its own.
COLLECTING = {
    "/v1/track": "track", "/v1/t": "track",
    "/v1/identify": "identify", "/v1/i": "identify",
    "/v1/page": "page", "/v1/p": "page",
    "/v1/screen": "screen", "/v1/s": "screen",
    "/v1/group": "group", "/v1/g": "group",
    "/v1/alias": "alias", "/v1/a": "alias",
    "/v1/batch": "", "/v1/b": "", "/v1/import": "", "/beacon/v1/batch": "",
}  # fmt: skip
HISTORY = "/v1/import"
RUDDERSTACK_CONFIG = "/sourceConfig"
SEGMENT_SETTINGS = re.compile(r"/v1/projects/([^/]+)/settings")
BODY_SECONDS = 60
_SLASHES = re.compile("/{2,}")
_KEY_IN_QUERY = ("writeKey", "token", "_")


class Disconnected(Exception):
    """The client went away before its request was whole: there is nobody to answer."""


class Collector:
    """Takes requests for one event loop; ``close`` commits what was taken before."""

    def __init__(self) -> None:
        self.register = Register()
        self.inbox = GroupCommit()

    @staticmethod
    def serves(scope: Scope) -> bool:
        path = scope["path"]
        return path.startswith(("/v1/", "//v1/", "/beacon/", RUDDERSTACK_CONFIG))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        try:
            answer = await self._answer(scope, headers, receive)
        except Disconnected:
            return
        except RefusedRequest as refused:
            answer = refusal(refused)
        except Overloaded:
            answer = refusal(RefusedRequest(503, "overloaded", "Too much is waiting; send it again.", retry_after=2))
        except (DatabaseError, InterfaceError):
            log.exception("A request could not be stored.")
            answer = refusal(RefusedRequest(503, "unavailable", "Not stored; send it again.", retry_after=5))
        except Exception:
            log.exception("A request failed.")
            answer = refusal(RefusedRequest(503, "failed", "Not stored; send it again.", retry_after=30))
        shown = readable_from(headers.get(b"origin", b""), answer.headers)
        await send({"type": "http.response.start", "status": answer.status, "headers": shown})
        await send({"type": "http.response.body", "body": answer.body})

    async def close(self) -> None:
        await self.inbox.drain()
        self.register.close()

    async def _answer(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        path = scope["path"]
        if path not in COLLECTING:  # a host set with a slash at its end makes two
            path = _SLASHES.sub("/", path).rstrip("/")
        method = scope["method"]
        if method == "OPTIONS":
            return preflight(headers.get(b"access-control-request-headers", b""))
        if path in COLLECTING:
            if method != "POST":
                raise RefusedRequest(405, "method_not_allowed", "Events are sent with POST.")
            return await self._collect(path, scope, headers, receive)
        key_in_path = SEGMENT_SETTINGS.fullmatch(path)
        if key_in_path or path == RUDDERSTACK_CONFIG:
            if method != "GET":
                raise RefusedRequest(405, "method_not_allowed", "This document is read with GET.")
            key = key_in_path[1] if key_in_path else _key_of_query(scope)
            source = await self._source(key)
            if key_in_path:
                host = headers.get(b"host", b"").decode("latin-1")
                return document(segment_settings(key, _scheme(scope, headers), host))
            return document(rudderstack_config(key, source))
        raise RefusedRequest(404, "not_found", "Nothing is collected at this path.")

    async def _collect(self, path: str, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        received_us = time.time_ns() // 1_000
        body = await _read_body(receive, RUDDERSTACK_BODY)
        key = key_of_header(headers[b"authorization"]) if b"authorization" in headers else ""
        source = await self._source(key) if key else None  # before the work of reading what a stranger sends
        try:
            text = json_text(body, headers.get(b"content-encoding", b"").decode("latin-1").lower(), RUDDERSTACK_BODY)
            envelope, messages = open_envelope(text)
            check_size(max(len(body), len(text)), messages)
        except RefusedRequest as refused:
            if source:
                await self._put_aside(RefusedEvent(refused.code, refused.message), body, source, received_us, path)
            raise
        source = source or await self._source(key_inside(envelope, messages) or _key_of_query(scope))
        origin = headers.get(b"origin", b"").decode("latin-1")
        if source.origins and origin and origin not in source.origins:
            await self._put_aside(RefusedEvent("origin_not_allowed", origin), text, source, received_us, path)
            raise RefusedRequest(403, "origin_not_allowed", "This source doesn't take events from this origin.")
        if (await self.register.current()).lagging:
            raise RefusedRequest(503, "lagging", "Events wait to be sealed; send it again.", retry_after=30)
        arrival = Arrival(
            source=source,
            received_us=received_us,
            type=COLLECTING[path],
            address=client_address(_peer(scope), headers.get(b"x-forwarded-for", b"").decode("latin-1")),
            user_agent=headers.get(b"user-agent", b"").decode("latin-1") if _from_page(headers) else "",
            private=headers.get(b"sec-gpc") == b"1" or headers.get(b"dnt") == b"1",
            history=source.trusted or path == HISTORY,
        )
        await self.inbox.submit(deliver(envelope, messages, arrival, path))
        return SUCCESS

    async def _source(self, key: str) -> KnownSource:
        source = await self.register.source_of(key)
        if source is None:
            raise RefusedRequest(401, "unknown_key", "This key is unknown or was revoked.")
        return source

    async def _put_aside(
        self, refused: RefusedEvent, body: bytes, source: KnownSource, received_us: int, path: str
    ) -> None:
        put_aside = letter(refused, body, Arrival(source=source, received_us=received_us), path)
        await self.inbox.submit(Delivery([], [put_aside], {}, len(body)))


async def _read_body(receive: Receive, limit: int) -> bytes:
    """The whole body, of at most ``limit`` bytes. Raises RefusedRequest, or Disconnected when only half of it comes."""
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Disconnected
                size += len(message.get("body", b""))
                if size <= limit:
                    parts.append(message.get("body", b""))
                elif size > 4 * limit:  # enough was read away for the client to read its answer
                    raise too_large(limit)
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        raise RefusedRequest(408, "timeout", "The body took too long.") from None
    if size > limit:
        raise too_large(limit)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _key_of_query(scope: Scope) -> str:
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return next((query[name][0] for name in _KEY_IN_QUERY if name in query), "")


def _from_page(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser sent it: other programs' agents look like crawlers' and say nothing of who used the product."""
    return b"origin" in headers and b"sec-fetch-mode" in headers


def _peer(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else ""


def _scheme(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """http or https as the client sees it: a trusted proxy says so, where one is set up."""
    from django.conf import settings

    forwarded = headers.get(b"x-forwarded-proto", b"").decode("latin-1") if settings.TRUSTED_PROXIES else ""
    return forwarded if forwarded in ("http", "https") else str(scope.get("scheme", "http"))
