"""Keeps the processes of an installation running, and stops them together.

Each child leads a process group of its own: Ctrl-C in a terminal reaches the supervisor alone,
which then stops the children in order, and what a child leaves behind when it dies can be ended
as a group. On Linux the kernel ends a child whose supervisor was killed; there is no orphan.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

RESTARTS_WITHIN = 60.0  # seconds; more deaths of one child in that time bring everything down
MOST_RESTARTS = 5
SECONDS_TO_STOP = 10.0  # tasks are safe to be killed: they are idempotent and run again
PR_SET_PDEATHSIG = 1


class ChildKeepsDying(RuntimeError):
    pass


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes]" = field(init=False)
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_RESTARTS + 1))

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )

    @property
    def died(self) -> bool:
        return self.process.poll() is not None

    def signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def died_too_often(self, now: float) -> bool:
        self.deaths.append(now)
        return len(self.deaths) > MOST_RESTARTS and now - self.deaths[0] < RESTARTS_WITHIN

    def stop(self, deadline: float) -> None:
        """Ask the child to end, and end its whole group when it hasn't by then."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, deadline - time.monotonic()))
        self.signal_group(signal.SIGKILL)
        self.process.wait()


class Supervisor:
    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say
        self.children: list[Child] = []
        self.stopping = False  # no threading.Event: a signal handler that sets one waits for ever on its lock

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a child. Children stop in the opposite order of their start."""
        child = Child(name, command, environment)
        self.children.append(child)
        child.start()

    def stop_on_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def run(self) -> None:
        """Restart what dies, until a signal asks to stop; raises ChildKeepsDying."""
        while not self.stopping:
            for child in self.children:
                if child.died:
                    self._restart(child)
            time.sleep(0.2)

    def _restart(self, child: Child) -> None:
        child.signal_group(signal.SIGKILL)  # what it left behind may hold its port
        if child.died_too_often(time.monotonic()):
            raise ChildKeepsDying(
                f"The {child.name} died {len(child.deaths)} times in a minute; see its messages above."
            )
        self.say(f"The {child.name} died (exit code {child.process.returncode}); starting it again.")
        child.start()

    def stop(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_STOP
        for child in reversed(self.children):
            child.stop(deadline)
