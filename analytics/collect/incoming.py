"""A request as ASGI hands it over: its headers, where it came from, and its body."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from analytics.collect.bodies import too_large
from analytics.collect.keys import key_of_header
from analytics.collect.refusals import RefusedRequest
from productops.lib.addresses import client_address

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

BODY_SECONDS = 60
_KEY_IN_QUERY = ("writeKey", "token", "_")
_SLASHES = re.compile("/{2,}")


class Disconnected(Exception):
    """The client went away before its request was whole: there is nobody to answer."""


class Incoming:
    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self._scope = scope
        self._receive = receive

    def header(self, name: bytes) -> str:
        """Empty where it is missing."""
        return self.headers.get(name, b"").decode("latin-1")

    @property
    def path(self) -> str:
        """Without a slash at its end, and without the two that a host with one at its end leads to."""
        return _SLASHES.sub("/", self._scope["path"]).rstrip("/")

    @property
    def key(self) -> str:
        """The key in the Authorization header."""
        authorization = self.headers.get(b"authorization")
        return key_of_header(authorization) if authorization else ""

    @property
    def key_in_query(self) -> str:
        query = parse_qs(self._scope["query_string"].decode("latin-1"))
        return next((query[name][0] for name in _KEY_IN_QUERY if name in query), "")

    @property
    def address(self) -> str:
        peer = self._scope["client"][0] if self._scope.get("client") else ""
        return client_address(peer, self.header(b"x-forwarded-for"))

    @property
    def scheme(self) -> str:
        """http or https as the client sees it: a trusted proxy says so, where one is set up."""
        forwarded = self.header(b"x-forwarded-proto") if settings.TRUSTED_PROXIES else ""
        return forwarded if forwarded in ("http", "https") else str(self._scope.get("scheme", "http"))

    @property
    def host(self) -> str:
        """The name and port the client asked for. Raises RefusedRequest when the portal doesn't go by that name."""
        host = self.header(b"host")
        name, _ = split_domain_port(host)
        if not name or not validate_host(name, settings.ALLOWED_HOSTS):
            raise RefusedRequest(400, "unknown_host", "The portal doesn't answer to this host name.")
        return host

    @property
    def browser(self) -> str:
        """The user agent, if a page sent this. Other programs' agents look like crawlers', whoever used the product."""
        is_page = b"origin" in self.headers and b"sec-fetch-mode" in self.headers
        return self.header(b"user-agent") if is_page else ""

    @property
    def asks_for_privacy(self) -> bool:
        return self.headers.get(b"sec-gpc") == b"1" or self.headers.get(b"dnt") == b"1"

    async def body(self, limit: int) -> bytes:
        """All of it, at most ``limit`` bytes. Raises RefusedRequest, or Disconnected when only half of it comes."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                more = True
                while more:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise Disconnected
                    part = message.get("body", b"")
                    more = message.get("more_body", False)
                    size += len(part)
                    if size <= limit:
                        parts.append(part)
                    elif size > 4 * limit:  # enough was read away for the client to read its answer
                        raise too_large(limit)
        except TimeoutError:
            raise RefusedRequest(408, "timeout", "The body took too long.") from None
        if size > limit:
            raise too_large(limit)
        return parts[0] if len(parts) == 1 else b"".join(parts)
