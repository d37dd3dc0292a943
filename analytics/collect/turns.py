"""The collector's turn to write."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, connection, transaction

PAUSE_SECONDS = 0.001


@contextmanager
def write_transaction() -> Iterator[None]:
    """A transaction that begins as soon as nobody else writes.

    Raises OperationalError when that takes longer than the connection's own patience.

    SQLite itself looks for its one write lock after pauses that grow to 100 ms. Beside work that writes in
    many short transactions, as a night does, it is always too late, and an event would wait for seconds.
    """
    with ExitStack() as stack:
        if connection.vendor == "sqlite":
            _begin(stack)
        else:
            stack.enter_context(transaction.atomic())
        yield


def _begin(stack: ExitStack) -> None:
    with _looking_once() as patience:
        deadline = time.monotonic() + patience
        while True:
            try:
                stack.enter_context(transaction.atomic())
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_SECONDS)
            else:
                return


@contextmanager
def _looking_once() -> Iterator[float]:
    """Have SQLite say at once that somebody else writes; yields how many seconds it would wait otherwise."""
    with connection.cursor() as cursor:
        (milliseconds,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield milliseconds / 1000
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {milliseconds}")


def _is_busy(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
