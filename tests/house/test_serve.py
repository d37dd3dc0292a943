"""``manage.py serve`` and ``demo``, as processes: everything starts, is kept running, and ends together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 120  # only so that a fault ends the test; nothing here is timed


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )


def environment(folder: Path, **variables: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "WEB_WORKERS": "1", "TASK_WORKERS": "1", **variables}


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return answer.read()


def opens(port: int) -> bool:
    try:
        return b"<form" in get(port, "/login/")
    except OSError:
        return False


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def installation(tmp_path):
    assert manage(tmp_path, "migrate", "-v0").returncode == 0
    return tmp_path


@contextmanager
def running(*command: str, **options) -> Iterator[psutil.Popen]:
    """A command that goes on until this ends, however it does."""
    process = psutil.Popen([sys.executable, "manage.py", *command], cwd=ROOT, **options)
    try:
        yield process
    finally:
        if process.is_running():
            process.terminate()
            process.wait(SECONDS)


@pytest.fixture
def portal(installation):
    """A served portal: its port and its supervisor."""
    port = free_port()
    with running("serve", env=environment(installation, PORT=str(port))) as process:
        until(lambda: opens(port))
        # Redis, web server with its worker, task worker with its own, beat.
        until(lambda: len(process.children(recursive=True)) >= 6)
        yield port, process


@pytest.mark.slow
def test_a_portal_takes_events_survives_the_death_of_its_parts_and_ends_as_a_whole(portal, installation):
    port, supervisor = portal
    assert b"{" in get(port, "/static/css/tokens.css")

    key = manage(installation, "create_source", "Website", "--platform", "web").stdout.strip()
    event = {"type": "track", "event": "opened", "userId": "ada", "messageId": "1"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/track",
        json.dumps(event).encode(),
        {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer) == {"success": True}
    # The task worker, told by beat over Redis, seals the event into a file.
    until(lambda: list((installation / "segments").rglob("*.parquet")))

    first = supervisor.children()
    (web,) = (child for child in first if "granian" in " ".join(child.cmdline()))
    (worker,) = (child for child in first if "worker" in child.cmdline())
    until(lambda: worker.nice() > web.nice() == supervisor.nice())  # nobody waits for tasks
    web.send_signal(signal.SIGKILL)
    until(lambda: not living([web]))
    until(lambda: opens(port))

    family = supervisor.children(recursive=True)
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(SECONDS) == 0
    until(lambda: not living(family))


def test_a_database_that_is_behind_is_not_served(tmp_path):
    answer = manage(tmp_path, "serve")
    assert answer.returncode == 1
    assert "run `manage.py migrate` first" in answer.stderr


def test_a_database_that_does_not_answer_is_named(tmp_path):
    nowhere = environment(tmp_path, DATABASE_URL=f"postgres://ada:hunter2@127.0.0.1:{free_port()}/portal")
    command = [sys.executable, "manage.py", "serve"]
    answer = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "The database at DATABASE_URL doesn't answer" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "hunter2" not in answer.stderr


@pytest.mark.slow
def test_the_demo_says_what_opens_it_and_says_the_same_at_its_second_start(tmp_path):
    said = []
    for _ in range(2):
        port = free_port()
        output = tmp_path / "output"
        with (
            output.open("w") as file,
            running("demo", "--people", "200", env=environment(tmp_path, PORT=str(port)), stdout=file),
        ):
            until(lambda port=port: opens(port))
        said.append([line.split() for line in output.read_text().splitlines() if line.startswith("  ")])
    first, second = said
    assert first == second
    assert [" ".join(words[:-1]) for words in first] == ["Log in as", "Password", "Write key", "API token"]
    assert (tmp_path / "demo-access.json").stat().st_mode & 0o077 == 0
