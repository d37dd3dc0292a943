"""Who is in a segment: worked out by hand, and against a slow reference over made-up worlds."""

import json
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.conditions import Condition
from analytics.explore.kinds import trend
from analytics.explore.kinds.trend import Point, Series, Trend
from analytics.explore.segments.members import AsOf, Being, Belonging, Doing, Filtered, Listed, everyone, only_members
from analytics.explore.selector import Selector
from analytics.metrics.calendar import DAY_US, day_number
from tests.explore import naive_segments
from tests.explore.conftest import at, event
from tests.metrics.world import World

THIRD = AsOf(date(2025, 3, 3), "UTC")
IN_NEW_YORK = AsOf(date(2025, 3, 2), "America/New_York")

WORLD = World(
    identities={4: 1},
    events=[
        event(1, "2025-03-01T10:00", "deposit", value=1),
        event(4, "2025-03-03T02:00", "deposit", platform="ios"),
        event(2, "2025-03-03T12:00", "deposit", properties={"plan": "pro"}),
        event(3, "2025-03-02T12:00", "look"),
        event(3, "2025-03-04T12:00", "look", platform="android"),
        event(5, "2025-03-03T12:00", "deposit", flags=2),  # a bot
        event(6, "2025-03-03T12:00", "deposit", flags=1),  # passive
        event(2, "2025-03-01T09:00", "identify", type="identify", properties={"plan": "free"}),
        event(4, "2025-03-04T09:00", "identify", type="identify", properties={"plan": "pro"}),
        event(7, "2025-03-01T09:00", "identify", type="identify", properties={"plan": "free"}),
    ],
    touches=[{"actor": 2, "day": 20_148, "at_us": at("2025-03-01T09:00"), "touch": "t-ad"}],
    user_day=[{"actor": actor, "day": 20_148, "events": 1} for actor in (1, 2, 3)],
    trait_history=[
        {"subject_kind": "actor", "subject": "4", "field": "customer_segment", "day": day, "at_us": 1, "value": value}
        for day, value in [(20_148, "individual"), (20_151, "enterprise")]  # 1 and 4 March
    ],
    persona_history=[
        {"person": 1, "from_day": 20_148, "to_day": 20_150, "ability": "power", "experience": "noob", "wallet": "whale"}
    ],
)


def being(property: str, operator: str, value: Any = None) -> Being:
    return Being(Condition(property, operator, value))


def all_of(*conditions: Being | Doing | Belonging) -> Filtered:
    return Filtered("all", conditions)


def any_of(*conditions: Being | Doing | Belonging) -> Filtered:
    return Filtered("any", conditions)


DEPOSIT, LOOK = Selector("deposit"), Selector("look")


@pytest.mark.parametrize(
    ("segment", "as_of", "expected"),
    [
        (Listed((4, 3, 99)), THIRD, {1, 3}),  # a merged id stands for the person it belongs to
        (Listed(()), THIRD, set()),
        (all_of(being("person.plan", "is", "free")), THIRD, {2, 7}),
        (all_of(being("person.plan", "is", "pro")), THIRD, {1}),  # as told last, later than that day
        (all_of(being("person.plan", "is_not", "free")), THIRD, {1, 3, 6}),  # who never told is not free
        (all_of(being("person.plan", "is_not_set")), THIRD, {3, 6}),
        (all_of(being("platform", "is", "ios")), THIRD, {1}),
        (all_of(being("platform", "is", "web")), THIRD, {2, 3}),
        (all_of(being("platform", "is", "android")), AsOf(date(2025, 3, 4), "UTC"), {3}),
        (all_of(being("platform", "is", "unknown")), THIRD, {6, 7}),  # never active
        (all_of(being("channel", "is", "google_ads")), THIRD, {2}),
        (all_of(being("channel", "is", "direct")), THIRD, {1, 3, 6, 7}),
        (all_of(being("customer_segment", "is", "individual")), THIRD, {1}),
        (all_of(being("customer_segment", "is", "enterprise")), THIRD, set()),
        (all_of(being("customer_segment", "is", "enterprise")), AsOf(date(2025, 3, 4), "UTC"), {1}),
        (all_of(being("persona", "is", "power-noob-whale")), THIRD, {1}),
        (all_of(being("persona", "is", "power-noob-whale")), AsOf(date(2025, 3, 4), "UTC"), set()),
        (all_of(Doing(DEPOSIT)), THIRD, {1, 2, 6}),
        (all_of(Doing(DEPOSIT, at_least=2)), THIRD, {1}),
        (all_of(Doing(DEPOSIT, at_least=1, at_most=1)), THIRD, {2, 6}),
        (all_of(Doing(DEPOSIT, at_least=0, at_most=1)), THIRD, {2, 3, 6, 7}),
        (all_of(Doing(DEPOSIT, at_least=0, at_most=0)), THIRD, {3, 7}),
        (all_of(Doing(Selector())), THIRD, {1, 2, 3}),  # any active event
        (all_of(Doing(Selector("deposit", (Condition("plan", "is", "pro"),)))), THIRD, {2}),
        (all_of(Doing(DEPOSIT, days=1)), THIRD, {1, 2, 6}),
        (all_of(Doing(DEPOSIT, at_least=2, days=2)), THIRD, set()),
        (all_of(Doing(DEPOSIT, at_least=2, days=3)), THIRD, {1}),
        (all_of(Doing(DEPOSIT, days=1)), IN_NEW_YORK, {1}),  # 21:00 on 2 March
        (all_of(Doing(LOOK, at_least=2)), THIRD, {3}),  # at any time, later too
        (all_of(Doing(LOOK, first=date(2025, 3, 3))), THIRD, {3}),
        (all_of(Doing(LOOK, last=date(2025, 3, 1))), THIRD, set()),
        (all_of(Doing(DEPOSIT, first=date(2025, 3, 1), last=date(2025, 3, 2))), THIRD, {1}),
        (all_of(Doing(DEPOSIT), being("person.plan", "is", "free")), THIRD, {2}),
        (any_of(Doing(LOOK), being("person.plan", "is", "free")), THIRD, {2, 3, 7}),
        (all_of(Belonging(Listed((2, 3))), Belonging(Listed((3,)), inside=False)), THIRD, {2}),
        (any_of(Belonging(all_of(Doing(LOOK)), inside=False)), THIRD, {1, 2, 6, 7}),
    ],
)
def test_members(duckdb, segment, as_of, expected) -> None:
    tables = WORLD.on(duckdb)
    found = only_members(tables, everyone(tables), segment, as_of).to_pyarrow()["person"].to_pylist()
    assert sorted(found) == sorted(expected)


