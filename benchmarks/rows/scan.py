"""Analyses against reading the three columns of all events that a funnel goes by.

Each process reads, answers, and answers other questions of the kind; the fastest of several processes counts. The first
answer finds nothing of the events in the process's memory, the others whatever it keeps.
"""

from functools import cache

from benchmarks.analyses.questions import ACTIVE, FREQUENT, FUNNEL, MONTHS, RARE, RETENTION, Body, asked, steps
from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask

PROCESSES = 4


def funnel(bench: Bench) -> Figures:
    seconds, rare = _funnel(bench, FREQUENT), _funnel(bench, RARE)
    title = f"Ordered four-step funnel with times, {bench.size}, nothing in memory, against reading its three columns"
    parts = _parts(seconds) | {"of rare events, s": round(rare["cold"], 3)}
    return Figures(title, _ratio(seconds, "cold"), "×", 1.2, "at most", parts)


def funnel_warm(bench: Bench) -> Figures:
    seconds, rare = _funnel(bench, FREQUENT), _funnel(bench, RARE)
    title = f"Another ordered four-step funnel of the same process, {bench.size}, against reading its three columns"
    parts = _parts(seconds) | {"of rare events, s": round(rare["warm"], 3)}
    return Figures(title, _ratio(seconds, "warm"), "×", 0.35, "at most", parts)


def retention(bench: Bench) -> Figures:
    seconds = _beside_a_scan(bench, "retention", RETENTION, [RETENTION | {"mode": "recurring"}])
    chosen = {"start": {"event": "signup_completed"}, "return": {"event": "video_created"}}
    of_chosen = _beside_a_scan(bench, "retention", RETENTION | chosen, [])
    title = f"Retention of {MONTHS} × {MONTHS} months, {bench.size}, nothing in memory, against reading three columns"
    parts = _parts(seconds) | {"of two chosen events, s": round(of_chosen["cold"], 3)}
    return Figures(title, _ratio(seconds, "cold"), "×", 0.6, "at most", parts)


def active(bench: Bench) -> Figures:
    seconds = _beside_a_scan(bench, "trend", ACTIVE, [ACTIVE | {"series": ACTIVE["series"][::-1]}])
    title = f"WAU and MAU of every day of two years, {bench.size}, nothing in memory, against reading three columns"
    return Figures(title, _ratio(seconds, "cold"), "×", 1, "at most", _parts(seconds))


@cache
def _funnel(bench: Bench, events: tuple[str, ...]) -> dict[str, float]:
    """Of other funnels, which begin with the same step, both the order and the window are others."""
    first, *later = events
    others = [
        FUNNEL | {"steps": steps(first, *order), "window": {"value": days, "unit": "day"}}
        for days, order in zip((7, 21, 30), (later[::-1], later[1:] + later[:1], later[2:] + later[:2]), strict=True)
    ]
    return _beside_a_scan(bench, "funnel", FUNNEL | {"steps": steps(*events)}, others)


def _beside_a_scan(bench: Bench, kind: str, body: Body, others: list[Body]) -> dict[str, float]:
    portal = bench.big_with_rollups
    bodies = [asked(portal, one) for one in (body, *others)]
    runs = [ask(portal, "beside_a_scan", kind, bodies[0], bodies[1:]) for _ in range(PROCESSES)]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def _ratio(seconds: dict[str, float], name: str) -> float:
    return round(seconds[name] / seconds["scan"], 2)


def _parts(seconds: dict[str, float]) -> dict[str, float]:
    told = {"scan": "reading three columns", "cold": "first answer", "warm": "another answer"}
    return {f"{told[name]}, s": round(taken, 3) for name, taken in seconds.items()}
