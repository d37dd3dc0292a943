"""Funnels over small worlds worked out by hand, sentence by sentence of their definition."""

import pytest

from tests.explore.conftest import event
from tests.explore.funnels import STEPS, counts, day, times, world
from tests.metrics.world import World

pytestmark = pytest.mark.django_db


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
