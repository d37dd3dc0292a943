"""What query processes are asked in ``test_pool``."""

import os
import signal
import sys
import time

import pyarrow as pa

from analytics.store import engine


def pid() -> int:
    return os.getpid()


def loaded_modules() -> set[str]:
    return set(sys.modules)


def refuse(reason: str) -> None:
    raise ValueError(reason)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def count_for_ever() -> int:
    """Add up 10¹⁵ numbers, which only an interrupt ends."""
    with engine.chosen().session() as session:
        one, other, third = (session.lent(pa.table({name: range(100_000)})) for name in "xyz")
        rows = one.cross_join(other).cross_join(third)
        return (rows.x * rows.y + rows.z).sum().to_pyarrow().as_py()
