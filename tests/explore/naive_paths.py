"""Paths once more, in the plainest Python: a list of steps for each, then every two neighbours."""

import itertools
from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.explore.naive_sessions import MINUTE_US, of_someone
from tests.metrics.world import Row, World


@dataclass(frozen=True)
class Asked:
    start: str | None
    end: str | None
    exclude: tuple[str, ...]
    depth: int


def name_of(row: Row) -> str:
    if row["type"] != "page":
        return row["event"]
    return row["page"] if row["page"] == "/" else row["page"].rstrip("/")


def paths(world: World, asked: Asked) -> list[tuple[int, list[tuple[str, int]]]]:
    """The person and the steps of every path: name and instant."""
    together: dict[Any, list[Row]] = defaultdict(list)
    for row in of_someone(world):
        wanted = not row["flags"] & 1 or row["event"] in (asked.start, asked.end)
        if row["type"] in ("track", "page") and wanted and name_of(row) not in asked.exclude:
            together[world.identities.get(row["actor"], row["actor"]), row["session_id"]].append(row)
    found = []
    for (person, session_id), rows in together.items():
        rows.sort(key=lambda row: (row["at_us"], row["source"], row["message_id"]))
        steps: list[tuple[str, int]] = []
        for row in rows:
            if steps and not session_id and row["at_us"] - steps[-1][1] > 30 * MINUTE_US:
                found.append((person, steps))
                steps = []
            if steps and steps[-1][0] == name_of(row):
                steps.pop()
            steps.append((name_of(row), row["at_us"]))
        found.append((person, steps))
    return [(person, cut) for person, steps in found if (cut := shortened(steps, asked))]


def shortened(steps: list[tuple[str, int]], asked: Asked) -> list[tuple[str, int]]:
    names = [name for name, _ in steps]
    if asked.start is not None:
        if asked.start not in names:
            return []
        steps = steps[names.index(asked.start) :]
        names = [name for name, _ in steps]
    if asked.end is not None:
        if asked.end not in names:
            return []
        steps = steps[: names.index(asked.end) + 1]
    if len(steps) <= asked.depth:
        return steps
    if asked.end is None:
        return steps[: asked.depth]
    if asked.start is None:
        return steps[-asked.depth :]
    half = asked.depth // 2
    return [*steps[:half], ("...", steps[half][1]), *steps[-half:]]


def links(world: World, asked: Asked) -> dict[tuple[str, str], dict[str, Any]]:
    """By source and target: who took it and, for each time, how long it took."""
    found: dict[tuple[str, str], dict[str, Any]] = defaultdict(lambda: {"people": set(), "took": []})
    for person, steps in paths(world, asked):
        for number, ((source, left), (target, came)) in enumerate(itertools.pairwise(steps), 1):
            link = found[f"{number}_{source}", f"{number + 1}_{target}"]
            link["people"].add(person)
            link["took"].append((came - left) / 1e6)
    return {
        ends: {"people": len(link["people"]), "paths": len(link["took"]), "median_seconds": median(link["took"])}
        for ends, link in found.items()
    }
