"""How the cost of an event grows with their number: on a tenth of the big data set, on it, on one thrice as big."""

from functools import cache
from itertools import pairwise

from benchmarks.analyses.questions import BY_KIND, asked
from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask

TIMES = 2


def growth(bench: Bench) -> Figures:
    found = _measured(bench)
    steps = {
        kind: max(
            found[size][kind]["seconds"] / size / (found[smaller][kind]["seconds"] / smaller)
            for smaller, size in pairwise(_sizes(bench))
        )
        for kind in BY_KIND
    }
    taken = {(kind, size): found[size][kind]["seconds"] for kind in BY_KIND for size in _sizes(bench)}
    parts = {f"{kind}, {_told(size)}, s": round(seconds, 2) for (kind, size), seconds in taken.items()}
    sizes = ", ".join(map(_told, _sizes(bench)))
    title = f"Time per event of every kind of analysis, {sizes} events, against the size before, at its worst"
    return Figures(title, round(max(steps.values()), 2), "×", 1.2, "at most", parts)


def growth_memory(bench: Bench) -> Figures:
    largest = _sizes(bench)[-1]
    peaks = {kind: found["peak"] for kind, found in _measured(bench)[largest].items()}
    parts = {f"{kind}, MB": round(peak) for kind, peak in peaks.items()}
    title = f"Resident memory of a process that answers any kind of analysis, {_told(largest)} events"
    return Figures(title, round(max(peaks.values())), "MB", 2000, "at most", parts)


@cache
def _measured(bench: Bench) -> dict[int, dict[str, dict[str, float]]]:
    """Size → kind → the fewest seconds, and the most memory of a process that is asked nothing else."""
    found: dict[int, dict[str, dict[str, float]]] = {}
    for size in _sizes(bench):
        portal = bench.with_rollups_of(size)
        answers = {kind: ask(portal, "answered", kind, asked(portal, body), TIMES) for kind, body in BY_KIND.items()}
        found[size] = {kind: {name: told[name] for name in ("seconds", "peak")} for kind, told in answers.items()}
    return found


def _sizes(bench: Bench) -> tuple[int, int, int]:
    return bench.events // 10, bench.events, bench.events * 3


def _told(events: int) -> str:
    return f"{events / 1e6:g} million"
