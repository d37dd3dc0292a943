"""Every kind of analysis against other engines, on the same events, with figures that must be equal.

Each kind is asked of both in turn, several times, with the events in the system's file cache; the fastest counts. The
row's figure is that of the kind in which the portal does worst.
"""

from benchmarks.analyses import clickhouse
from benchmarks.analyses.figures import of_answer, require_equal
from benchmarks.analyses.plain_events import plain_events
from benchmarks.analyses.questions import BY_KIND, asked
from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask

ROUNDS, TIMES = 2, 2


def against_clickhouse(bench: Bench) -> Figures:
    portal, folder = bench.big_with_rollups, bench.folder / f"clickhouse-{bench.events}"
    clickhouse.load(folder, plain_events(bench))
    seconds: dict[str, tuple[float, float]] = {}
    for kind, body in BY_KIND.items():
        question = asked(portal, body)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            here = ask(portal, "answered", kind, question, TIMES)
            taken, found = clickhouse.answered(folder, kind, question, TIMES)
            require_equal(f"{kind} on ClickHouse's engine", of_answer(kind, here["answer"]), found)
            ours.append(here["seconds"])
            theirs.append(taken)
        seconds[kind] = min(ours), min(theirs)
    title = f"Every kind of analysis, {bench.size}, against ClickHouse's engine, at its worst"
    return _figures(title, seconds, 1, "ClickHouse")


def _figures(title: str, seconds: dict[str, tuple[float, float]], goal: float, engine: str) -> Figures:
    ratios = {kind: theirs / ours for kind, (ours, theirs) in seconds.items()}
    parts: dict[str, float] = {}
    for kind, (ours, theirs) in seconds.items():
        parts[f"{kind}, ×"] = round(ratios[kind], 2)
        parts |= {f"{kind} here, s": round(ours, 3), f"{kind} in {engine}, s": round(theirs, 3)}
    return Figures(title, round(min(ratios.values()), 2), "×", goal, "at least", parts)
