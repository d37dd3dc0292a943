"""Funnels over small worlds worked out by hand, sentence by sentence of their definition."""

from typing import Any

import pytest

from tests.explore.conftest import event
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

STEPS = [{"event": "a"}, {"event": "b"}, {"event": "c"}]


def day(number: int, hour: int = 12, minute: int = 0) -> str:
    return f"2025-03-{number:02}T{hour:02}:{minute:02}"


def world(**people: list[tuple[str, str]]) -> World:
    """Each person's events, as pairs of name and instant."""
    events = [
        event(int(person[1:]), when, name, message_id=f"{person}-{place:03}")
        for person, did in people.items()
        for place, (name, when) in enumerate(did)
    ]
    return World(events=events)


@pytest.fixture
def funnel(use, ask):
    """Ask a funnel of a world."""

    def funnel(world: World, **body: Any) -> dict[str, Any]:
        use(world)
        return ask("funnel", **{"from": "2025-03-01", "to": "2025-03-31", "steps": STEPS, "series": None} | body)

    return funnel


def counts(answer: dict[str, Any]) -> list[int]:
    return [step["count"] for step in answer["steps"]]


def times(answer: dict[str, Any], name: str = "mean_seconds") -> list[float | None]:
    return [step[name] for step in answer["steps"]]


def test_each_counts_once_as_far_as_they_got(funnel) -> None:
    answer = funnel(
        world(
            p1=[("a", day(1)), ("other", day(1, 13)), ("b", day(2)), ("c", day(4))],
            p2=[("a", day(1)), ("b", day(1, 13)), ("a", day(2)), ("b", day(2, 13))],
            p3=[("b", day(1)), ("a", day(2))],
            p4=[("b", day(1)), ("c", day(2))],
        )
    )
    assert counts(answer) == [3, 2, 1]
    assert times(answer) == [None, (86_400 + 3_600) / 2, 2 * 86_400]
    assert times(answer, "median_seconds") == [None, (86_400 + 3_600) / 2, 2 * 86_400]
    assert times(answer, "p90_seconds") == [None, pytest.approx(3_600 + 0.9 * 82_800), 2 * 86_400]


def test_the_window_counts_from_the_first_step_and_includes_its_end(funnel) -> None:
    two = world(
        p1=[("a", day(1)), ("b", day(3)), ("c", day(4))],
        p2=[("a", day(1)), ("b", day(3)), ("c", day(4, 12, 1))],
    )
    assert counts(funnel(two, window={"value": 3, "unit": "day"})) == [2, 2, 1]
    assert counts(funnel(two, window={"value": 72, "unit": "hour"})) == [2, 2, 1]
    assert counts(funnel(two)) == [2, 2, 2]


def test_an_attempt_begins_with_the_most_recent_first_step(funnel) -> None:
    again = world(p1=[("a", day(1)), ("a", day(5)), ("b", day(6)), ("c", day(7))])
    assert times(funnel(again))[1] == 86_400


def test_the_furthest_attempt_counts_and_among_equals_the_first(funnel) -> None:
    further = world(p1=[("a", day(1)), ("b", day(2)), ("a", day(10)), ("b", day(13)), ("c", day(14))])
    assert times(funnel(further, window={"value": 5, "unit": "day"}))[1:] == [3 * 86_400, 86_400]
    equal = world(p1=[("a", day(1)), ("b", day(2)), ("a", day(10)), ("b", day(13))])
    assert times(funnel(equal))[1] == 86_400


def test_one_event_advances_one_step(funnel) -> None:
    same = [{"event": "a"}, {"event": "a"}, {"event": "a"}]
    assert counts(funnel(world(p1=[("a", day(1))]), steps=same)) == [1, 0, 0]
    assert counts(funnel(world(p1=[("a", day(1)), ("a", day(2)), ("a", day(3))]), steps=same)) == [1, 1, 1]


def test_events_of_one_instant_are_taken_in_the_order_of_steps(funnel) -> None:
    assert counts(funnel(world(p1=[("c", day(1)), ("b", day(1)), ("a", day(1))]))) == [1, 1, 1]
    thirty = world(p1=[("a", day(1))] * 30)
    assert counts(funnel(thirty, steps=[{"event": "a"}] * 3)) == [1, 1, 1]


