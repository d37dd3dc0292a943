"""One new day on two years of history, against all of it."""

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask


def incremental_night(bench: Bench) -> Figures:
    full = bench.full_night
    portal = bench.copy(bench.big_with_rollups, "incremental")
    added = ask(portal, "a_new_day")
    night = portal.manage("rollup")
    return Figures(
        "Incremental night (one new day on two years, 10 million events), against a full one",
        round(night.seconds / full.seconds, 4),
        "×",
        1 / 20,
        "at most",
        {
            "full, s": round(full.seconds, 1),
            "incremental, s": round(night.seconds, 1),
            "full, s of processor time": round(full.cpu_seconds, 1),
            "incremental, s of processor time": round(night.cpu_seconds, 1),
            "incremental, MB": round(night.peak_mb),
            "events of the new day": added,
        },
    )
