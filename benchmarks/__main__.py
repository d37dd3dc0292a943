"""``python -m benchmarks [ROW …]``: measure, print a table, and keep it in ``benchmarks/results/``.

BENCH_EVENTS asks for a big data set of another size, to try rows with; its results are kept below BENCH_DIR.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.machine import label, load, machine
from benchmarks.rows import (
    collecting,
    contention,
    disk,
    engines,
    growth,
    memory,
    nightly,
    pages,
    properties,
    scan,
    sql,
    start,
)

ROWS: dict[str, Callable[[Bench], Figures]] = {
    "collect_single": collecting.single,
    "collect_batches": collecting.batches,
    "collect_during_rollups": contention.collect_during_rollups,
    "nightly_against_sql": sql.nightly_against_sql,
    "incremental_night": nightly.incremental_night,
    "page_time": pages.page_time,
    "funnel": scan.funnel,
    "funnel_warm": scan.funnel_warm,
    "retention": scan.retention,
    "active": scan.active,
    "against_postgresql": engines.against_postgresql,
    "against_clickhouse": engines.against_clickhouse,
    "against_pandas": engines.against_pandas,
    "memory_against_pandas": engines.memory_against_pandas,
    "growth": growth.growth,
    "growth_memory": growth.growth_memory,
    "hot_property": properties.hot_property,
    "explore_page": pages.explore_page,
    "memory_web": memory.web_worker,
    "memory_query": memory.query_process,
    "memory_night": memory.night,
    "disk": disk.disk,
    "second_start": start.second_start,
}
RESULTS = Path(__file__).parent / "results"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"some of: {', '.join(ROWS)}; default: all")
    chosen = parser.parse_args().rows or list(ROWS)
    if unknown := set(chosen) - set(ROWS):
        parser.error(f"There is no row {', '.join(sorted(unknown))}.")
    bench = Bench()
    path = (RESULTS if bench.is_of_usual_size else bench.folder) / f"{datetime.now(UTC):%Y-%m-%d}-{label()}.json"
    for name in chosen:
        print(f"{name} …", file=sys.stderr, flush=True)
        busy = load()
        figures = ROWS[name](bench)
        print(f"  {figures.value:g} {figures.unit}: {'met' if figures.met else 'missed'}", file=sys.stderr)
        keep(path, name, asdict(figures) | {"met": figures.met, "load_before": busy})
    print(path.with_suffix(".md").read_text())
    return 0


def keep(path: Path, name: str, figures: dict[str, Any]) -> None:
    """Add a row to the day's results, in the table's order."""
    RESULTS.mkdir(exist_ok=True)
    kept = json.loads(path.read_text())["rows"] if path.exists() else {}
    kept[name] = figures
    rows = {row: kept[row] for row in ROWS if row in kept}
    path.write_text(json.dumps({"machine": machine(), "rows": rows}, indent=2) + "\n")
    path.with_suffix(".md").write_text(as_markdown(rows))


def as_markdown(rows: dict[str, dict[str, Any]]) -> str:
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine().items())
    lines = [f"Measured on: {about}.", "", "| what | measured | goal | | made of |", "|---|---|---|---|---|"]
    for row in rows.values():
        parts = "; ".join(f"{name} {value:,}" for name, value in row["parts"].items())
        verdict = "met" if row["met"] else "missed"
        goal = f"{row['direction']} {row['goal']:g} {row['unit']}"
        lines.append(f"| {row['title']} | {row['value']:g} {row['unit']} | {goal} | {verdict} | {parts} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
