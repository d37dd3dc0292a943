import pytest
from django.template import engines

from productops.lib.cards import Card, Column, Definition, IncompleteCard, Notice, Table, Tile
from productops.lib.cells import Bar, Behind, Heat, Interval, Link, Spark, Tag, heat_level
from productops.lib.changes import Change
from productops.lib.drawing import scale
from productops.lib.templatetags.drawings import cell

DEFINITION = Definition("People who were active.")
TABLE = Table("People", [Column("Day"), Column("People", "count")], [["Monday", 1234567]])


def render(source: str, **context) -> str:
    return engines["django"].from_string(source).render(context)


def test_a_card_without_definition_question_or_table_is_refused() -> None:
    with pytest.raises(IncompleteCard, match="no definition"):
        Card("people", "How many?", Definition(""), TABLE)
    with pytest.raises(IncompleteCard, match="no question"):
        Card("people", "", DEFINITION, TABLE)
    with pytest.raises(IncompleteCard, match="no table"):
        Card("people", "How many?", DEFINITION, Table("People", [], []))


def test_a_row_has_a_value_for_each_column() -> None:
    with pytest.raises(ValueError, match="1 values for 2 columns"):
        Table("People", TABLE.columns, [["Monday"]])


def test_a_card_shows_its_parts() -> None:
    html = render(
        "{% card card %}",
        card=Card("people", "How many?", DEFINITION, TABLE, takeaway="One & all.", sql={"DuckDB": "SELECT 1 < 2"}),
    )
    assert '<section class="card span-12" id="people" aria-labelledby="people-question">' in html
    assert "One &amp; all." in html
    assert "SELECT 1 &lt; 2" in html
    assert '<th scope="row">Monday</th><td class="num">1,234,567</td>' in html


@pytest.mark.parametrize(
    ("state", "body", "takeaway"),
    [("never", False, False), ("no_match", False, False), ("error", False, False), ("loading", False, False),
     ("too_few", True, False), ("stale", True, True)],
)  # fmt: skip
def test_what_each_state_leaves_out(state: str, body: bool, takeaway: bool) -> None:
    notice = Notice(state, "Something is different.", link=Link("Go", "/there/"))
    html = render("{% card card %}", card=Card("c", "How many?", DEFINITION, TABLE, takeaway="A fact.", state=notice))
    assert "Something is different." in html
    assert ("<table" in html) is body
    assert ("A fact." in html) is takeaway
    assert "How is it computed?" in html


def test_cells_are_written_by_what_they_are() -> None:
    number, text = Column("n", "count"), Column("t")
    assert cell(number, None) == '<td class="num"></td>'
    assert cell(number, 0) == '<td class="num">0</td>'
    assert cell(number, float("nan")) == '<td class="num">–</td>'
    assert cell(Column("r", "percent"), 0.125) == '<td class="num">12.5%</td>'
    assert cell(Column("m", "money"), 4900.0) == '<td class="num">$4,900</td>'
    assert cell(text, "<b>") == "<td>&lt;b&gt;</td>"
    assert cell(text, Link("a", "/b/?x=1&y=2")) == '<td><a href="/b/?x=1&amp;y=2">a</a></td>'
    assert cell(text, Tag("Late", "warn")) == '<td><span class="tag warn">Late</span></td>'
    assert cell(text, Heat("47", 7, incomplete=True)) == '<td class="heat h7 unfinished">47</td>'
    assert cell(text, Heat("−4%", 2, diverging=True)) == '<td class="heat d2">−4%</td>'
    assert "delta good" in cell(number, Change(2, 1))
    assert cell(number, Behind(1200, "/p/?a=1&b=2")) == '<td class="num"><a href="/p/?a=1&amp;b=2">1,200</a></td>'
    assert cell(text, Heat("47", 7, title="9 of 19", href="/p/")) == (
        '<td class="heat h7" title="9 of 19"><a href="/p/">47</a></td>'
    )


def test_the_scale_of_a_heatmap_has_all_its_colours_between_its_ends() -> None:
    drawn = scale("20%", "55%", "Outlined: not over")
    assert [f'class="h{level}"' in drawn for level in range(9)] == [True] * 9
    assert drawn.startswith("20% <svg")
    assert drawn.endswith("</svg> 55% · Outlined: not over")


def test_drawings_have_their_lengths_in_per_cent() -> None:
    assert '<rect class="c1" width="25.0%"' in cell(Column(""), Bar(1, 4))
    assert '<rect class="c1 faint" width="50.0%"' in cell(Column(""), Bar(1, 4, faint=2))
    drawn = cell(Column(""), Interval(-0.1, 0, 0.2, -0.2, 0.2, "−10% to +20%", zero=True))
    assert 'x1="25.0%" x2="100.0%"' in drawn
    assert '<circle cx="50.0%"' in drawn
    assert '<span class="hidden">−10% to +20%</span>' in drawn


def test_a_spark_spans_its_box_and_needs_two_points() -> None:
    drawn = cell(Column(""), Spark([0, 10]))
    assert 'points="3.0,21.0 81.0,3.0"' in drawn
    assert "<svg" not in cell(Column(""), Spark([None, 10]))
    assert 'class="tail" points="42.0,3.0 81.0,21.0"' in cell(Column(""), Spark([0, 10, 0], incomplete=True))


def test_heat_levels() -> None:
    assert [heat_level(value, 0, 90) for value in (-5, 0, 9.9, 10, 45, 90, 200)] == [0, 0, 0, 1, 4, 8, 8]
    assert heat_level(3, 5, 5) == 0


def test_a_tile_says_its_value_in_full_and_what_changed() -> None:
    tile = Tile("Monthly active", 412_612, "/activity/", change=Change(412_612, 400_000), before="vs 400,000")
    html = render("{% tiles tiles %}", tiles=[tile, Tile("Unknown", None, "/x/")])
    assert '<span title="412,612">412.6K</span>' in html
    assert "+3.2%" in html
    assert '<span title="">–</span>' in html


def test_a_sortable_head_links_to_the_other_order(rf) -> None:
    table = Table(
        "T", [Column("Name", sort="name"), Column("People", "count", sort="people")], [["A", 1]], sort="-people"
    )
    html = render("{% table table %}", table=table, request=rf.get("/", {"range": "7d", "page": "3"}))
    assert 'aria-sort="descending"><a class="sort" href="?range=7d&amp;sort=people">' in html
    assert 'href="?range=7d&amp;sort=name">' in html


def test_a_table_without_rows_shows_no_heads() -> None:
    table = Table("T", [Column("Name")], [], note="Nothing is left out.")
    assert "<table" not in render("{% table table %}", table=table)
    assert "Nothing is left out." in render("{% table table %}", table=table)


def test_filters_of_numbers() -> None:
    html = render(
        "{{ a|n }} {{ b|pct }} {{ c|pp }} {{ d|money }} {{ e|dur }}", a=412_612, b=0.5, c=-0.019, d=0.42, e=60
    )
    assert html == '<span title="412,612">412.6K</span> 50.0% −1.9\xa0pp $0.42 1\xa0min'
