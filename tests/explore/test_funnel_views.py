"""Funnels by value, over time, by how long they take, and who is behind their figures."""

from typing import Any

import pytest

from tests.explore.conftest import event
from tests.explore.funnels import STEPS, counts, day, world
from tests.metrics.world import World

pytestmark = pytest.mark.django_db


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
