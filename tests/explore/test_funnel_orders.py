"""Funnels with nothing between the steps, in any order, and without those who do something else."""

import pytest

from tests.explore.funnels import counts, day, times, world

pytestmark = pytest.mark.django_db


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

    def test_of_one_instant_with_a_step_it_is_nothing(self, funnel) -> None:
        person = world(p1=[("a", day(1)), ("b", day(2)), ("x", day(2)), ("c", day(3))])
        assert counts(funnel(person, exclusions=self.EXCLUDED)) == [1, 1, 1]
        later = [{"event": "x", "from_step": 1, "to_step": 2}]
        assert counts(funnel(person, exclusions=later)) == [1, 1, 1]

    def test_after_the_window_it_is_nothing(self, funnel) -> None:
        person = world(p1=[("a", day(1)), ("x", day(10))])
        window = {"value": 5, "unit": "day"}
        assert counts(funnel(person, exclusions=self.EXCLUDED, window=window)) == [1, 0, 0]
