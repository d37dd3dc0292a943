"""One new day on two years of history, against all of it.

Both nights are timed by what they record of themselves, which leaves the start of Python out: nights are
done by a background worker that stays up. For the same reason the process has done a night before that of the new day.
"""

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask


def incremental_night(bench: Bench) -> Figures:
    full = ask(bench.big_with_rollups, "seconds_of_night")
    portal = bench.copy(bench.big_with_rollups, "incremental")
    night = ask(portal, "night_of_a_new_day")
    return Figures(
        "Incremental night (one new day on two years, 10 million events), against a full one",
        round(night["seconds"] / full, 4),
        "×",
        1 / 20,
        "at most",
        {
            "full, s": round(full, 1),
            "incremental, s": round(night["seconds"], 2),
            "full, s of processor time with its start": round(bench.full_night.cpu_seconds, 1),
            "incremental, s of processor time": round(night["cpu_seconds"], 1),
            "events of the new day": night["events"],
        },
    )