class TestStrict:
    def test_nothing_else_may_come_between(self, funnel) -> None:
        answer = funnel(
            world(
                p1=[("a", day(1)), ("b", day(2)), ("c", day(3))],
                p2=[("a", day(1)), ("other", day(1, 13)), ("b", day(2))],
                p3=[("a", day(1)), ("b", day(2)), ("b", day(3)), ("c", day(4))],
                p4=[("a", day(1)), ("other", day(1, 13)), ("a", day(2)), ("b", day(3))],
            ),
            order="strict",
        )
        assert counts(answer) == [4, 3, 1]


class TestUnordered:
    def test_any_order(self, funnel) -> None:
        answer = funnel(
            world(
                p1=[("c", day(1)), ("a", day(2)), ("b", day(4))],
                p2=[("b", day(1)), ("b", day(2))],
                p3=[("c", day(1)), ("b", day(20))],
            ),
            order="unordered",
        )
        assert counts(answer) == [3, 1, 1]
        assert times(answer) == [None, 86_400, 2 * 86_400]

    def test_alike_steps_take_an_event_each(self, funnel) -> None:
        same = [{"event": "a"}, {"event": "a"}, {"event": "b"}]
        one = world(p1=[("b", day(1)), ("a", day(2))], p2=[("a", day(1)), ("b", day(2)), ("a", day(3))])
        assert counts(funnel(one, steps=same, order="unordered")) == [2, 2, 1]


class TestExclusions:
    EXCLUDED = [{"event": "x", "from_step": 0, "to_step": 1}]

    def test_whoever_does_it_leaves(self, funnel) -> None:
        answer = funnel(
            world(
                p1=[("a", day(1)), ("x", day(2)), ("b", day(3))],
                p2=[("a", day(1)), ("b", day(2)), ("x", day(3)), ("c", day(4))],
                p3=[("a", day(1)), ("x", day(2))],
                p4=[("x", day(1)), ("a", day(2))],
            ),
            exclusions=self.EXCLUDED,
        )
        assert counts(answer) == [2, 1, 1]

    def test_unless_a_clean_attempt_gets_as_far(self, funnel) -> None:
        answer = funnel(
            world(
                p1=[("a", day(1)), ("x", day(2)), ("b", day(3)), ("a", day(4)), ("b", day(6))],
                p2=[("a", day(1)), ("x", day(2)), ("b", day(3)), ("a", day(4))],
                p3=[("a", day(1)), ("x", day(2)), ("a", day(20))],
            ),
            exclusions=self.EXCLUDED,
        )
        assert counts(answer) == [2, 1, 0]
        assert times(answer)[1] == 2 * 86_400

    def test_of_one_instant_it_comes_before_the_step(self, funnel) -> None:
        person = world(p1=[("a", day(1)), ("b", day(2)), ("x", day(2)), ("c", day(3))])
        assert counts(funnel(person, exclusions=self.EXCLUDED)) == [0, 0, 0]
        later = [{"event": "x", "from_step": 1, "to_step": 2}]
        assert counts(funnel(person, exclusions=later)) == [1, 1, 1]

    def test_after_the_window_it_is_nothing(self, funnel) -> None:
        person = world(p1=[("a", day(1)), ("x", day(10))])
        window = {"value": 5, "unit": "day"}
        assert counts(funnel(person, exclusions=self.EXCLUDED, window=window)) == [1, 0, 0]


class TestOptional:
    STEPS = [{"event": "a"}, {"event": "b", "optional": True}, {"event": "c"}]

    def test_one_may_go_on_without_it(self, funnel) -> None:
        answer = funnel(
            world(
                p1=[("a", day(1)), ("b", day(2)), ("c", day(5))],
                p2=[("a", day(1)), ("c", day(3))],
                p3=[("a", day(1)), ("b", day(2))],
                p4=[("a", day(1)), ("c", day(2)), ("b", day(3))],
            ),
            steps=self.STEPS,
        )
        assert counts(answer) == [4, 2, 3]
        assert times(answer)[1:] == [86_400, pytest.approx((4 + 2 + 1) / 3 * 86_400)]


