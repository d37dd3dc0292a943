"""Every kind of analysis against other engines, on the same events, with figures that must be equal.

Each kind is asked of both in turn, several times, with the events in the system's file cache; the fastest counts. The
row's figure is that of the kind in which the portal does worst.
"""

from collections.abc import Callable
from functools import cache

from benchmarks.analyses import clickhouse, postgresql, with_pandas
from benchmarks.analyses.figures import Found, of_answer, require_equal
from benchmarks.analyses.questions import ACTIVE, BY_KIND, FUNNEL, RETENTION, Body, asked
from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask

ROUNDS, TIMES = 2, 2
WITH_PANDAS = {"funnel": ("funnel", FUNNEL), "retention": ("retention", RETENTION), "active": ("trend", ACTIVE)}


Other = Callable[
    [str, Body], tuple[float, Found]
]  # the seconds of a kind's question on the other engine, and its figures


def against_clickhouse(bench: Bench) -> Figures:
    """Its ``windowFunnel`` tells no times, which the portal does: of the funnel only counts are compared."""
    folder = clickhouse.load(bench)
    seconds = _both(bench, lambda kind, body: clickhouse.answered(folder, kind, body, TIMES))
    title = f"Every kind of analysis, {bench.size}, against ClickHouse's engine, at its worst"
    return _figures(title, seconds, 1, "ClickHouse")


def against_postgresql(bench: Bench) -> Figures:
    """What takes PostgreSQL longer than its limit counts as having taken so long."""
    url = postgresql.load(bench)
    seconds = _both(bench, lambda kind, body: postgresql.answered(url, kind, body, 1))
    title = f"Every kind of analysis, {bench.size}, against SQL on PostgreSQL, at its worst"
    return _figures(title, seconds, 8, "PostgreSQL")


def against_pandas(bench: Bench) -> Figures:
    return _against_pandas(bench)[0]


def memory_against_pandas(bench: Bench) -> Figures:
    return _against_pandas(bench)[1]


@cache
def _against_pandas(bench: Bench) -> tuple[Figures, Figures]:
    """Time and memory, in processes of their own that have their libraries loaded.

    Memory is what comes on top of what a process has before it is asked, the fewest of several runs.
    """
    seconds: dict[str, tuple[float, float]] = {}
    shares, parts = [], {}
    for name, (kind, body) in WITH_PANDAS.items():
        question = asked(bench.big_with_rollups, body)
        runs = []
        for _ in range(ROUNDS):
            here = ask(bench.big_with_rollups, "answered", kind, question)
            there, found = with_pandas.answered(bench, name, question)
            require_equal(name, of_answer(kind, here["answer"]), found)
            runs.append((here, there))
        ours, theirs = zip(*runs, strict=True)
        seconds[name] = min(run["seconds"] for run in ours), min(run["seconds"] for run in theirs)
        own, other = (min(run["peak"] - run["rest"] for run in of_all) for of_all in (ours, theirs))
        shares.append(own / other)
        parts |= {f"{name} here, MB": round(own), f"{name} in pandas, MB": round(other)}
        parts |= {f"{name} here in all, MB": round(min(run["peak"] for run in ours))}
        parts |= {f"{name} in pandas in all, MB": round(min(run["peak"] for run in theirs))}
    title = f"Funnel, retention and active people, {bench.size}, against pandas on the same Parquet, at its worst"
    memory = Figures(f"{title}: memory on top", round(max(shares), 2), "×", 0.2, "at most", parts)
    return _figures(title, seconds, 10, "pandas"), memory


def _both(bench: Bench, other: Other) -> dict[str, tuple[float, float]]:
    """Kind → seconds here and there."""
    portal, seconds = bench.big_with_rollups, {}
    for kind, body in BY_KIND.items():
        question = asked(portal, body)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            here = ask(portal, "answered", kind, question, TIMES)
            taken, found = other(kind, question)
            if taken < postgresql.LIMIT_SECONDS:
                require_equal(kind, of_answer(kind, here["answer"]), found)
            ours.append(here["seconds"])
            theirs.append(taken)
        seconds[kind] = min(ours), min(theirs)
    return seconds


def _figures(title: str, seconds: dict[str, tuple[float, float]], goal: float, engine: str) -> Figures:
    ratios = {kind: theirs / ours for kind, (ours, theirs) in seconds.items()}
    parts: dict[str, float] = {}
    for kind, (ours, theirs) in seconds.items():
        parts[f"{kind}, ×"] = round(ratios[kind], 2)
        parts |= {f"{kind} here, s": round(ours, 3), f"{kind} in {engine}, s": round(theirs, 3)}
    return Figures(title, round(min(ratios.values()), 2), "×", goal, "at least", parts)
