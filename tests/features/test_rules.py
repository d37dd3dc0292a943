"""Rules by hand, and alike on every engine."""

import re
from collections.abc import Iterator

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.metrics.features import Feature, Rule, belonging, first_area, first_feature, met

ROWS = [
    ("swap_started", "/swap"),
    ("Swap_started", ""),
    ("page", "/swap/done"),
    ("screen", "Swap"),
    ("video_created", "/studio?x=%"),
    ("%wap_", "/a_b"),
    ("", ""),
]


def table(rows: list[tuple[str, str]]) -> ibis.expr.types.Table:
    schema = {"number": "int64", "event": "string", "page": "string"}
    return ibis.memtable([(number, *row) for number, row in enumerate(rows)], schema=ibis.schema(schema))


def numbers(rows: ibis.expr.types.Table) -> list[int]:
    return sorted(ibis.duckdb.connect().to_pyarrow(rows.select("number"))["number"].to_pylist())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("event", "exact", "swap_started"), [0]),  # in this case alone
        (Rule("event", "exact", "swap"), []),
        (Rule("event", "prefix", "swap"), [0]),
        (Rule("event", "prefix", "%wap_"), [5]),  # % and _ are only themselves
        (Rule("event", "regex", "wap_"), [0, 1, 5]),  # anywhere in the text
        (Rule("event", "regex", "^(swap|video)_"), [0, 4]),
        (Rule("event", "regex", "(?i)^swap"), [0, 1]),
        (Rule("page", "exact", "/swap"), [0]),
        (Rule("page", "prefix", "/swap"), [0, 2]),
        (Rule("page", "regex", "^/swap(/|$)"), [0, 2]),
        (Rule("page", "regex", ".*"), [0, 2, 3, 4, 5]),  # an event from nowhere is on no page
        (Rule("event", "regex", ".*"), [0, 1, 2, 3, 4, 5]),
        (Rule("event", "exact", "'; DROP TABLE events --"), []),
    ],
)
def test_rules(rule: Rule, expected: list[int]) -> None:
    rows = table(ROWS)
    assert numbers(rows.filter(met(rows, [rule]))) == expected


def test_any_rule_will_do_and_none_matches_nothing() -> None:
    rows = table(ROWS)
    assert numbers(rows.filter(met(rows, [Rule("event", "exact", "page"), Rule("page", "exact", "Swap")]))) == [2, 3]
    assert numbers(rows.filter(met(rows, []))) == []


SWAP = Feature("swap", "Swap", "B", (Rule("page", "prefix", "/swap"), Rule("event", "prefix", "swap_")))
PAGES = Feature("pages", "Pages", "", (Rule("event", "exact", "page"),))
ALL = Feature("all", "All", "Z", (Rule("event", "regex", "."),))


def test_an_event_belongs_to_several_features_and_the_first_is_told() -> None:
    rows = table(ROWS[:3])
    told = rows.mutate(
        first=first_feature(rows, [PAGES, SWAP, ALL]), area=first_area(rows, [PAGES, SWAP, ALL]), nothing=met(rows, [])
    )
    assert [(row["first"], row["area"]) for row in told.order_by("number").to_pyarrow().to_pylist()] == [
        ("swap", "B"),
        ("all", "Z"),
        ("pages", "B"),  # which is in no area: the next one that is
    ]
    both = belonging(rows, [PAGES, SWAP, ALL]).select("number", "feature").to_pyarrow().to_pylist()
    assert sorted((row["number"], row["feature"]) for row in both) == [
        (0, "all"),
        (0, "swap"),
        (1, "all"),
        (2, "all"),
        (2, "pages"),
        (2, "swap"),
    ]
    assert first_feature(rows, []).equals(ibis.literal(""))


texts = st.text(alphabet="ab_%.'\\", max_size=4)
patterns = {
    "exact": st.text(alphabet="ab_%.'\\", min_size=1, max_size=3),
    "prefix": st.text(alphabet="ab_%.'\\", min_size=1, max_size=2),
    "regex": st.sampled_from(["a", "^a", "b$", "a.b", "a+b", "[ab]{2}", "^(a|b_)", r"\.", "%", "_", "'", r"\\"]),
}


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    match = draw(st.sampled_from(["exact", "prefix", "regex"]))
    return Rule(draw(st.sampled_from(["event", "page"])), match, draw(patterns[match]))


def by_hand(rule: Rule, event: str, page: str) -> bool:
    text = event if rule.target == "event" else page
    if rule.match == "exact":
        return text == rule.pattern
    if rule.match == "prefix":
        return text[: len(rule.pattern)] == rule.pattern
    return text != "" and re.search(rule.pattern, text) is not None


@pytest.fixture(scope="module")
def engines(postgres) -> Iterator[list[ibis.BaseBackend]]:
    server = ibis.connect(postgres.create_database())
    yield [ibis.duckdb.connect(), server]
    server.disconnect()


@settings(max_examples=60)
@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=6), chosen=st.lists(rules(), max_size=4))
def test_engines_and_python_agree(engines, rows: list[tuple[str, str]], chosen: list[Rule]) -> None:
    features = [Feature(f"f{place}", "", "", (rule,)) for place, rule in enumerate(chosen)]
    expected = sorted(
        (number, feature.key)
        for number, row in enumerate(rows)
        for feature in features
        if by_hand(feature.rules[0], *row)
    )
    known = table(rows)
    firsts = {}
    for number, key in expected:
        firsts.setdefault(number, key)
    for engine in engines:
        if features:
            found = engine.to_pyarrow(belonging(known, features).select("number", "feature")).to_pylist()
            assert sorted((row["number"], row["feature"]) for row in found) == expected
        told = engine.to_pyarrow(known.select("number", first=first_feature(known, features))).to_pylist()
        assert {row["number"]: row["first"] for row in told if row["first"]} == firsts
