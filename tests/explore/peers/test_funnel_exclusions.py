"""Whom exclusions remove, in cases whose figures are known.

Facts and figures after PostHog\'s funnel tests; worlds and words are ours.
"""

import pytest

from tests.explore.funnels import counts, times, trend

pytestmark = pytest.mark.django_db

OPEN = """
ada: a@1h b@2h
bob: a@3h x@3h30m b@4h
cyd: a@5h x@6h
dan: a@7h x@1d8h
"""
BETWEEN = """
ada: a@1h b@2h x@3h c@4h x@4h30m d@5h x@5h30m e@6h
bob: a@1h b@2h c@4h x@4h30m d@5h x@5h30m e@6h
cyd: a@1h x@1h30m b@2h c@4h d@5h x@5h30m e@6h
"""
SEVERAL = """
ada: a@1h x@2h b@3h c@4h y@4h30m d@5h e@6h
bob: a@1h y@1h30m b@2h c@4h y@4h30m d@5h x@5h30m e@6h
cyd: a@1h x@1h30m b@2h c@4h d@5h x@5h30m e@6h
dan: a@1h b@2h c@4h d@5h e@6h
"""
PROPERTY = """
ada: a@0 x@1s{out=true} b@2s
bob: a@0 x@1s{out=yes} b@2s
cyd: a@0
dan: a@0 x@1s{out=false} b@2s
"""
INSTANT = "ada: z@0 " + "a@1m " * 30 + "x@1m b@1m c@2m"
TEN = {"window": "10 second"}

CASES = [
    ("nothing after it", OPEN, "a b", {"excluding": "x:0-1", "window": "1 day"}, [2, 1]),
    ("another start, much later", "ada: a@0 x@1s a@31s", "a b", {"excluding": "x:0-1", **TEN}, [1, 0]),
    ("only a later start is excluded", "ada: a@0 a@31s x@32s", "a b", {"excluding": "x:0-1", **TEN}, [1, 0]),
    ("both starts are excluded", "ada: a@0 a@1s x@2s", "a b", {"excluding": "x:0-1", **TEN}, [0, 0]),
    (
        "a clean attempt gets as far",
        "ada: a@0 x@1s b@31s a@1h b@1h29s",
        "a b",
        {"excluding": "x:0-1", "window": "30 second"},
        [1, 1],
    ),
    ("excluded after the window", "ada: a@0 x@11s b@12s", "a b", {"excluding": "x:0-1", **TEN}, [1, 0]),
    (
        "an excluded attempt got further",
        "ada: a@0 x@11s a@12s x@13s b@14s",
        "a b",
        {"excluding": "x:0-1", **TEN},
        [0, 0],
    ),
    ("by a property", PROPERTY, "a b", {"excluding": "x{out=true}:0-1 x{out=yes}:0-1", **TEN}, [2, 1]),
    ("between one and two", BETWEEN, "a b c d e", {"excluding": "x:0-1"}, [2] * 5),
    ("between two and three", BETWEEN, "a b c d e", {"excluding": "x:1-2"}, [2] * 5),
    ("between three and four", BETWEEN, "a b c d e", {"excluding": "x:2-3"}, [1] * 5),
    ("between four and five", BETWEEN, "a b c d e", {"excluding": "x:3-4"}, [0] * 5),
    ("between two and four", BETWEEN, "a b c d e", {"excluding": "x:1-3"}, [1] * 5),
    ("of two events", SEVERAL, "a b c d e", {"excluding": "x:0-1 y:2-3"}, [1] * 5),
    ("of two events in one place", SEVERAL, "a b c d e", {"excluding": "x:0-1 y:0-1"}, [1] * 5),
    ("of two events anywhere", SEVERAL, "a b c d e", {"excluding": "x:0-4 y:0-4"}, [1] * 5),
    ("at the instant of the later step", INSTANT, "z a b c", {"excluding": "x:0-1"}, [1, 1, 1, 1]),
    ("at the instant of both steps", INSTANT, "z a b c", {"excluding": "x:1-2"}, [1, 1, 1, 1]),
    ("at the instant of nothing else", "ada: a@0 x@1m x@1m b@2m", "a b", {"excluding": "x:0-1"}, [0, 0]),
]


