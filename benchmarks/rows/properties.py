"""Filters and breakdowns by a property of events that was asked for before, against the same by a column.

The property is asked for once by a reader, then compaction runs, as it does at night.
"""

from typing import Any

from benchmarks.analyses.questions import Body, asked
from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask
from benchmarks.lib.installation import Installation

ROUNDS, TIMES = 3, 2
EVENTS: Body = {"series": [{"measure": "events"}], "grain": "day"}
USES: dict[str, dict[str, Body]] = {
    "filter": {
        "column": {"filters": [{"property": "platform", "operator": "is", "value": "web"}]},
        "property": {"filters": [{"property": "path", "operator": "is", "value": "/studio"}]},
    },
    "breakdown": {"column": {"breakdown": "platform"}, "property": {"breakdown": "path"}},
}


def hot_property(bench: Bench) -> Figures:
    portal = bench.copy(bench.big_with_rollups, "hot-property")
    parts: dict[str, float] = {}
    before = {use: _answered(portal, bodies["property"]) for use, bodies in USES.items()}
    for bodies in USES.values():
        ask(portal, "asked_by_a_reader", "trend", asked(portal, EVENTS | bodies["property"]))
    portal.manage("compact")
    ratios = []
    for use, bodies in USES.items():
        rounds = [{name: _answered(portal, body) for name, body in bodies.items()} for _ in range(ROUNDS)]
        if rounds[0]["property"]["answer"]["series"] != before[use]["answer"]["series"]:
            raise RuntimeError(f"The figures of a {use} by a property differ once it is a column.")
        seconds = {name: min(found[name]["seconds"] for found in rounds) for name in bodies}
        ratios.append(seconds["property"] / seconds["column"])
        parts |= {f"{use} by a {name}, s": round(taken, 3) for name, taken in seconds.items()}
        parts[f"{use} by a property nobody asked for, s"] = round(before[use]["seconds"], 3)
    title = f"Filter and breakdown by a property asked for before, {bench.size}, against a column, at their worst"
    return Figures(title, round(max(ratios), 2), "×", 2, "at most", parts)


def _answered(portal: Installation, body: Body) -> dict[str, Any]:
    return dict(ask(portal, "answered", "trend", asked(portal, EVENTS | body), TIMES))
