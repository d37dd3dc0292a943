"""A few analyses as one writes them with pandas, on the portal's own Parquet files.

``python -m benchmarks.analyses.with_pandas KIND`` reads a job as JSON from its input and answers in a process
of its own, whose memory is measured.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.analyses.answering import peak_mb
from benchmarks.analyses.figures import Found, of_rows
from benchmarks.analyses.plain import Days
from benchmarks.analyses.questions import FREQUENT, WINDOW_DAYS
from benchmarks.lib.bench import Bench
from benchmarks.lib.inside import answer, ask
from benchmarks.lib.installation import ROOT

if TYPE_CHECKING:
    import pandas as pd

DAY_US = 86_400_000_000
ACTIVE_TYPES = ("track", "page", "screen")
PASSIVE, BOT = 1, 2

Answer = tuple[list[str], list[list[Any]], int]  # names of the columns, rows, and how many columns are keys


@answer
def stored_files(identities: str) -> list[str]:
    """Paths of the files with events; who is whom is written to a file of its own."""
    import pyarrow.parquet as pq
    from django.conf import settings

    from analytics.store.models import Segment
    from analytics.store.reading import snapshot

    with snapshot() as tables:
        pq.write_table(tables.identities.to_pyarrow(), identities)
    paths = Segment.objects.published().of(Segment.Table.EVENTS).values_list("path", flat=True)
    return [str(settings.DATA_DIR / path) for path in paths]


def answered(bench: Bench, kind: str, body: dict[str, Any]) -> tuple[dict[str, float], Found]:
    """``seconds``, memory before and at most (``rest, peak`` in MB), and the figures."""
    identities = bench.folder / f"identities-{bench.events}.parquet"
    files = ask(bench.big_with_rollups, "stored_files", str(identities))
    job = {"files": files, "identities": str(identities), "from": body["from"], "to": body["to"]}
    command = [sys.executable, "-m", "benchmarks.analyses.with_pandas", kind]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(job), capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.splitlines()[-1])
    return told, of_rows(*told.pop("answer"))


def _read(job: dict[str, Any], columns: list[str]) -> "pd.DataFrame":
    """``person``, ``flags`` and ``columns`` of all events but those of bots."""
    import numpy as np
    import pandas as pd

    events = pd.read_parquet(job["files"], columns=["actor", "flags", *columns])
    events = events[(events["flags"] & BOT) == 0]
    merged = pd.read_parquet(job["identities"])
    place = pd.Index(merged["actor"]).get_indexer(events["actor"])
    events["person"] = np.where(place >= 0, merged["person"].to_numpy()[place], events["actor"])
    return events.drop(columns=["actor"])


def _active(job: dict[str, Any]) -> "pd.DataFrame":
    """``person, at_us`` of active events."""
    events = _read(job, ["at_us", "type"])
    return events.loc[events["type"].isin(ACTIVE_TYPES) & ((events["flags"] & PASSIVE) == 0), ["person", "at_us"]]


def funnel(job: dict[str, Any]) -> Answer:
    import pandas as pd

    events = _read(job, ["at_us", "event"])
    events = events[events["event"].isin(FREQUENT)]
    events["step"] = events["event"].map({event: step for step, event in enumerate(FREQUENT)}).astype("int8")
    events = events.sort_values(["person", "at_us", "step"])[["person", "at_us", "step"]]
    starts = [events["at_us"].where(events["step"] == 0, 0)]
    for step in range(1, len(FREQUENT)):
        came = starts[-1].groupby(events["person"]).cummax()
        in_time = (events["step"] == step) & (came > 0) & (events["at_us"] <= came + WINDOW_DAYS * DAY_US)
        starts.append(came.where(in_time, 0))
    firsts = [start[start > 0].groupby(events["person"]).min() for start in starts]
    best = firsts[-1]
    for first in firsts[-2::-1]:
        best = best.combine_first(first)
    best = best.astype("int64")
    own = events["person"].map(best)
    times = [events.loc[start == own].groupby("person")["at_us"].min() for start in starts]
    rows: list[list[Any]] = [[0, len(times[0]), None, None, None]]
    for step in range(1, len(FREQUENT)):
        furthest = pd.concat([firsts[later].index.to_series() for later in range(step, len(FREQUENT))]).unique()
        reached = times[step][times[step].index.isin(furthest)]
        seconds = (reached - times[step - 1].reindex(reached.index)) / 1e6
        rows.append([step, len(reached), seconds.mean(), seconds.median(), seconds.quantile(0.9)])
    return ["step", "count", "mean_seconds", "median_seconds", "p90_seconds"], rows, 1


def retention(job: dict[str, Any]) -> Answer:
    events = _active(job)
    months = events["at_us"].to_numpy().astype("datetime64[us]").astype("datetime64[M]").astype("int64")
    events["month"] = months + 1970 * 12 + 1
    seen = events[["person", "month"]].drop_duplicates()
    seen["cohort"] = seen.groupby("person")["month"].transform("min")
    base = Days.of(job).first_cohort
    seen = seen[seen["cohort"] >= base]
    counts = seen.groupby([seen["cohort"] - base, seen["month"] - seen["cohort"]]).size()
    rows = [[int(cohort), int(distance), int(people)] for (cohort, distance), people in counts.items()]
    return ["cohort", "distance", "people"], rows, 2


def active(job: dict[str, Any]) -> Answer:
    """Whoever is active on a day counts from it on for so many days, or until the next day on which they are."""
    import numpy as np

    events = _active(job)
    events["day"] = events.pop("at_us") // DAY_US
    days = events.drop_duplicates().sort_values(["person", "day"])
    following = days.groupby("person")["day"].shift(-1, fill_value=2**40)
    asked = Days.of(job)
    first, count = (np.datetime64(day).astype(int) for day in (asked.first, asked.last))
    count = count - first + 1
    columns = []
    for length in (7, 30):
        until = np.minimum(following, days["day"] + length) - first
        begins = np.bincount(days["day"] - first, minlength=count)[:count]
        ends = np.bincount(until, minlength=count)[:count]
        columns.append(np.cumsum(begins - ends))
    rows = [
        [str(np.datetime64(int(first + place), "D")), int(wau), int(mau)]
        for place, (wau, mau) in enumerate(zip(*columns, strict=True))
    ]
    return ["day", "wau", "mau"], rows, 1


KINDS: dict[str, Callable[[dict[str, Any]], Answer]] = {"funnel": funnel, "retention": retention, "active": active}


def main() -> None:
    import pandas  # noqa: F401  its import isn't timed

    job = json.load(sys.stdin)
    rest = psutil.Process().memory_info().rss / 1e6
    started = time.perf_counter()
    found = KINDS[sys.argv[1]](job)
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "rest": rest, "peak": peak_mb(), "answer": found}))


if __name__ == "__main__":
    main()
