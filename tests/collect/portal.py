"""A portal as users run it: Granian with the whole application, in processes of its own, on a database of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import environ
from django.db import connections

from analytics.collect.keys import new_key
from analytics.collect.models import DeadLetter, Event, Source, SourceKey, SourceMinute

ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def eventually(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """What ``condition`` gives as soon as that is true."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, f"still {result!r} after {seconds} s"
        time.sleep(0.05)
    return result


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class SentBy(NamedTuple):
    """A source of the portal, with what a test needs to send as it and to see what came."""

    alias: str
    source: Source
    key: str
    secret_key: str

    @property
    def events(self) -> list[Event]:
        return list(Event.objects.using(self.alias).filter(source=self.source.pk).order_by("id"))

    @property
    def names(self) -> list[str]:
        return [event.event for event in self.events]

    @property
    def letters(self) -> list[DeadLetter]:
        return list(DeadLetter.objects.using(self.alias).filter(source_id=self.source.pk).order_by("id"))

    @property
    def reasons(self) -> list[str]:
        return [letter.reason for letter in self.letters]

    def counted(self, name: str) -> int:
        minutes = SourceMinute.objects.using(self.alias).filter(source_id=self.source.pk)
        return sum(minutes.values_list(name, flat=True))


class Portal:
    def __init__(self, data_dir: Path, database_url: str, *, workers: int = 2, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.alias = f"portal_{uuid4().hex}"
        self.workers = workers
        self.environment = os.environ | {"DATA_DIR": str(data_dir), "DATABASE_URL": database_url} | environment
        self.log = data_dir / "server.log"
        default = connections.settings["default"]
        url = environ.Env.db_url_config(database_url)
        connections.settings[self.alias] = {**default, "OPTIONS": {}, **url}
        self.run("migrate", "--skip-checks", "--verbosity", "0")
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout.strip()

    def start(self) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--host", "127.0.0.1"]
        command += ["--port", str(self.port), "--workers", str(self.workers), "productops.asgi:application"]
        self.log.unlink(missing_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        eventually(self._has_started)

    def _has_started(self) -> bool:
        """Whether all workers have: one that is asked to stop while it starts goes on for ever."""
        assert self.process
        assert self.process.poll() is None, self.log.read_text()
        return self.log.read_text().count("Started worker-") == self.workers

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            finally:
                self.kill()

    def kill(self) -> None:
        """SIGKILL to the server and its workers at once."""
        assert self.process
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)
        self.process = None

    def close(self) -> None:
        self.stop()
        connections[self.alias].close()
        del connections.settings[self.alias]

    def source(self, platform: str = "web", **fields: Any) -> SentBy:
        name = uuid4().hex
        source = Source.objects.using(self.alias).create(name=name, platform=platform, **fields)
        keys = {kind: new_key(kind) for kind in SourceKey.Kind.values}
        for kind, key in keys.items():
            SourceKey.objects.using(self.alias).create(source=source, kind=kind, key=key)
        return SentBy(self.alias, source, keys["write"], keys["secret"])

    def request(
        self, method: str, path: str, body: bytes | str | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def post(self, path: str, content: Any, key: str = "", **headers: str) -> Reply:
        """Send ``content``, as JSON unless it is bytes. Underscores in the names of headers become hyphens."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["authorization"] = basic(key)
        return self.request("POST", path, body, sent)


MakePortal = Callable[..., Portal]


def basic(key: str) -> str:
    return "Basic " + b64encode(f"{key}:".encode()).decode()


def call(kind: str, **fields: object) -> dict[str, object]:
    """A message of this kind with what it can't do without."""
    needed = {"track": {"event": "A"}, "group": {"groupId": "g"}, "alias": {"previousId": "a"}}
    return {"userId": "u", **needed.get(kind, {}), **fields}
