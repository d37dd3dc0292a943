"""One process at a time, by a file in DATA_DIR, which all processes of an installation share."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Wait until no other process is in a block of this name. A process that dies lets go of it."""
    folder = settings.DATA_DIR / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
