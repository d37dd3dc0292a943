"""Answers that take too long or too much, in a query process of their own."""

import os
import signal
import time
from typing import Any, NoReturn

import pyarrow as pa

from analytics.store import engine


def never(kind: str, question: Any, doubted: Any, with_sql: bool) -> None:
    time.sleep(600)


def dies(kind: str, question: Any, doubted: Any, with_sql: bool) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def gathers(kind: str, question: Any, doubted: Any, with_sql: bool) -> int:
    """Gather a hundred million numbers in one list, which no engine can put on a disk."""
    with engine.chosen().session() as session:
        one, other = (session.lent(pa.table({name: range(10_000)})) for name in "xy")
        rows = one.cross_join(other)
        return rows.aggregate(all=(rows.x * rows.y).collect()).all.length().to_pyarrow().to_pylist()[0]
