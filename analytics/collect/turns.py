"""The collector's turn to write."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, connection, transaction

PAUSE_SECONDS = 0.001
PATIENCE_SECONDS = 20.0


@contextmanager
def write_transaction() -> Iterator[None]:
    """A transaction that begins as soon as nobody else writes. Raises OperationalError when that takes too long.

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
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            stack.enter_context(transaction.atomic())
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return
