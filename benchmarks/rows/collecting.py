"""Collecting, against an empty Django view and against the obvious way to store a batch.

Both get the same requests from the same client, and PostgreSQL commits durably for both. Of the
events, 98 % are of ten thousand people who return and 2 % are of someone new (``lib.load``).
"""

import statistics
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.installation import ROOT, Installation, Server, granian
from benchmarks.lib.load import Job, Seen, run

ROUNDS = 3  # taken in turn, so that whatever else the machine does meets both
STORED_PER_REQUEST = 100


def single(bench: Bench) -> Figures:
    portal, key = _portal(bench)
    plain = _plain(bench)
    ours, theirs = _in_turn(
        portal.serve,
        lambda port: Job(port=port, path="/v1/track", write_key=key, events=1),
        lambda: granian("benchmarks.plain.asgi:application", plain, "/empty"),
        lambda port: Job(port=port, path="/empty"),
    )
    return Figures(
        "Collecting, one event per request, durable, PostgreSQL, against an empty Django view",
        _ratio(ours, theirs),
        "×",
        0.5,
        "at least",
        _parts("events", ours, 1) | _parts("empty view", theirs, 1),
    )


def batches(bench: Bench) -> Figures:
    portal, key = _portal(bench)
    plain = _plain(bench)
    size = STORED_PER_REQUEST
    ours, theirs = _in_turn(
        portal.serve,
        lambda port: Job(port=port, path="/v1/batch", write_key=key, events=size, connections=16),
        lambda: granian("benchmarks.plain.asgi:application", plain, "/empty"),
        lambda port: Job(port=port, path="/v1/batch", events=size, connections=16),
    )
    return Figures(
        f"Collecting, {size} events per request, PostgreSQL, against bulk_create(ignore_conflicts=True)",
        _ratio(ours, theirs),
        "×",
        2.3,
        "at least",
        _parts("events", ours, size) | _parts("bulk_create", theirs, size),
    )


Serve = Callable[[], AbstractContextManager[Server]]


def _in_turn(
    serve_ours: Serve, our_job: Callable[[int], Job], serve_theirs: Serve, their_job: Callable[[int], Job]
) -> tuple[list[Seen], list[Seen]]:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        with serve_ours() as server:
            ours.append(run(our_job(server.port)))
        with serve_theirs() as server:
            theirs.append(run(their_job(server.port)))
    refused = sum(seen.refused for seen in ours + theirs)
    if refused:
        raise RuntimeError(f"{refused} requests were refused: what was measured is not what was meant.")
    return ours, theirs


def _ratio(ours: list[Seen], theirs: list[Seen]) -> float:
    """The median of the rounds, each compared with the one beside it."""
    pairs = zip(ours, theirs, strict=True)
    return round(statistics.median(mine.requests_per_second / other.requests_per_second for mine, other in pairs), 2)


def _parts(name: str, seen: list[Seen], events: int) -> dict[str, float]:
    return {
        f"{name}/s": round(statistics.median(one.requests_per_second for one in seen) * events),
        f"{name} p99 ms": statistics.median(one.p99_ms for one in seen),
    }


def _portal(bench: Bench) -> tuple[Installation, str]:
    portal = bench.fresh("collecting", on_postgres=True)
    portal.variables |= {"COLLECT_RATE_PER_IP": "0", "COLLECT_RATE_PER_SOURCE": "0"}  # all comes from one
    portal.variables["QUERY_PROCESSES"] = "0"  # they take seconds to start, which a round would measure with it
    key = portal.manage("create_source", "Load", "--platform", "web").output.strip()
    return portal, key


def _plain(bench: Bench) -> dict[str, str]:
    environment = Installation(bench.folder, bench.postgres.create_database()).environment
    command = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "-v0", "--settings=benchmarks.plain.settings"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return environment
