"""Bars and bands of a flow lie where their sizes say."""

import re

from productops.lib.flows import BOX, GAP, Flow, Link, Node, drawing

FLOW = Flow(
    [Node("a", "Start", 1), Node("b", "Large", 2), Node("c", "A name that is far too long to stand here", 2)],
    [Link("a", "c", 10, "10 people", "/c/"), Link("a", "b", 30, "30 people")],
)


def test_columns_fill_the_height_and_the_largest_is_on_top() -> None:
    drawn = drawing(FLOW)
    unit = (BOX - GAP) / 40
    start, large, small = drawn.bars
    assert (start.x, start.y, round(start.height, 1)) == (0, 0, round(40 * unit / 10, 1))
    assert (large.x, large.y, round(large.height, 1)) == (100, 0, round(30 * unit / 10, 1))
    assert round(small.y, 1) == round((30 * unit + GAP) / 10, 1)
    assert small.label.endswith("…")
    assert small.title.startswith("A name that is far")


def test_bands_lie_beside_each_other() -> None:
    bands = {band.text: [float(number) for number in re.findall(r"[\d.]+", band.path)] for band in drawing(FLOW).bands}
    unit = (BOX - GAP) / 40
    assert bands["30 people"][:2] == [0, 0]
    assert bands["10 people"][:2] == [0, round(30 * unit, 1)]
    assert {band.href for band in drawing(FLOW).bands} == {"/c/", ""}


def test_nothing_is_drawn_of_nothing() -> None:
    drawn = drawing(Flow([], []))
    assert drawn.bars == drawn.bands == []