class TestFirstTime:
    def test_only_the_first_in_all_history_counts(self, funnel) -> None:
        people = world(
            p1=[("a", "2025-01-01T10:00"), ("a", day(1)), ("b", day(2))],
            p2=[("a", day(1)), ("b", day(2))],
        )
        steps = [{"event": "a", "first_time": "event"}, {"event": "b"}]
        assert counts(funnel(people, steps=steps)) == [1, 1]

    @pytest.mark.parametrize(("kind", "expected"), [("event", [1, 1]), ("event_with_filters", [2, 2])])
    def test_with_filters(self, funnel, kind: str, expected: list[int]) -> None:
        pro = {"properties": {"plan": "pro"}}
        people = World(
            events=[
                event(1, day(1), "a"),
                event(1, day(2), "a", **pro),
                event(1, day(3), "b"),
                event(2, day(1), "a", **pro),
                event(2, day(3), "b"),
            ]
        )
        first = {"event": "a", "first_time": kind, "filters": [{"property": "plan", "operator": "is", "value": "pro"}]}
        assert counts(funnel(people, steps=[first, {"event": "b"}])) == expected


class TestBreakdown:
    PEOPLE = World(
        events=[
            event(1, day(1), "a", properties={"browser": "Chrome"}),
            event(1, day(2), "a", properties={"browser": "Safari"}),
            event(1, day(2, 13), "b", properties={"browser": "Safari"}),
            event(2, day(1), "a"),
            event(2, day(2), "b", properties={"browser": "Safari"}),
            event(3, day(1), "a"),
        ]
    )

    @pytest.mark.parametrize(
        ("attribution", "expected"),
        [
            ({"attribution": "first_touch"}, {"Chrome": [1, 1], "Safari": [1, 1], "(none)": [1, 0]}),
            ({"attribution": "last_touch"}, {"Safari": [2, 2], "(none)": [1, 0]}),
            ({"attribution": "all_events"}, {"Chrome": [1, 0], "Safari": [1, 1], "(none)": [2, 0]}),
            ({"attribution": "step", "step": 0}, {"Chrome": [1, 1], "Safari": [1, 1], "(none)": [2, 1]}),
            ({"attribution": "step", "step": 1}, {"Safari": [2, 2]}),
        ],
    )
    def test_attribution(self, funnel, attribution, expected) -> None:
        answer = funnel(self.PEOPLE, steps=STEPS[:2], breakdown={"property": "browser", **attribution})
        assert {each["value"]: counts(each) for each in answer["breakdown"]} == expected
        assert counts(answer) == [3, 2]

    def test_many_values_are_shown_as_one(self, funnel) -> None:
        people = World(events=[event(n, day(1), "a", properties={"n": n}) for n in range(1, 41)])
        answer = funnel(people, steps=STEPS[:2], breakdown={"property": "n"})
        assert len(answer["breakdown"]) == 26
        assert answer["breakdown"][-1]["value"] == "(other)"
        assert sum(counts(each)[0] for each in answer["breakdown"]) == 40


class TestTrend:
    PEOPLE = world(
        p1=[("a", day(1)), ("b", day(3)), ("a", day(3, 13)), ("c", day(5))],
        p2=[("a", day(1)), ("a", day(1, 13)), ("b", day(1, 14)), ("c", day(20))],
        p3=[("a", day(3)), ("b", day(4))],
    )

    def test_each_period_has_its_own_attempts(self, funnel) -> None:
        answer = funnel(self.PEOPLE, view="trend", to="2025-03-05", window={"value": 1, "unit": "week"})
        entered = [(each["entered"], each["converted"]) for each in answer["periods"]]
        assert entered == [(2, 1), (0, 0), (2, 0), (0, 0), (0, 0)]
        assert answer["periods"][0]["rate"] == 0.5
        assert answer["periods"][1]["rate"] is None

    def test_of_each_value(self, funnel) -> None:
        week = {"to": "2025-03-05", "window": {"value": 1, "unit": "week"}}
        by_event = {"property": "platform", "attribution": "all_events"}
        answer = funnel(self.PEOPLE, view="trend", **week, breakdown=by_event)
        assert [each["value"] for each in answer["breakdown"]] == ["web"]
        assert answer["breakdown"][0]["periods"] == answer["periods"]
        assert [each["entered"] for each in answer["periods"]] == [2, 0, 2, 0, 0]

    def test_a_period_whose_window_is_not_over_is_incomplete(self, funnel) -> None:
        answer = funnel(self.PEOPLE, view="trend", window={"value": 1, "unit": "week"}, grain="week")
        complete = [each["complete"] for each in answer["periods"]]
        assert complete == [True, True, True, True, False, False]


def test_time_to_convert(funnel) -> None:
    people = world(**{f"p{n}": [("a", day(1, 0)), ("b", day(1, n))] for n in range(1, 9)})
    answer = funnel(people, steps=STEPS[:2], view="time_to_convert")
    # Two bins of 25,200 s ÷ 2 each, and one that holds what equals the end.
    assert answer["bins"] == [
        {"from_seconds": 3_600, "count": 4},
        {"from_seconds": 16_200, "count": 3},
        {"from_seconds": 28_800, "count": 1},
    ]
    assert answer["mean_seconds"] == 4.5 * 3_600
    assert answer["median_seconds"] == 4.5 * 3_600


