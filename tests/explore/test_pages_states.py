"""A page's state and its query string, and what is left of a question whose parts are wrong."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from analytics.explore.pages import states
from analytics.explore.pages.checking import checked
from analytics.explore.pages.forms import Names, bound, conditions
from analytics.explore.pages.trend.form import FORM
from analytics.explore.requests.trend import TrendSerializer

NAMES = st.text("abcxyz", min_size=1, max_size=4)
VALUES = st.text(max_size=8)
STATES = st.recursive(
    VALUES,
    lambda inner: st.one_of(
        st.dictionaries(NAMES, inner, min_size=1, max_size=3), st.lists(inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, STATES, max_size=4))
def test_a_state_survives_its_query_string(state: dict[str, Any]) -> None:
    pairs = list(states.flattened(state))
    if all(name.count(".") < states.DEEPEST for name, _value in pairs):
        query = QueryDict(mutable=True)
        for name, value in pairs:
            query.appendlist(name, value)
        read = QueryDict(query.urlencode())
        assert states.unflattened((name, read[name]) for name in read) == state


@given(st.lists(st.tuples(st.text("ab01.", max_size=12), VALUES), max_size=12))
def test_no_query_string_is_too_wild(pairs: list[tuple[str, str]]) -> None:
    state = states.unflattened(pairs)
    for name in ("a", "b", "0", ""):
        assert isinstance(states.rows(state, name), list)
        assert isinstance(states.row(state, name), dict)
        assert isinstance(states.text(state, name), str)


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("add:series", ["a", "b", "c", ""]),
        ("remove:series.0", ["b", "c"]),
        ("up:series.2", ["a", "c", "b"]),
        ("down:series.0", ["b", "a", "c"]),
        ("up:series.0", ["a", "b", "c"]),
        ("down:series.2", ["a", "b", "c"]),
        ("remove:series.9", ["a", "b", "c"]),
        ("remove:series", ["a", "b", "c"]),
        ("burn:series.0", ["a", "b", "c"]),
        ("add:breakdown.x", ["a", "b", "c"]),
        ("remove:series.x", ["a", "b", "c"]),
        ("add:" + "series." * 20, ["a", "b", "c"]),
    ],
)
def test_rows_are_added_removed_and_moved(edit: str, expected: list[str]) -> None:
    state = {"series": [{"event": name} for name in "abc"], "breakdown": "plan"}
    changed = states.edited(state, edit, "event")
    assert [row["event"] for row in changed["series"]] == expected
    assert changed["breakdown"] == "plan"


def test_a_filter_within_a_row() -> None:
    state = {"series": [{"event": "a"}, {"event": "b"}]}
    changed = states.edited(state, "add:series.1.filters", "property")
    assert changed == {"series": [{"event": "a"}, {"event": "b", "filters": [{"property": ""}]}]}
    assert states.edited(changed, "remove:series.1.filters.0", "property")["series"][1]["filters"] == []


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("is", "40", "40"),
        ("in", "pro, team ,", ["pro", "team"]),
        ("between", "20, 40", [20.0, 40.0]),
        ("between", "a,b", ["a", "b"]),
        ("gt", "20", 20.0),
        ("gt", "2025-01-01", "2025-01-01"),
        ("is_set", "anything", None),
        ("contains", "20", "20"),
    ],
)
def test_values_are_what_the_operator_compares(operator: str, value: str, expected: object) -> None:
    state = {"filters": [{"property": "p", "operator": operator, "value": value}, {"property": " ", "value": "x"}]}
    assert conditions(state) == [{"property": "p", "operator": operator, "value": expected}]


WHOLE = {"from": "2025-03-01", "to": "2025-03-04", "series": [{"event": "a", "measure": "people"}]}


@pytest.mark.parametrize(
    ("wrong", "left", "named"),
    [
        ({"grain": "century"}, WHOLE, "grain=century"),
        ({"breakdown": 'a"b'}, WHOLE, 'breakdown=a"b'),
        ({"filters": [{"property": "p", "operator": "near", "value": "x"}]}, {**WHOLE, "filters": []}, "near"),
        (
            {"filters": [{"property": "p", "operator": "is", "value": "x"}, {"property": 'q"', "operator": "is_set"}]},
            {**WHOLE, "filters": [{"property": "p", "operator": "is", "value": "x"}]},
            "filters.1",
        ),
        ({"series": [{"event": "a", "measure": "dreams"}]}, {**WHOLE, "series": [{"event": "a"}]}, "dreams"),
    ],
)
def test_wrong_parts_are_left_out_and_named(wrong: dict[str, Any], left: dict[str, Any], named: str) -> None:
    question, warnings = checked(TrendSerializer, {**WHOLE, **wrong}, WHOLE)
    assert question.initial_data == left
    assert question.is_valid()
    assert any(named in warning for warning in warnings)


@pytest.mark.parametrize("broken", [{"series": []}, {"series": "text"}, {"from": "2025-05-01"}, {"from": "x"}])
def test_when_nothing_sensible_is_left_the_usual_is_asked(broken: dict[str, Any]) -> None:
    question, _warnings = checked(TrendSerializer, {**WHOLE, **broken}, WHOLE)
    assert question.is_valid()
    assert question.initial_data["series"] == WHOLE["series"]


def test_an_unknown_event_is_told_with_similar_names() -> None:
    names = Names([("video_created", 10), ("signup_completed", 5)], {"plan": ["pro"]})
    form = bound(FORM, {"series": [{"event": "vidoe_created", "filters": [{"property": "plan"}]}]}, names)
    (row,) = form.clauses[0].rows
    assert "Similar ones: video_created." in row.inputs[0].hint
    assert row.filters[0].values == ["pro"]
    assert names.hint("video_created") == names.hint("") == ""
    assert names.hint("zzzzzzzz") == "No event of this name has come in."
