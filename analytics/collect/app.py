"""The ASGI application that takes events in. It runs beside Django, without its middleware."""

import logging
import math
import re
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError

from analytics.collect.answers import SUCCESS, Answer, document, preflight, readable_from, refusal
from analytics.collect.bodies import json_text
from analytics.collect.bots import is_bot
from analytics.collect.documents import rudderstack_config, segment_settings
from analytics.collect.groupcommit import GroupCommit, Overloaded
from analytics.collect.incoming import Disconnected, Incoming, Receive, Scope, Send
from analytics.collect.keys import KnownSource
from analytics.collect.limits import BATCH_EVENTS, RUDDERSTACK_BODY
from analytics.collect.messages import key_inside, open_envelope
from analytics.collect.normalise import Arrival
from analytics.collect.rates import Rates
from analytics.collect.refusals import RefusedEvent, RefusedRequest, told_without_data
from analytics.collect.register import Register
from analytics.collect.requests import Delivery, check_size, deliver, letter
from productops.lib.addresses import counted_as

log = logging.getLogger(__name__)

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
ORIGIN_NOT_ALLOWED = "origin_not_allowed"  # a letter of this reason has the origin as its detail
RUDDERSTACK_CONFIG = "/sourceConfig"
SEGMENT_SETTINGS = re.compile(r"/v1/projects/([^/]+)/settings")


class Collector:
    """Takes requests for one event loop; ``close`` commits what was taken before."""

    def __init__(self) -> None:
        self.register = Register()
        self.inbox = GroupCommit()
        self.requests_of_address = Rates(settings.COLLECT_RATE_PER_IP)
        self.events_of_source = Rates(settings.COLLECT_RATE_PER_SOURCE)

    @staticmethod
    def serves(scope: Scope) -> bool:
        path: str = scope["path"]
        return path.startswith(("/v1/", "//v1/", "/beacon/", RUDDERSTACK_CONFIG))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Incoming(scope, receive)
        try:
            answer = await self._answer(request)
        except Disconnected:
            return
        except RefusedRequest as refused:
            answer = refusal(refused)
        except Overloaded:
            answer = refusal(RefusedRequest(503, "overloaded", "Too much is waiting; send it again.", retry_after=2))
        except (DatabaseError, InterfaceError) as error:
            log.error("A request could not be stored: %s.", told_without_data(error))
            answer = refusal(RefusedRequest(503, "unavailable", "Not stored; send it again.", retry_after=5))
        except Exception:
            log.exception("A request failed.")
            answer = refusal(RefusedRequest(503, "failed", "Not stored; send it again.", retry_after=30))
        headers = readable_from(request.headers.get(b"origin", b""), answer.headers)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def close(self) -> None:
        await self.inbox.drain()
        self.register.close()

    async def _answer(self, request: Incoming) -> Answer:
        path = request.path
        if request.method == "OPTIONS":
            return preflight(request.headers.get(b"access-control-request-headers", b""))
        if path in COLLECTING:
            _expect(request, "POST")
            await self._collect(request, path)
            return SUCCESS
        if path == RUDDERSTACK_CONFIG:
            _expect(request, "GET")
            key = request.key_in_query
            return document(rudderstack_config(key, await self._source(key)))
        if match := SEGMENT_SETTINGS.fullmatch(path):
            _expect(request, "GET")
            key = match[1]
            await self._source(key)
            return document(segment_settings(key, request.scheme, request.host))
        raise RefusedRequest(404, "not_found", "Nothing is collected at this path.")

    async def _collect(self, request: Incoming, path: str) -> None:
        """Commit what the request brings. Raises RefusedRequest, and what a commit raises."""
        received_us = time.time_ns() // 1_000
        body = await request.body(RUDDERSTACK_BODY)
        if address := counted_as(request.address):
            _wait(self.requests_of_address.seconds_to_wait(address, 1, time.monotonic()))
        source = await self._source(request.key) if request.key else None  # before the work of reading a stranger's

        def arrived(source: KnownSource) -> Arrival:
            return Arrival(
                source=source,
                received_us=received_us,
                type=COLLECTING[path],
                address=request.address,
                by_bot=is_bot(request.browser),
                private=request.asks_for_privacy,
                history=source.trusted or path == HISTORY,
            )

        try:
            text = json_text(body, request.header(b"content-encoding").lower(), RUDDERSTACK_BODY)
            envelope, messages = open_envelope(text)
            check_size(max(len(body), len(text)), messages)
        except RefusedRequest as refused:
            if source:
                await self._put_aside(RefusedEvent(refused.code, refused.message), body, arrived(source), path)
            raise
        source = source or await self._source(key_inside(envelope, messages) or request.key_in_query)
        origin = request.header(b"origin")
        if origin and not source.takes_from(origin):
            await self._put_aside(RefusedEvent(ORIGIN_NOT_ALLOWED, origin), text, arrived(source), path)
            raise RefusedRequest(403, ORIGIN_NOT_ALLOWED, "This source doesn't take events from this origin.")
        if (await self.register.current()).lagging:
            raise RefusedRequest(503, "lagging", "Events wait to be sealed; send it again.", retry_after=30)
        taken = min(len(messages), BATCH_EVENTS)  # a batch that is refused mustn't lock its source out
        _wait(self.events_of_source.seconds_to_wait(source.id, taken, time.monotonic()))
        await self.inbox.submit(deliver(envelope, messages, arrived(source), path))

    async def _source(self, key: str) -> KnownSource:
        source = await self.register.source_of(key)
        if source is None:
            raise RefusedRequest(401, "unknown_key", "This key is unknown or was revoked.")
        return source

    async def _put_aside(self, refused: RefusedEvent, body: bytes, arrival: Arrival, path: str) -> None:
        put_aside = letter(refused, body, arrival, path)
        await self.inbox.submit(Delivery([], [put_aside], {}, len(body)))


def _wait(seconds: float) -> None:
    if seconds:
        # Every official client sends again after 429, and waits as long as it is told.
        raise RefusedRequest(429, "too_fast", "Too much at once; send it again.", retry_after=math.ceil(seconds))


def _expect(request: Incoming, method: str) -> None:
    if request.method != method:
        raise RefusedRequest(405, "method_not_allowed", f"This path is for {method}.")
