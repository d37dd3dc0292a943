"""One thread that commits for all requests of a process.

While a commit waits for the disk, requests pile up; the next commit takes them all, so that a
single event costs a fraction of a commit. Where requests come faster than commits are done, a commit
waits for a moment for more of them. A request that comes alone waits for nobody.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, connection

from analytics.collect.inbox import commit
from analytics.collect.refusals import told_without_data
from analytics.collect.requests import Delivery

log = logging.getLogger(__name__)

GROUP_ROWS = 2_000  # a commit on SQLite keeps other writers waiting; so many rows take well under 100 ms
LINGER_SECONDS = 0.005  # for others, when the commit before was for several
QUEUE_ROWS = 20_000
QUEUE_BYTES = 64 * 1024 * 1024


class Overloaded(Exception):
    """More is waiting to be committed than should wait."""


class _Waiting(NamedTuple):
    delivery: Delivery
    done: asyncio.Future[None]


class GroupCommit:
    """Belongs to one event loop; the thread starts with the first submission."""

    def __init__(self, write: Callable[[Sequence[Delivery]], object] = commit) -> None:
        self._write = write
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._rows = self._bytes = 0  # submitted and not yet answered
        self._several = False  # requests were in the last commit

    def submit(self, delivery: Delivery) -> asyncio.Future[None]:
        """A future that is done when the delivery is committed, or fails when it couldn't be. Raises Overloaded."""
        if self._rows > QUEUE_ROWS or self._bytes > QUEUE_BYTES:
            raise Overloaded
        loop = asyncio.get_running_loop()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(loop,), name="group-commit", daemon=True)
            self._thread.start()
        waiting = _Waiting(delivery, loop.create_future())
        self._rows += len(delivery.rows)
        self._bytes += delivery.size
        self._queue.put(waiting)
        return waiting.done

    async def drain(self) -> None:
        """Commit what was submitted, then end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        ended = False
        while not ended:
            group, ended = self._next_group()
            error: Exception | None = None
            try:
                if group:
                    self._write([waiting.delivery for waiting in group])
            except (DatabaseError, InterfaceError) as raised:
                log.error("A commit of %d requests failed: %s.", len(group), told_without_data(raised))
                error = raised
            except Exception as raised:  # whatever it was: nothing is acknowledged, and the thread lives on
                log.exception("A commit of %d requests failed.", len(group))
                error = raised
            loop.call_soon_threadsafe(self._answer, group, error)
        connection.close()

    def _next_group(self) -> tuple[list[_Waiting], bool]:
        """All that waits, to a limit; and whether that was the last of it."""
        group: list[_Waiting] = []
        rows = 0
        waiting = self._queue.get()
        if self._several:
            time.sleep(LINGER_SECONDS)
        while waiting is not None:
            group.append(waiting)
            rows += len(waiting.delivery.rows)
            if rows >= GROUP_ROWS:
                break
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
        self._several = len(group) > 1
        return group, waiting is None

    def _answer(self, group: list[_Waiting], error: Exception | None) -> None:
        for delivery, done in group:
            self._rows -= len(delivery.rows)
            self._bytes -= delivery.size
            if done.cancelled():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error)
