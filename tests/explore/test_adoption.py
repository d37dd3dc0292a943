"""Adoption over a small world worked out by hand, and against the slow reference."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.conditions import Condition
from analytics.explore.kinds import adoption
from analytics.features.services import add_area, add_feature
from analytics.metrics.calendar import date_of
from analytics.metrics.features import Feature, Rule
from tests.explore import naive_adoption
from tests.explore.conftest import at, event
from tests.metrics.world import FIRST, World

WEEKS = {"from": "2025-03-03", "to": "2025-03-23"}  # three weeks from Monday to Sunday
HOUR = 3_600

WORLD = World(
    identities={4: 1},
    events=[
        # Person 1, seen first under another id: first swap two hours after that, again in the next week.
        event(4, "2025-03-03T08:00", "identify", type="identify"),
        event(1, "2025-03-03T10:00", "swap_started", page="/swap"),
        event(1, "2025-03-12T10:00", "page", type="page", page="/swap/done"),
        # Person 2: swapped long before, and on these days.
        event(2, "2025-01-01T00:00", "signed_up"),
        event(2, "2025-01-01T04:00", "swap_started"),
        event(2, "2025-03-05T10:00", "swap_completed"),
        # Person 3: a first swap in the last week, six hours after a bot called by their name.
        event(3, "2025-03-01T00:00", "signed_up", flags=2),
        event(3, "2025-03-20T00:00", "signed_up"),
        event(3, "2025-03-20T06:00", "swap_started"),
        # Person 5: twice in the first week alone; passively in the second, which is no use of theirs.
        event(5, "2025-03-04T00:00", "swap_started"),
        event(5, "2025-03-05T00:00", "swap_started"),
        event(5, "2025-03-11T00:00", "swap_started", flags=1),
        # Person 6 did something else, person 7 nothing on these days.
        event(6, "2025-03-04T00:00", "video_created", page="/studio"),
        event(7, "2025-02-01T00:00", "swap_started"),
    ],
)
SWAP = (Rule("event", "prefix", "swap_"), Rule("page", "exact", "/swap"), Rule("page", "prefix", "/swap/"))


@pytest.fixture
def mapped(db) -> None:
    area = add_area(key="B", name="Atomic swap", user=None)
    add_feature(key="swap", name="Swap", area=area, rules=SWAP, user=None)
    add_feature(key="studio", name="Studio", area=None, rules=[Rule("page", "regex", "^/stu.io$")], user=None)
    add_feature(key="chains", name="Chains", area=None, rules=[Rule("event", "exact", "chain_switched")], user=None)


@pytest.fixture
def asked(use, ask):
    use(WORLD)

    def asked(path: str = "adoption", **body: Any) -> dict[str, Any]:
        return ask(path, **WEEKS | body)

    return asked


def test_adoption_by_feature(asked, mapped) -> None:
    answer = asked()
    assert (answer["by"], answer["active"]) == ("feature", 5)
    swap, studio, chains = answer["features"]
    assert swap == {
        "feature": "swap",
        "name": "Swap",
        "area": "B",
        "people": 4,
        "active": 5,
        "share": 0.8,
        "times": 6,
        "first_use_median_seconds": 3 * HOUR,  # of 0, 2, 4 and 6 hours
        "could_return": 2,  # persons 1 and 5: person 2 began before, person 3 in the last week
        "returned": 1,
        "retained": 0.5,
    }
    assert (studio["people"], studio["share"], studio["times"], studio["first_use_median_seconds"]) == (1, 0.2, 1, 0)
    nobody = {"people": 0, "share": 0, "times": 0, "first_use_median_seconds": None, "retained": None}
    assert {name: chains[name] for name in nobody} == nobody
    assert "events" in answer["sql"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"grain": "day"}, (3, 2)),  # by days, person 5 returned, and person 3's is not the last one
        ({"grain": "month"}, (0, 0)),  # one month: nobody can return within it
        ({"to": "2025-03-09"}, (0, 0)),
        ({"to": "2025-03-12"}, (2, 1)),  # a week that the range cuts is a later one, too
        ({"filters": [{"property": "platform", "operator": "is", "value": "ios"}]}, (0, 0)),
    ],
)
def test_who_could_return(asked, mapped, body: dict[str, Any], expected: tuple[int, int]) -> None:
    swap = asked(**body)["features"][0]
    assert (swap["could_return"], swap["returned"]) == expected


def test_some_features_in_the_order_of_the_mapping(asked, mapped) -> None:
    answer = asked(features=["chains", "swap"])
    assert [line["feature"] for line in answer["features"]] == ["swap", "chains"]


def test_without_a_mapping_events_are_told_by_name(asked, db) -> None:
    answer = asked()
    assert answer["by"] == "event"
    assert [(line["feature"], line["people"]) for line in answer["features"]] == [
        ("swap_started", 3),
        ("page", 1),
        ("signed_up", 1),
        ("swap_completed", 1),
        ("video_created", 1),
    ]
    answer = asked(features=["swap_completed", "nothing"])
    assert [(line["feature"], line["people"]) for line in answer["features"]] == [("swap_completed", 1), ("nothing", 0)]


@pytest.mark.parametrize(
    "days", [{"from": "2090-01-01", "to": "2090-01-02"}, {"from": "2001-01-01", "to": "2001-01-02"}]
)
def test_days_on_which_nothing_happened(asked, mapped, days) -> None:
    answer = asked(**days)
    assert answer["active"] == 0
    assert {(line["people"], line["share"], line["retained"]) for line in answer["features"]} == {(0, None, None)}
    assert asked("adoption/people", **days, point={"feature": "swap"})["count"] == 0


def test_days_on_which_nothing_happened_by_event(asked, db) -> None:
    assert asked(**{"from": "2001-01-01", "to": "2001-01-02"})["features"] == []


@pytest.mark.parametrize("rules", [True, False])
def test_the_people_behind_a_figure_are_as_many_as_it_says(asked, request, db, rules: bool) -> None:
    if rules:
        request.getfixturevalue("mapped")
    for line in asked()["features"]:
        behind = asked("adoption/people", point={"feature": line["feature"]})
        assert behind["count"] == len(behind["results"]) + line["people"] * (not behind["results"]) == line["people"]


@pytest.mark.parametrize(
    "body",
    [
        {"features": ["swop"]},
        {"features": []},
        {"features": ["swap"] * 101},
        {"features": "swap"},
        {"grain": "hour"},
        {"from": "2025-03-24"},
    ],
)
def test_what_can_not_be_asked_is_refused(use, ask, mapped, body: dict[str, Any]) -> None:
    use(WORLD)
    errors = ask("adoption", expect=400, **WEEKS | body)["errors"]
    assert errors.keys() <= body.keys()
    if body.get("features") == ["swop"]:
        assert "swap" in errors["features"][0]


@pytest.mark.parametrize("point", [{"feature": "studio"}, {"feature": "swop"}, {}, "swap"])
def test_only_people_of_a_feature_that_was_asked_about(use, ask, mapped, point: Any) -> None:
    use(WORLD)
    assert "point" in ask("adoption/people", expect=400, **WEEKS, features=["swap"], point=point)["errors"]


NAMES, PAGES = ["a", "ab", "b", "page"], ["", "/a", "/a/b", "/c"]


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    target = draw(st.sampled_from(["event", "page"]))
    match = draw(st.sampled_from(["exact", "prefix", "regex"]))
    patterns = ["a", "/a", "b$", ".", "page"] if match == "regex" else ["a", "/a", "/a/", "ab", "page"]
    return Rule(target, match, draw(st.sampled_from(patterns)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    events = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "actor": st.integers(0, 4),
                    "at_us": st.integers(FIRST * 24, (FIRST + 30) * 24).map(lambda hour: hour * HOUR * 10**6),
                    "type": st.sampled_from(["track", "track", "page", "identify"]),
                    "event": st.sampled_from(NAMES),
                    "page": st.sampled_from(PAGES),
                    "platform": st.sampled_from(["web", "ios"]),
                    "flags": st.sampled_from([0, 0, 0, 1, 2]),
                }
            ),
            max_size=25,
        )
    )
    return World(events=events, identities=draw(st.dictionaries(st.integers(3, 4), st.integers(1, 2))))


@settings(max_examples=40)
@given(
    world=worlds(),
    features=st.lists(st.lists(rules(), min_size=1, max_size=2), max_size=3),
    first=st.integers(FIRST, FIRST + 20),
    length=st.integers(0, 20),
    grain=st.sampled_from(["day", "week", "month"]),
    week_start=st.integers(0, 6),
    zone=st.sampled_from(["UTC", "Asia/Tokyo"]),
    on=st.sampled_from([(), (Condition("platform", "is", "ios"),)]),
)
def test_it_agrees_with_the_slow_reference(duckdb, world, features, first, length, grain, week_start, zone, on) -> None:
    question = adoption.Adoption(
        first=date_of(first),
        last=date_of(first + length),
        timezone=zone,
        week_start=week_start,
        filters=on,
        grain=grain,
        features=tuple(Feature(f"f{place}", "", "", tuple(each)) for place, each in enumerate(features)),
    )
    asking = Asking(world.on(duckdb))
    found = adoption.answer(asking, question)
    assert found == naive_adoption.answer(world, question)
    for line in found["features"][:1]:
        behind = adoption.people(asking, question, adoption.Point(line["feature"]))
        assert len(set(behind.to_pyarrow()["person"].to_pylist())) == line["people"]


def test_the_days_asked_for_end_when_they_say(duckdb) -> None:
    """An event of the last microsecond counts, one of the next day doesn't."""
    midnight = at("2025-03-05T00:00")
    world = World(events=[event(1, "2025-03-04T12:00", "a") | {"at_us": us} for us in (midnight - 1, midnight)])
    question = adoption.Adoption(first=date_of(FIRST), last=date_of(midnight // 86_400 // 10**6 - 1))
    assert adoption.answer(Asking(world.on(duckdb)), question)["features"][0]["times"] == 1
