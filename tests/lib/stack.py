"""Room for the calls of a whole run.

CPython keeps the frames of a thread in chunks of 16 KB. A call that begins a chunk asks the system for
it and gives it back when it returns: where such a call lies within a loop, deep in pytest and Ibis,
more time goes into that than into the loop. A frame that is itself larger than a chunk gets one of
twice its size or less, and further calls lie in what is left of it.
"""

from collections.abc import Callable
from typing import Any

import pytest

VARIABLES = 70_000  # 560 KB of a chunk of 1 MB


def _large_frame() -> Callable[[Callable[[], Any]], Any]:
    names = " = ".join(f"v{number}" for number in range(VARIABLES))
    made: dict[str, Any] = {}
    exec(f"def call(work):\n    if work is None:\n        {names} = None\n    return work()", made)
    return made["call"]


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Any:
    """Run everything within a large frame."""
    if config.stash.get(BEGUN, False):
        return None
    config.stash[BEGUN] = True
    return _large_frame()(lambda: config.hook.pytest_cmdline_main(config=config))


BEGUN = pytest.StashKey[bool]()
