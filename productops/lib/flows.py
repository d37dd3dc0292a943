"""How many go from where to where, step by step: a drawing of bars and the bands between them.

Pure geometry. Horizontal places of bars and labels are per cent of the drawing, so that text keeps
its size at any width; bands are drawn in a box of 1000 × 1000 that is stretched over it.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

BOX = 1000.0
GAP = 38.0
"""Between two bars, so that both can be labelled."""
LONGEST_LABEL = 26


@dataclass(frozen=True)
class Node:
    """``step`` is the column it stands in, from 1 on."""

    key: str
    label: str
    step: int


@dataclass(frozen=True)
class Link:
    """``value`` is its width, ``text`` says it in words, ``href`` leads to those behind it."""

    source: str
    target: str
    value: float
    text: str
    href: str = ""


@dataclass(frozen=True)
class Flow:
    nodes: Sequence[Node]
    links: Sequence[Link]


@dataclass(frozen=True)
class Bar:
    """All four in per cent."""

    x: float
    y: float
    height: float
    label: str
    title: str


@dataclass(frozen=True)
class Band:
    path: str
    text: str
    href: str


@dataclass(frozen=True)
class Drawing:
    bars: list[Bar]
    bands: list[Band]


def drawing(flow: Flow) -> Drawing:
    """Columns from left to right, in each the largest at the top; a bar is as high as what goes in or out of it."""
    out: dict[str, float] = defaultdict(float)
    into: dict[str, float] = defaultdict(float)
    for link in flow.links:
        out[link.source] += link.value
        into[link.target] += link.value
    size = {node.key: max(out[node.key], into[node.key]) for node in flow.nodes}
    columns: dict[int, list[Node]] = defaultdict(list)
    for node in sorted(flow.nodes, key=lambda node: (-size[node.key], node.label)):
        columns[node.step].append(node)
    unit = min((_unit([size[node.key] for node in column]) for column in columns.values()), default=0.0)
    steps = sorted(columns)
    x = {step: BOX * place / max(1, len(steps) - 1) for place, step in enumerate(steps)}
    top: dict[str, float] = {}
    bars = []
    for step in steps:
        y = 0.0
        for node in columns[step]:
            top[node.key] = y
            height = size[node.key] * unit
            label = node.label if len(node.label) <= LONGEST_LABEL else node.label[: LONGEST_LABEL - 1] + "…"
            bars.append(Bar(x[step] / 10, round(y / 10, 2), round(max(height, 2.0) / 10, 2), label, node.label))
            y += height + GAP
    return Drawing(bars, _bands(flow, unit, {node.key: x[node.step] for node in flow.nodes}, top))


def _unit(sizes: Sequence[float]) -> float:
    """The height of one, so that a column fills the box."""
    free = max(BOX - GAP * (len(sizes) - 1), BOX / 4)
    return free / sum(sizes) if sum(sizes) else 0.0


def _bands(flow: Flow, unit: float, x: dict[str, float], top: dict[str, float]) -> list[Band]:
    """Bands leave a bar in the order of where they lead to, and arrive in the order of where they come from."""
    leaves, arrives = dict(top), dict(top)
    starts: dict[Link, float] = {}
    for link in sorted(flow.links, key=lambda link: (x[link.source], top[link.source], top[link.target])):
        starts[link] = leaves[link.source]
        leaves[link.source] += link.value * unit
    bands = []
    for link in sorted(flow.links, key=lambda link: (x[link.target], top[link.target], top[link.source])):
        height = link.value * unit
        begin, end = starts[link], arrives[link.target]
        arrives[link.target] += height
        bands.append(Band(_band(x[link.source], begin, x[link.target], end, height), link.text, link.href))
    return bands


def _band(x1: float, y1: float, x2: float, y2: float, height: float) -> str:
    middle = (x1 + x2) / 2
    return (
        f"M{x1:.1f},{y1:.1f}C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"
        f"V{y2 + height:.1f}C{middle:.1f},{y2 + height:.1f} {middle:.1f},{y1 + height:.1f} {x1:.1f},{y1 + height:.1f}Z"
    )
