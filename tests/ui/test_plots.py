import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops.lib.charts import Chart, Mark, Reference, Series
from productops.lib.plots import LABEL_GAP, plot, round_steps, script_data


def chart(*series: Series, form: str = "lines", **more) -> Chart:
    return Chart(form, [f"day {i}" for i in range(len(series[0].values))], series, **more)


@pytest.mark.parametrize(
    ("low", "high", "steps"),
    [
        (0, 10, [0, 2, 4, 6, 8, 10]),
        (0, 4812, [0, 1000, 2000, 3000, 4000, 5000]),
        (2840, 5200, [2000, 3000, 4000, 5000, 6000]),
        (-15, 45, [-20, 0, 20, 40, 60]),
        (0, 0.145, [0, 0.05, 0.1, 0.15]),
        (5, 5, [5, 6, 7, 8, 9, 10]),
        (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ],
)
def test_round_steps(low: float, high: float, steps: list[float]) -> None:
    assert round_steps(low, high) == pytest.approx(steps)


sizes = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-3)


@given(sizes, sizes)
def test_steps_enclose_all_values_and_are_few(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    steps = round_steps(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-3)
    assert steps[0] <= low + slack
    assert steps[-1] >= high - slack
    assert 2 <= len(steps) <= 6
    step = (steps[-1] - steps[0]) / (len(steps) - 1)
    leading = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(leading - factor) for factor in (1, 2, 5, 10)) < 1e-3


def test_a_line_runs_from_edge_to_edge() -> None:
    drawn = plot(chart(Series("people", [0, 5, 10])))
    assert drawn.lines[0].solid == ["0.0,1000.0 500.0,500.0 1000.0,0.0"]
    assert [(tick.text, tick.at) for tick in drawn.ticks] == [
        ("0", 100), ("2", 80), ("4", 60), ("6", 40), ("8", 20), ("10", 0),
    ]  # fmt: skip
    assert [end.text for end in drawn.ends] == ["10"]


def test_an_unfinished_end_is_a_figure_so_far() -> None:
    assert [end.text for end in plot(chart(Series("people", [0, 5, 10]), incomplete=1)).ends] == ["10 so far"]


def test_whole_per_cents_have_no_decimals() -> None:
    assert [tick.text for tick in plot(chart(Series("share", [0, 0.3]), kind="percent")).ticks][1] == "10%"
    assert [tick.text for tick in plot(chart(Series("share", [0, 0.03]), kind="percent")).ticks][1] == "1%"
    assert [tick.text for tick in plot(chart(Series("share", [0, 0.01]), kind="percent")).ticks][1] == "0.2%"


def test_gaps_part_a_line_and_lonely_points_are_dots() -> None:
    drawn = plot(chart(Series("people", [10, 10, None, 10, None, 0, 0])))
    assert [len(part.split()) for part in drawn.lines[0].solid] == [2, 2]
    assert drawn.lines[0].dots == [(50.0, 0.0)]


def test_the_unfinished_end_is_apart_and_joins_the_line() -> None:
    line = plot(chart(Series("people", [0, 5, 10]), incomplete=1)).lines[0]
    assert line.solid == ["0.0,1000.0 500.0,500.0"]
    assert line.tail == "500.0,500.0 1000.0,0.0"


def test_a_band_goes_there_and_back() -> None:
    band = plot(chart(Series("rate", [5, 5], low=[0, 0], high=[10, 10]))).lines[0].band
    assert band == "0.0,0.0 1000.0,0.0 1000.0,1000.0 0.0,1000.0"


def test_columns_stack_up_and_what_is_below_zero_down() -> None:
    drawn = plot(
        chart(Series("new", [6]), Series("returning", [4], "c2"), Series("dormant", [-10], "c3"), form="columns")
    )
    assert [(block.y, block.height) for block in drawn.blocks] == [(20, 30), (0, 20), (50, 50)]
    assert drawn.zero == 50
    assert drawn.blocks[0].title == "day 0 · new: 6"


def test_columns_begin_at_zero_whatever_is_asked() -> None:
    assert plot(chart(Series("people", [90, 100]), form="columns", from_zero=False)).ticks[0].text == "0"
    assert plot(chart(Series("people", [90, 100]), from_zero=False)).ticks[0].text == "90"


def test_references_and_marks_have_their_place() -> None:
    drawn = plot(chart(Series("people", [0, 4]), references=[Reference(10, "Target")], marks=[Mark(1, "Release")]))
    assert [(one.at, one.text) for one in drawn.references] == [(0, "Target")]
    assert [(one.at, one.number) for one in drawn.marks] == [(100, 1)]


def test_few_labels_that_end_with_the_last_period() -> None:
    drawn = plot(chart(Series("people", list(range(28)))))
    assert len(drawn.labels) <= 9
    assert drawn.labels[-1].text == "day 27"
    assert not drawn.labels[-1].sparse
    few = plot(chart(Series("people", list(range(28)))), most_labels=4).labels
    assert [label.index for label in few] == [6, 13, 20, 27]


@given(st.lists(st.floats(0, 100), min_size=2, max_size=3))
def test_labels_at_the_ends_keep_apart(ends: list[float]) -> None:
    series = [Series(f"s{i}", [0, end], f"c{i + 1}") for i, end in enumerate(ends)]
    places = [end.at for end in plot(chart(*series)).ends]
    assert all(below - above >= LABEL_GAP - 1e-9 for above, below in pairwise(places))


def test_long_names_and_many_series_go_into_a_legend() -> None:
    peers = [Series("web", [1, 2]), Series("a name of many letters", [1, 3], "c2")]
    assert plot(chart(*peers)).ends == []
    assert [series.label for series in plot(chart(*peers)).legend] == ["web", "a name of many letters"]
    alone = plot(chart(Series("a name of many letters", [1, 2])))
    assert (len(alone.ends), alone.legend) == (1, [])


def test_a_reference_at_the_top_is_labelled_below_its_line() -> None:
    drawn = plot(chart(Series("people", [0, 4]), references=[Reference(10, "Target"), Reference(5, "Half")]))
    assert [one.below for one in drawn.references] == [True, False]


def test_a_chart_without_figures_is_drawn_empty() -> None:
    drawn = plot(chart(Series("people", [None, None])))
    assert drawn.lines[0].solid == []
    assert drawn.ends == []


def test_the_script_gets_every_figure_as_text() -> None:
    rates = chart(Series("rate", [0.5, None]), kind="percent")
    data = script_data(rates, plot(rates))
    assert data["shown"] == [0, 1]
    assert data["series"][0]["texts"] == ["50.0%", ""]
    assert data["axis"] == {
        "min": 0,
        "max": 0.5,
        "step": pytest.approx(0.1),
        "texts": ["0%", "10%", "20%", "30%", "40%", "50%"],
    }


def test_a_series_has_a_value_for_each_label() -> None:
    with pytest.raises(ValueError, match="1 values for 2 labels"):
        Chart("lines", ["a", "b"], [Series("people", [1])])
