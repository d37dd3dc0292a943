"""How long it takes.

Facts and figures after PostHog\'s funnel tests; worlds and words are ours.
"""

import pytest

from tests.explore.funnels import bins, counts, times

pytestmark = pytest.mark.django_db

SINCE = "2021-06-07"
THREE = """
ada: a@1d18h b@1d19h c@1d21h
bob: a@2d13h b@2d13h37m
cyd: a@4d7h b@5d6h
"""
ALIKE = """
ada: a@1d18h a@1d19h a@1d21h
bob: a@2d13h a@2d13h37m
cyd: a@4d7h a@5d6h
"""
ANY = """
ada: c@1d18h a@1d19h b@1d21h
bob: a@2d13h b@2d13h37m
cyd: b@4d7h a@5d6h
"""
STRICT = """
ada: a@1d18h b@1d19h c@1d21h
bob: a@2d13h b@2d13h37m other@2d13h38m c@2d13h39m
cyd: a@4d7h b@5d6h
dan: a@4d7h other@5d7h b@5d9h
"""
WEEK = {"view": "time_to_convert", "since": SINCE, "days": (SINCE, "2021-06-13"), "window": "7 day"}
AUTO = [(2_220, 2), (42_510, 0), (82_800, 1)]
SEVEN = [(2_220, 2), (13_732, 0), (25_244, 0), (36_756, 0), (48_268, 0), (59_780, 0), (71_292, 1), (82_804, 0)]

CASES = [
    ("as many bins as fit", THREE, "a b c", {"to_step": 1}, AUTO, 29_540, 3_600),
    ("steps alike", ALIKE, "a a a", {"to_step": 1}, AUTO, 29_540, 3_600),
    ("seven bins", THREE, "a b c", {"to_step": 1, "bins": 7}, SEVEN, 29_540, 3_600),
    ("to the last step", THREE, "a b c", {}, [(10_800, 1), (10_860, 0)], 10_800, 10_800),
    ("from the second step", THREE, "a b c", {"from_step": 1}, [(7_200, 1), (7_260, 0)], 7_200, 7_200),
    ("any order", ANY, "a b c", {"to_step": 1, "order": "unordered"}, AUTO, 29_540, 3_600),
    ("strict", STRICT, "a b c", {"to_step": 1, "order": "strict"}, AUTO, 29_540, 3_600),
    ("nobody", THREE, "b a", {}, [], None, None),
]


@pytest.mark.parametrize(
    ("people", "asked", "body", "found", "mean", "median"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_bins(funnel, people, asked, body, found, mean, median) -> None:
    answer = funnel(people, asked, **WEEK, **body)
    assert (bins(answer), answer["mean_seconds"], answer["median_seconds"]) == (found, mean, median)


@pytest.mark.parametrize(
    "breakdown",
    [
        {"property": "person.role"},
        {"property": "role", "attribution": "all_events"},
        {"property": "role", "attribution": "step", "step": 1},
    ],
)
def test_a_breakdown_changes_nothing(funnel, breakdown) -> None:
    people = """
    ada[role=admin]: a@13h10m{role=x} b@13h11m{role=y}
    bob[role=user]: a@13h1m a@13h35m{role=x} b@13h41m
    cyd[role=user]: a@13h1m a@13h35m a@13h41m
    """
    answer = funnel(people, "a b", window="10 minute", view="time_to_convert", breakdown=breakdown)
    assert answer["mean_seconds"] == 210
    assert bins(answer) == [(60, 1), (210, 0), (360, 1)]


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
class TestBetweenSteps:
    def test_of_several_tries_the_furthest(self, funnel, order: str) -> None:
        people = "ada: a@1h b@2h c@3h a@2d4h b@2d5h a@3d7h b@3d10h"
        answer = funnel(people, "a b c", window="1 day", order=order)
        assert counts(answer)[0] == 1
        assert times(answer)[1] == times(answer, "median_seconds")[1] == 3_600

    def test_mean_and_median(self, funnel, order: str) -> None:
        people = "ada: a@12h b@13h c@15h\nbob: a@1d14h b@1d16h\ncyd: a@1d14h b@1d16h c@1d17h"
        answer = funnel(people, "a b c", window="7 day", order=order)
        assert times(answer) == [None, 6_000, 5_400]
        assert times(answer, "median_seconds") == [None, 7_200, 5_400]

    @pytest.mark.parametrize(
        ("window", "expected", "mean"), [("14 day", [3, 2], 600), ("5 minute", [3, 1], 300), ("4 minute", [3, 0], None)]
    )
    def test_within_a_window(self, funnel, order: str, window: str, expected: list[int], mean: float | None) -> None:
        people = "ada: a@1d14h b@1d14h5m\nbob: a@1d14h3m\ncyd: a@1d12h b@1d12h15m"
        answer = funnel(people, "a b", window=window, order=order)
        assert (counts(answer), times(answer)[1]) == (expected, mean)
