"""Paths: what people do one after the other, as the links between the steps of their ways."""

from collections.abc import Sequence
from typing import Any

import ibis.expr.types as ir

from analytics.explore.asking import Asking
from analytics.explore.kinds.paths import arrays, links
from analytics.explore.kinds.paths.question import LINK, SKIPPED, Choice, Paths, Point
from analytics.metrics.calendar import SECOND_US

__all__ = ["SKIPPED", "Choice", "Paths", "Point", "answer", "node_id", "people"]


def answer(asking: Asking, question: Paths) -> dict[str, Any]:
    """``nodes``, the ``links`` between them that most people take, and how many were ``left_out``."""
    by_name = arrays.links_by_name(asking, question)
    if by_name is not None:
        asking.instead_of(lambda: _ranked(asking, question))
        rows = by_name.ranked(question.links_shown)
        shown, others = by_name.timed(_from_first_steps(rows))
    else:
        rows = asking.rows(_ranked(asking, question))
        shown = _from_first_steps(rows)
        others = _takers_of_others(asking, question, rows, shown)
    nodes = sorted(
        {(row["step"], row["source"]) for row in shown} | {(row["step"] + 1, row["target"]) for row in shown}
    )
    return {
        "nodes": [{"id": node_id(step, name), "step": step, "name": name} for step, name in nodes],
        "links": [
            {
                "source": node_id(row["step"], row["source"]),
                "target": node_id(row["step"] + 1, row["target"]),
                "people": row["people"],
                "paths": row["paths"],
                "median_seconds": row["median_us"] / SECOND_US,
            }
            for row in shown
        ],
        "left_out": {"links": rows[0]["links"] - len(shown) if rows else 0, "people": others},
    }


def people(asking: Asking, question: Paths, point: Point) -> ir.Table:
    """Those who took a link."""
    rows = links.links(asking.tables, question)
    return rows.filter(rows.step == point.step, rows.source == point.source, rows.target == point.target)


def node_id(step: int, name: str) -> str:
    return f"{step}_{name}"


def _ranked(asking: Asking, question: Paths) -> ir.Table:
    return links.ranked(links.links(asking.tables, question), question.links_shown)


def _from_first_steps(links: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of the links that others lead to from a first step on: what leads to the rest is not among them."""
    reached = {(1, link["source"]) for link in links if link["step"] == 1}
    for link in sorted(links, key=lambda link: link["step"]):
        if (link["step"], link["source"]) in reached:
            reached.add((link["step"] + 1, link["target"]))
    return [link for link in links if (link["step"], link["source"]) in reached]


def _takers_of_others(
    asking: Asking, question: Paths, rows: Sequence[dict[str, Any]], shown: Sequence[dict[str, Any]]
) -> int:
    """How many people took a link that is not shown."""
    if not rows or rows[0]["links"] == len(shown):
        return 0
    found = links.links(asking.tables, question)
    places = links.counted(found)
    others = places.filter(~places.place.isin([row["place"] for row in shown])).select(*LINK)
    takers = found.join(others, LINK).select("person").distinct()
    [total] = asking.rows(takers.aggregate(people=takers.count()))
    return int(total["people"])
