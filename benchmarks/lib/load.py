"""A small client that keeps connections open and sends as fast as answers come, or at a steady pace.

Run in a process of its own (``python -m benchmarks.lib.load``), the same for everything that is
compared: it reads a job as JSON from its input and writes what it saw as JSON to its output.
"""

import asyncio
import base64
import json
import random
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from benchmarks.lib.figures import percentile

PEOPLE = 10_000  # who return
PAGES = 200  # each with a context of its own
NEW_PEOPLE = 0.02  # of the events: each is the first of someone, with a new user id and a new anonymous id
PADDING = "x" * 300  # with it an event has about 0.9 kB, as a browser's has


@dataclass(frozen=True)
class Job:
    port: int
    path: str
    write_key: str = ""
    events: int = 0  # in one request; 0: a GET without a body
    connections: int = 64
    seconds: float = 6.0
    per_second: float = 0.0  # 0: as fast as answers come
    warm_up: float = 2.0


@dataclass(frozen=True)
class Seen:
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    refused: int


def run(job: Job) -> Seen:
    command = [sys.executable, "-m", "benchmarks.lib.load"]
    answer = subprocess.run(command, input=json.dumps(asdict(job)), capture_output=True, text=True, check=True)
    return Seen(**json.loads(answer.stdout))


class Requests:
    """Requests that differ where real ones do: message ids, people, times."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.random = random.Random(7)
        self.prefix = f"{time.time_ns():x}"
        self.number = 0
        credentials = base64.b64encode(f"{job.write_key}:".encode()).decode()
        self.head = (
            f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Basic {credentials}\r\nContent-Length: "
        )
        self.get = f"GET {job.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    def next(self) -> bytes:
        if not self.job.events:
            return self.get
        sent_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        events = ",".join(self.event(sent_at) for _ in range(self.job.events))
        body = f'{{"batch":[{events}],"sentAt":"{sent_at}"}}' if self.job.path.endswith("/batch") else events
        return f"{self.head}{len(body)}\r\n\r\n{body}".encode()

    def event(self, at: str) -> str:
        self.number += 1
        person: int | str = self.random.randrange(PEOPLE)
        seconds, page = person % 300, person % PAGES
        if self.random.random() < NEW_PEOPLE:
            person = f"{self.prefix}-{self.number}"
        return (
            f'{{"type":"track","event":"video_watched","messageId":"{self.prefix}-{self.number}","userId":"user-{person}",'
            f'"anonymousId":"browser-{person}","timestamp":"{at}",'
            f'"properties":{{"seconds":{seconds},"title":"{PADDING}"}},'
            '"context":{"library":{"name":"load","version":"1"},"page":{"path":"/watch/'
            f'{page}","url":"https://app.example/watch/{page}",'
            '"title":"Watch"},"userAgent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) '
            'Chrome/140.0.0.0 Safari/537.36","locale":"en-GB","timezone":"Europe/London"}}'
        )


class Connection(asyncio.Protocol):
    """One kept-open connection with one request under way at a time."""

    def __init__(self) -> None:
        self.received = b""
        self.answered: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answered and not self.answered.done():
            self.answered.set_result(0)

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank:
            return
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        if len(body) >= length and self.answered:
            self.received = b""
            self.answered.set_result(int(head[9:12]))

    async def ask(self, request: bytes) -> int:
        """The status of the answer; 0 when the connection was lost."""
        self.answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)  # type: ignore[attr-defined]
        return await self.answered


async def measure(job: Job) -> Seen:
    requests = Requests(job)
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + job.warm_up
    end = begin + job.seconds
    latencies: list[float] = []
    refused = 0
    slots = iter(range(1 << 62))

    async def keep_asking() -> None:
        nonlocal refused
        _, connection = await loop.create_connection(Connection, "127.0.0.1", job.port)
        while (now := time.perf_counter()) < end:
            if job.per_second:
                # Latency counts from when the request was due, so that a stalled server can't hide its stall.
                now = begin - job.warm_up + next(slots) / job.per_second
                await asyncio.sleep(max(0.0, now - time.perf_counter()))
            status = await connection.ask(requests.next())
            if status == 0:
                _, connection = await loop.create_connection(Connection, "127.0.0.1", job.port)
            if now >= begin:
                refused += status != 200
                latencies.append(time.perf_counter() - now)
        connection.transport.close()

    await asyncio.gather(*(keep_asking() for _ in range(job.connections)))
    return Seen(
        requests_per_second=round((len(latencies) - refused) / job.seconds, 1),
        p50_ms=round(percentile(latencies, 0.5) * 1000, 2),
        p99_ms=round(percentile(latencies, 0.99) * 1000, 2),
        refused=refused,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(measure(Job(**json.load(sys.stdin)))))))
