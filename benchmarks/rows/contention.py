"""Collecting on SQLite while the nightly work runs beside it."""

from threading import Thread

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.installation import Run
from benchmarks.lib.load import Job, run

PER_SECOND = 100  # events one by one: 8.6 million a day
SECONDS = 15


def collect_during_rollups(bench: Bench) -> Figures:
    portal = bench.copy(bench.demo, "contention")
    key = portal.manage("create_source", "Load", "--platform", "web").output.strip()
    nights: list[Run] = []
    with portal.serve() as server:
        job = Job(server.port, "/v1/track", key, events=1, connections=16, seconds=SECONDS, per_second=PER_SECOND)
        at_rest = run(job)
        night = Thread(target=lambda: nights.append(portal.manage("rollup")))
        night.start()
        during = run(job)
        night.join()
    if at_rest.refused or during.refused:
        raise RuntimeError(f"{at_rest.refused} and {during.refused} requests were refused.")
    return Figures(
        "Collecting on SQLite while the nightly rollups of the demo data run: p99, against p99 at rest",
        round(during.p99_ms / at_rest.p99_ms, 2),
        "×",
        5,
        "at most",
        {
            "p99 at rest, ms": at_rest.p99_ms,
            "p99 during, ms": during.p99_ms,
            "p50 at rest, ms": at_rest.p50_ms,
            "p50 during, ms": during.p50_ms,
            "events/s": PER_SECOND,
            "rollups ran for, s": round(nights[0].seconds, 1),
            "measured for, s": SECONDS,
        },
    )
