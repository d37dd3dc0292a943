"""ClickHouse's engine with the events in one table, and analyses answered by it.

``python -m benchmarks.analyses.clickhouse FOLDER KIND FROM TO TIMES`` answers one in a process of its own, since a
process can hold ClickHouse's engine once only.
"""

import json
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.analyses.clickhouse_sql import plain
from benchmarks.analyses.figures import Found, of_rows
from benchmarks.analyses.plain import Days
from benchmarks.analyses.plain_events import plain_events
from benchmarks.lib.bench import Bench
from benchmarks.lib.installation import ROOT

THREADS = 2  # as many as an analysis has here

TABLE = """
    CREATE TABLE events (
        source Int32, message_id String, type LowCardinality(String), event LowCardinality(String), at_us UInt64,
        person Int64, device Int64, session_id String, platform LowCardinality(String), page LowCardinality(String),
        active Bool, by_user Bool, properties String
    ) ENGINE = MergeTree ORDER BY (person, at_us)
"""


def load(bench: Bench) -> Path:
    """The folder of a database that holds the events, merged into one part; made once."""
    folder, done = bench.folder / f"clickhouse-{bench.events}", bench.folder / f"clickhouse-{bench.events}.done"
    events = plain_events(bench)
    if not bench.is_made(done, events):
        shutil.rmtree(folder, ignore_errors=True)
        _process(folder, "load", str(events))
        done.touch()
    return folder


def answered(folder: Path, kind: str, body: dict[str, Any], times: int) -> tuple[float, Found]:
    """The fewest seconds of several times, after one that isn't timed, and the figures found."""
    done = _process(folder, kind, body["from"], body["to"], str(times))
    return done["seconds"], of_rows(done["names"], done["rows"], done["keys"])


def _process(folder: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "benchmarks.analyses.clickhouse", str(folder), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ClickHouse's engine failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    from chdb.session import Session

    folder, kind, *arguments = sys.argv[1:]
    session = Session(folder)
    if kind == "load":
        session.query(TABLE)
        session.query(f"INSERT INTO events SELECT * FROM file('{arguments[0]}', Parquet)")
        session.query("OPTIMIZE TABLE events FINAL")
        print(json.dumps({}))
        return
    session.query(f"SET max_threads = {THREADS}")
    first, last, times = arguments
    asked = plain(kind, Days(date.fromisoformat(first), date.fromisoformat(last)))
    seconds = []
    for _ in range(int(times) + 1):
        started = time.perf_counter()
        for statement in asked.statements:
            found = session.query(statement, "JSONCompact")
        seconds.append(time.perf_counter() - started)
    told = json.loads(str(found))
    names = [column["name"] for column in told["meta"]]
    print(json.dumps({"seconds": min(seconds[1:]), "names": names, "rows": told["data"], "keys": asked.keys}))


if __name__ == "__main__":
    main()
