"""Bytes of an event at rest."""

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask


def disk(bench: Bench) -> Figures:
    stored = ask(bench.demo, "stored")
    return Figures(
        "Disk per sealed event of the demo data, all columns",
        round(stored["bytes"] / stored["rows"], 1),
        "bytes",
        60,
        "at most",
        {"events": stored["rows"], "files": stored["files"], "MB": round(stored["bytes"] / 1e6, 1)},
    )
