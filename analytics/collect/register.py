"""What every process knows of the installation's keys and of the inbox's backlog, seconds old at most."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Max, Min

from analytics.collect.keys import KnownSource, live_keys
from analytics.collect.models import Event

REREAD_SECONDS = 2.0  # how long a revoked key may still be taken
PAUSE_SECONDS = 0.2  # between two readings, however many unknown keys ask for one
UNKNOWN_SECONDS = 10.0
UNKNOWN_KEYS = 10_000


class Reading(NamedTuple):
    begun_at: float  # time.monotonic()
    keys: dict[str, KnownSource]
    lagging: bool


class Register:
    """Belongs to one event loop; the database is asked in a thread of its own."""

    def __init__(self) -> None:
        self._reading = Reading(float("-inf"), {}, False)
        self._under_way: asyncio.Task[None] | None = None
        self._unknown: dict[str, float] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="register")

    async def current(self) -> Reading:
        """A reading no older than REREAD_SECONDS."""
        return await self._newer_than(time.monotonic() - REREAD_SECONDS)

    async def source_of(self, key: str) -> KnownSource | None:
        """The source of a live key.

        A key that no reading has shown is looked for in a new one, so that a key works as soon as
        it is made; then it is known to be unknown for a while, which costs nothing.
        """
        reading = await self.current()
        source = reading.keys.get(key)
        if source is not None or not key:
            return source
        now = time.monotonic()
        if self._unknown.get(key, float("-inf")) > now - UNKNOWN_SECONDS:
            return None
        source = (await self._newer_than(now)).keys.get(key)
        if source is None:
            if len(self._unknown) >= UNKNOWN_KEYS:
                self._unknown.clear()
            self._unknown[key] = time.monotonic()
        return source

    def close(self) -> None:
        self._thread.shutdown()

    async def _newer_than(self, moment: float) -> Reading:
        while self._reading.begun_at <= moment:
            if self._under_way is None:
                self._under_way = asyncio.ensure_future(self._read_again())
            await asyncio.shield(self._under_way)
        return self._reading

    async def _read_again(self) -> None:
        try:
            await asyncio.sleep(max(0.0, self._reading.begun_at + PAUSE_SECONDS - time.monotonic()))
            self._reading = await asyncio.get_running_loop().run_in_executor(self._thread, read)
        finally:
            self._under_way = None


def read() -> Reading:
    begun_at = time.monotonic()
    close_old_connections()
    return Reading(begun_at, live_keys(), backlog() > settings.INBOX_LIMIT)


def backlog() -> int:
    """How many events wait to be sealed: at most so many as ids were given since the oldest of them.

    Counting them would take longer the more there are, so that is left for when this is over the limit.
    """
    oldest = Event.objects.unsealed().aggregate(id=Min("id"))["id"]
    if oldest is None:
        return 0
    newest = Event.objects.aggregate(id=Max("id"))["id"]
    if newest - oldest < settings.INBOX_LIMIT:
        return int(newest - oldest + 1)
    return Event.objects.unsealed()[: settings.INBOX_LIMIT + 1].count()