@pytest.mark.parametrize(
    ("people", "asked", "body", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_how_many_are_left(funnel, people: str, asked: str, body, expected: list[int]) -> None:
    assert counts(funnel(people, asked, **body)) == expected


def test_time_is_that_of_the_clean_attempt(funnel) -> None:
    people = "ada: a@0 x@1s b@31s a@1h b@1h29s"
    assert times(funnel(people, "a b", excluding="x:0-1", window="30 second")) == [None, 29]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [("x:0-1", ["ada", "bob"]), ("x:1-2", ["bob", "cyd"]), ("x:2-3", ["cyd"]), ("x:3-4", []), ("x:1-3", ["cyd"])],
)
def test_who_is_left(behind, asked: str, expected: list[str]) -> None:
    assert behind(BETWEEN, "a b c d e", {"step": 0}, excluding=asked) == expected


TRENDS = [
    ("nothing after it", OPEN, "a b", {"excluding": "x:0-1", "window": "1 day"}, [(2, 1), (0, 0)]),
    (
        "a clean attempt gets as far",
        "ada: a@0 x@1s b@31s a@1h b@1h29s",
        "a b",
        {"excluding": "x:0-1", "window": "30 second"},
        [(1, 1), (0, 0)],
    ),
    ("another start, much later", "ada: a@0 x@1s a@31s", "a b", {"excluding": "x:0-1", **TEN}, [(1, 0), (0, 0)]),
    ("only a later start is excluded", "ada: a@0 a@31s x@32s", "a b", {"excluding": "x:0-1", **TEN}, [(1, 0), (0, 0)]),
    ("both starts are excluded", "ada: a@0 a@1s x@2s", "a b", {"excluding": "x:0-1", **TEN}, [(0, 0), (0, 0)]),
    ("excluded after the window", "ada: a@0 x@11s b@12s", "a b", {"excluding": "x:0-1", **TEN}, [(1, 0), (0, 0)]),
    (
        "an excluded attempt got further",
        "ada: a@0 x@11s a@12s x@13s b@14s",
        "a b",
        {"excluding": "x:0-1", **TEN},
        [(0, 0), (0, 0)],
    ),
    (
        "after the goal",
        "ada: a@0 b@1s c@3s a@4s b@5s x@6s c@7s",
        "a b c",
        {"excluding": "x:1-2", **TEN},
        [(1, 1), (0, 0)],
    ),
    (
        "done on the first day",
        "ada: a@0 b@1s a@1d4s x@1d5s b@1d6s",
        "a b",
        {"excluding": "x:0-1", **TEN},
        [(1, 1), (0, 0)],
    ),
    (
        "done on the second day",
        "ada: a@0 x@1s b@2s a@1d4s b@1d6s",
        "a b",
        {"excluding": "x:0-1", **TEN},
        [(0, 0), (1, 1)],
    ),
    (
        "done after it on the second day",
        "ada: a@0 a@1d30s x@1d31s b@1d32s",
        "a b",
        {"excluding": "x:0-1", **TEN},
        [(0, 0), (0, 0)],
    ),
    ("open on the second day", "ada: a@0 a@1d30s x@1d31s", "a b", {"excluding": "x:0-1", **TEN}, [(1, 0), (0, 0)]),
    (
        "open at a later step",
        "ada: a@0 b@1s a@1d4s b@1d5s x@1d6s",
        "a b c",
        {"excluding": "x:1-2", **TEN},
        [(1, 0), (0, 0)],
    ),
    ("by a property", PROPERTY, "a b", {"excluding": "x{out=true}:0-1 x{out=yes}:0-1", **TEN}, [(2, 1), (0, 0)]),
    (
        "after the last step looked at",
        "ada: a@0 b@1s x@2s c@3s",
        "a b c",
        {"excluding": "x:1-2", "to_step": 1},
        [(1, 1), (0, 0)],
    ),
]


@pytest.mark.parametrize(
    ("people", "asked", "body", "expected"), [case[1:] for case in TRENDS], ids=[case[0] for case in TRENDS]
)
def test_day_by_day(funnel, people: str, asked: str, body, expected: list[tuple[int, int]]) -> None:
    answer = funnel(people, asked, view="trend", days=("2021-05-01", "2021-05-02"), **body)
    assert trend(answer) == expected


class TestInAnyOrder:
    """An exclusion voids what was begun before it, unless all steps were done by then; who begins again counts."""

    CASES = [
        ("between the steps", "ada: a@1h b@2h\nbob: a@3h x@3h30m b@4h\ncyd: a@5h b@6h", "a b", "x:0-1", [3, 2]),
        ("after all", "ada: a@1h b@2h c@3h x@4h c@5h", "a b c", "x:0-2", [1, 1, 1]),
        ("after some", "ada: a@1h b@2h x@3h c@4h\nbob: a@1h b@2h c@3h", "a b c", "x:0-2", [2, 1, 1]),
        ("and nothing else", "ada: a@1h x@2h", "a b", "x:0-1", [0, 0]),
        ("once the window is over", "ada: a@1h b@2h x@15d3h", "a b c", "x:0-2", [1, 1, 0]),
        (
            "of two events",
            f"{SEVERAL}eve: a@1h x@1h30m b@2h x@2h30m c@4h y@4h30m d@5h x@5h30m e@6h",
            "a b c d e",
            "x:0-4 y:0-4",
            [5, 2, 1, 1, 1],
        ),
    ]

    @pytest.mark.parametrize(
        ("people", "asked", "out", "expected"), [c[1:] for c in CASES], ids=[case[0] for case in CASES]
    )
    def test_how_many_get_how_far(self, funnel, people: str, asked: str, out: str, expected: list[int]) -> None:
        days = ("2021-05-01", "2021-05-20")
        assert counts(funnel(people, asked, excluding=out, order="unordered", days=days)) == expected

    def test_day_by_day(self, funnel) -> None:
        people = "ada: a@10h b@11h x@12h c@13h\nbob: a@10h b@11h c@12h"
        window = {"window": "6 hour", "days": ("2021-05-01", "2021-05-01")}
        answer = funnel(people, "a b c", excluding="x:0-2", order="unordered", view="trend", to_step=1, **window)
        assert trend(answer) == [(2, 1)]

    def test_it_holds_for_the_whole_funnel(self, funnel) -> None:
        answer = funnel("ada: a b c", "a b c", excluding="x:0-1", order="unordered", expect=400)
        assert "exclusions" in answer["errors"]
