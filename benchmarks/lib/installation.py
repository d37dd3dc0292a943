"""Portals to measure: each a data directory, a database and the processes started on them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import psutil

ROOT = Path(__file__).parents[2]
WORKERS = 2  # of every server that is measured, ours and those it is compared with
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Run:
    """A command that has ended: how long it took, how long processors were busy, the most memory one process held."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str


@dataclass(frozen=True)
class Server:
    port: int
    process: psutil.Process

    def worker_memory_mb(self) -> float:
        """Resident memory of the fattest web worker."""
        return max(child.memory_info().rss for child in self.process.children()) / 1e6

    def query_memory_mb(self) -> float:
        """Resident memory of the fattest process that a web worker started."""
        workers = self.process.children()
        below = [child for worker in workers for child in worker.children(recursive=True)]
        return max((child.memory_info().rss for child in below), default=0) / 1e6


@dataclass
class Installation:
    data_dir: Path
    database_url: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        database = {"DATABASE_URL": self.database_url} if self.database_url else {}
        own = {"DATA_DIR": str(self.data_dir), "LOG_LEVEL": "ERROR", "API_RATE": "1000000/sec"}
        return inherited | own | database | self.variables

    def manage(self, *arguments: str) -> Run:
        """Run a management command to its end; raises with its messages when it fails."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "manage.py", *arguments]
        started, busy = time.perf_counter(), _cpu_seconds_of_children()
        process = psutil.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        peak: list[float] = [0.0]
        watcher = Thread(target=_watch_memory, args=(process, peak))
        watcher.start()
        output, messages = process.communicate()
        seconds = time.perf_counter() - started
        watcher.join()
        if process.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{messages}")
        return Run(seconds, _cpu_seconds_of_children() - busy, peak[0], output)

    def serve(self) -> AbstractContextManager[Server]:
        """The web server that ``manage.py serve`` starts, alone."""
        return granian("productops.asgi:application", self.environment, "/v1/projects/none/settings")


@contextmanager
def granian(application: str, environment: dict[str, str], ready: str) -> Iterator[Server]:
    """An ASGI application served; ``ready`` is a path that it answers, however, when it is up."""
    port = free_port()
    command = [sys.executable, "-m", "granian", application, "--interface=asgi", "--no-ws", "--log-level=error"]
    command += [f"--port={port}", f"--workers={WORKERS}", "--workers-kill-timeout=5"]
    process = psutil.Popen(command, cwd=ROOT, env=environment)
    try:
        wait_for_answer(port, ready)
        yield Server(port, process)
    finally:
        process.terminate()
        process.wait()


def wait_for_answer(port: int, path: str, seconds: float = SECONDS_TO_START) -> float:
    """Seconds until a request is answered, whatever the answer."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
            return time.perf_counter() - started
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise TimeoutError(f"Nothing answered on port {port} within {seconds} s.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cpu_seconds_of_children() -> float:
    """Of all that have ended: in their own code and in the kernel."""
    spent = os.times()
    return spent.children_user + spent.children_system


def _watch_memory(process: psutil.Process, peak: list[float]) -> None:
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            family = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], max(member.memory_info().rss for member in family) / 1e6)
        except psutil.NoSuchProcess:
            continue
        time.sleep(0.05)