def test_a_question_is_about_the_people_of_its_segment(duckdb) -> None:
    def asked(segment, measure: str = "people", last: date = date(2025, 3, 3)) -> tuple[list[Any], list[int]]:
        question = Trend(
            first=date(2025, 3, 3), last=last, series=(Series("deposit", measure=measure),), segment=segment
        )
        asking = Asking(WORLD.on(duckdb))
        behind = trend.people(asking, question, Point(0, 0))
        return trend.answer(asking, question)["series"][0]["values"], behind.distinct().to_pyarrow()[
            "person"
        ].to_pylist()

    assert asked(None)[0] == [3]
    assert asked(Listed((4,))) == ([1], [1])
    assert asked(all_of(Doing(DEPOSIT, at_least=2, days=3))) == ([1], [1])
    # The days are counted back from the question's last one, or from today where that comes later.
    assert asked(all_of(Doing(DEPOSIT, at_least=2, days=3)), last=date(2025, 3, 4)) == ([0, 0], [])


def test_a_session_is_in_the_segment_of_its_own_person(duckdb) -> None:
    shared = {"source": 1, "device": 8, "day": 0, "start_us": at("2025-03-03T12:00"), "end_us": at("2025-03-03T12:01")}
    world = World(
        events=[event(2, "2025-03-03T12:00", "deposit", device=8), event(3, "2025-03-03T12:01", "look", device=8)],
        sessions=[shared | {"actor": 3}],
    )
    day = date(2025, 3, 3)
    for listed, expected in [((3,), [1]), ((2,), [0])]:
        question = Trend(first=day, last=day, series=(Series("deposit", measure="sessions"),), segment=Listed(listed))
        assert trend.answer(Asking(world.on(duckdb)), question)["series"][0]["values"] == expected


# --- Against the slow reference -----------------------------------------------------------------

FIRST = date(2025, 3, 28)  # around the night on which Berlin's clocks go forward
names = st.sampled_from(["deposit", "look"])
plans = st.sampled_from(["free", "pro"])
platforms = st.sampled_from(["web", "ios"])
offsets = st.integers(0, 5)
numbers = count()


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    actor, number = draw(st.integers(1, 6)), next(numbers)
    at_us = day_number(FIRST) * DAY_US + draw(st.integers(0, 6 * 24)) * 3_600_000_000 + number % 1_000_000
    base = {"source": 1, "message_id": str(number), "at_us": at_us, "actor": actor, "device": actor}
    base |= {"platform": draw(platforms), "flags": draw(st.sampled_from([0, 0, 0, 1, 2]))}
    if draw(st.integers(0, 3)) == 0:
        return base | {
            "type": "identify",
            "event": "identify",
            "flags": 0,
            "properties": json.dumps({"plan": draw(plans)}),
        }
    return base | {"type": "track", "event": draw(names), "properties": "{}"}


beings = st.builds(
    lambda property, operator, plan, platform: being(property, operator, platform if property == "platform" else plan),
    st.sampled_from(["person.plan", "platform"]),
    st.sampled_from(["is", "is_not"]),
    plans,
    platforms,
)


@st.composite
def doings(draw: st.DrawFn) -> Doing:
    at_least = draw(st.integers(0, 2))
    at_most = draw(st.integers(at_least, 3)) if at_least == 0 else draw(st.none() | st.integers(at_least, 3))
    selector = Selector(draw(st.none() | names))
    if draw(st.booleans()):
        return Doing(selector, at_least, at_most, days=draw(st.integers(1, 4)))
    first, last = (draw(st.none() | offsets.map(lambda days: FIRST + timedelta(days=days))) for _ in range(2))
    return Doing(selector, at_least, at_most, first=first, last=last)


listed = st.builds(Listed, st.lists(st.integers(1, 7), max_size=3, unique=True).map(tuple))
trees = st.recursive(
    listed,
    lambda inner: st.builds(
        Filtered,
        st.sampled_from(["all", "any"]),
        st.lists(beings | doings() | st.builds(Belonging, inner, st.booleans()), min_size=1, max_size=3).map(tuple),
    ),
    max_leaves=4,
)


@settings(max_examples=60)
@given(
    sent=st.lists(events(), max_size=14),
    identities=st.dictionaries(st.integers(4, 6), st.integers(1, 3), max_size=2),
    segment=trees,
    offset=offsets,
    zone=st.sampled_from(["UTC", "Europe/Berlin"]),
)
def test_members_are_those_of_the_slow_reference(duckdb, sent, identities, segment, offset, zone) -> None:
    world = World(events=sent, identities=identities)
    tables, as_of = world.on(duckdb), AsOf(FIRST + timedelta(days=offset), zone)
    found = only_members(tables, everyone(tables), segment, as_of).to_pyarrow()["person"].to_pylist()
    assert sorted(found) == sorted(naive_segments.members(world, segment, as_of))
