"""The activity page and those of Explore against the login page, and the queries they make."""

import statistics
import time
from http.client import HTTPConnection

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask

REQUESTS = 60
SECONDS_FOR_THE_FIRST = 300
PAGE = "/product/activity/?from={first}&to={last}"
KINDS = ["trend", "funnel", "retention", "lifecycle", "stickiness", "paths", "sessions", "adoption", "concentration"]


def page_time(bench: Bench) -> Figures:
    portal = bench.with_rollups
    first, last = ask(portal, "days_of_data")
    day, all_days = PAGE.format(first=last, last=last), PAGE.format(first=first, last=last)
    cookie = f"sessionid={ask(portal, 'session_of_staff')}"
    with portal.serve() as server:
        pages = {"login": ("/login/", ""), "one day": (day, cookie), "all days": (all_days, cookie)}
        times = _in_turn(server.port, pages)
    return Figures(
        "Activity page (DAU, WAU, MAU) from rollups, server time, against the login page",
        round(times["all days"] / times["login"], 2),
        "×",
        3,
        "at most",
        {
            **{f"{name}, ms": round(seconds * 1000, 1) for name, seconds in times.items()},
            "queries, one day": ask(portal, "queries_of", day),
            "queries, all days": ask(portal, "queries_of", all_days),
        },
    )


def explore_page(bench: Bench) -> Figures:
    """Each kind's page without any choice; the slowest counts. Only the first answer is worked out, then it is kept."""
    portal = bench.big_with_rollups
    cookie = f"sessionid={ask(portal, 'session_of_staff')}"
    pages = {"login": ("/login/", "")} | {kind: (f"/explore/{kind}/", cookie) for kind in KINDS}
    with portal.serve() as server:
        times = _in_turn(server.port, pages)
    slowest = max(KINDS, key=lambda kind: times[kind])
    return Figures(
        f"Slowest Explore page, its answer kept, {bench.size}, server time, against the login page",
        round(times[slowest] / times["login"], 2),
        "×",
        3,
        "at most",
        {
            **{f"{name}, ms": round(seconds * 1000, 1) for name, seconds in times.items()},
            f"queries, {slowest}": ask(portal, "queries_of", f"/explore/{slowest}/"),
        },
    )


def _in_turn(port: int, pages: dict[str, tuple[str, str]]) -> dict[str, float]:
    """Median seconds of each page, asked for one after the other on one connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS_FOR_THE_FIRST)
    times: dict[str, list[float]] = {name: [] for name in pages}
    for _ in range(REQUESTS):
        for name, (path, cookie) in pages.items():
            started = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": cookie})
            answer = connection.getresponse()
            answer.read()
            times[name].append(time.perf_counter() - started)
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}.")
    connection.close()
    return {name: statistics.median(seconds) for name, seconds in times.items()}
