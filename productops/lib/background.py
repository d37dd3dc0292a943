"""Work that can wait leaves the processors to what somebody waits for."""

import os
from typing import Any

NICENESS = 10


def stand_back(*signal: Any, **about: Any) -> None:
    """Have this process and all that it starts take what others leave of the processors; for good."""
    os.nice(NICENESS)