class TestPeople:
    PEOPLE = world(
        p1=[("a", day(1)), ("b", day(2)), ("c", day(3))],
        p2=[("a", day(1)), ("b", day(2))],
        p3=[("a", day(1))],
        p4=[("a", day(3))],
    )

    @pytest.fixture
    def behind(self, use, ask):
        def behind(**body: Any) -> list[str]:
            use(self.PEOPLE)
            whole = {"from": "2025-03-01", "to": "2025-03-31", "steps": STEPS, "series": None} | body
            answer = ask("funnel/people", **whole)
            assert answer["count"] == len(answer["results"])
            return [person["id"] for person in answer["results"]]

        return behind

    @pytest.mark.parametrize(
        ("point", "expected"),
        [
            ({"step": 0}, ["1", "2", "3", "4"]),
            ({"step": 2}, ["1"]),
            ({"dropped_before": 1}, ["3", "4"]),
            ({"dropped_before": 2}, ["2"]),
        ],
    )
    def test_of_a_step(self, behind, point, expected) -> None:
        assert behind(point=point) == expected

    def test_of_a_value(self, behind) -> None:
        by_platform = {"breakdown": {"property": "platform"}}
        assert behind(**by_platform, point={"step": 1, "breakdown": "web"}) == ["1", "2"]
        assert behind(**by_platform, point={"step": 1, "breakdown": "ios"}) == []

    def test_of_a_period(self, behind) -> None:
        assert behind(view="trend", point={"step": 0, "period": "2025-03-01"}) == ["1", "2", "3"]
        assert behind(view="trend", point={"dropped_before": 2, "period": "2025-03-01"}) == ["2"]


def test_ids_that_were_merged_are_one_person(funnel) -> None:
    merged = World(identities={2: 1}, events=[event(1, day(1), "a"), event(2, day(2), "b"), event(1, day(3), "c")])
    assert counts(funnel(merged)) == [1, 1, 1]


def test_a_day_with_a_clock_change_is_one_day(funnel) -> None:
    """In Berlin the clocks went forward on 30 March 2025, so that noon came after 23 hours."""
    people = world(
        p1=[("a", day(29, 11)), ("b", day(30, 10))],
        p2=[("a", day(29, 11)), ("b", day(30, 10, 1))],
    )
    window = {"value": 1, "unit": "day"}
    assert counts(funnel(people, steps=STEPS[:2], window=window, timezone="Europe/Berlin")) == [2, 1]
    assert counts(funnel(people, steps=STEPS[:2], window=window)) == [2, 2]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": None}, "steps"),
        ({"steps": [{"event": "a"}] * 50}, "steps"),
        ({"steps": [{"event": "a", "optional": True}, {"event": "b"}]}, "steps"),
        ({"window": {"value": 0, "unit": "day"}}, "window"),
        ({"window": {"value": -1, "unit": "day"}}, "window"),
        ({"window": {"value": 121, "unit": "month"}}, "window"),
        ({"window": {"value": 1, "unit": "year"}}, "window"),
        ({"order": "sideways"}, "order"),
        ({"exclusions": [{"event": "x", "from_step": 1, "to_step": 1}]}, "exclusions"),
        ({"exclusions": [{"event": "x", "from_step": 0, "to_step": 3}]}, "exclusions"),
        ({"exclusions": [{"event": "x", "from_step": 0, "to_step": 1}], "order": "strict"}, "exclusions"),
        ({"breakdown": {"property": "p", "attribution": "step", "step": 3}}, "breakdown"),
        ({"breakdown": {"property": 'a"b'}}, "breakdown"),
        ({"view": "trend", "from_step": 2}, "from_step"),
        ({"view": "trend", "to_step": 3}, "to_step"),
        ({"view": "time_to_convert", "bins": 0}, "bins"),
        ({"from": "2025-04-01"}, "from"),
        ({"from": "1925-04-01"}, "from"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_what_may_not_be_asked(ask, body, field: str) -> None:
    whole = {"from": "2025-03-01", "to": "2025-03-31", "steps": STEPS, "series": None} | body
    assert field in ask("funnel", expect=400, **whole)["errors"]
