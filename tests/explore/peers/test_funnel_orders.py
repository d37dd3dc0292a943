"""Steps without anything between them, and in any order.

Facts and figures after PostHog\'s funnel tests; worlds and words are ours.
"""

import pytest

from tests.explore.funnels import counts, times, trend

pytestmark = pytest.mark.django_db

STRICT = """
ada: signup
bob: view signup
cyd: signup view other insight
dan: insight other view signup
eve: view signup other view insight
fay: other signup other view
gil: other signup view insight other
hal: insight view
"""
FILTERED = """
ada: signup
bob: signup view
cyd: signup plan{k=val} plan{k=val2} view other insight
dan: other signup plan{k=val} view{k=val} other
eve: other signup plan{k=val} view other
fay: other signup plan{k=val} view page{k=val1}
gil: other signup plan{k=val} view signup page{k=val}
hal: other signup signup plan{k=val} view page{k=val}
"""
VALUES = "ada: first{v=one} first{v=two} none{v=one} none{v=two} second{v=one} second{v=two}"
ANY = """
ada: signup
bob: view signup
cyd: signup view other insight
dan: insight view signup
eve: view signup other insight
fay: other insight
gil: view other
hal: insight view
"""
FOUR = """
ada: signup
bob: view crying
cyd: signup view other insight
dan: insight crying signup
eve: view signup crying insight
fay: other insight
gil: view other
hal: insight view
"""

CASES = [
    ("strict", STRICT, "signup view insight", {"order": "strict"}, [7, 2, 1]),
    ("strict, by filters", FILTERED, "signup plan{k=val} view page{k=val}", {"order": "strict"}, [8, 6, 5, 1]),
    ("strict, with others between", VALUES, "first second", {"order": "strict"}, [1, 0]),
    ("strict, nothing but others", "ada: " + "signup " * 10, "view insight", {"order": "strict"}, [0, 0]),
    ("strict, at one instant", "ada: " + "a@0 " * 30 + "b@0 c@0", "a b c", {"order": "strict"}, [1, 1, 1]),
    ("any order", ANY, "signup view insight", {"order": "unordered"}, [8, 5, 3]),
    ("any order of four", FOUR, "signup view insight crying", {"order": "unordered"}, [8, 5, 3, 1]),
    ("any order, any event", "ada: signup cart{saved=yes}", "signup *{saved=yes}", {"order": "unordered"}, [1, 1]),
    ("any order, by filters", "ada: s{a=x} s{b=y}", "s{a=x} s{b=y}", {"order": "unordered"}, [1, 1]),
    ("any order, each a step", "ada: s s s", "s s s", {"order": "unordered"}, [1, 1, 1]),
]


@pytest.mark.parametrize(
    ("people", "asked", "body", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_how_many_get_where(funnel, people: str, asked: str, body, expected: list[int]) -> None:
    assert counts(funnel(people, asked, **body)) == expected


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ({"step": 1}, ["bob", "cyd", "dan", "eve", "hal"]),
        ({"dropped_before": 1}, ["ada", "fay", "gil"]),
        ({"step": 2}, ["cyd", "dan", "eve"]),
        ({"dropped_before": 2}, ["bob", "hal"]),
    ],
)
def test_who_did_them_in_any_order(behind, point, expected: list[str]) -> None:
    assert behind(ANY, "signup view insight", point, order="unordered") == expected


def test_who_did_nothing_between(behind) -> None:
    assert behind(STRICT, "signup view insight", {"step": 1}, order="strict") == ["cyd", "gil"]
    assert behind(STRICT, "signup view insight", {"step": 2}, order="strict") == ["gil"]


def test_times_when_nothing_lies_between(funnel) -> None:
    people = "ada: a@1d\nbob: a@1d b@1d1h\ncyd: a@1d b@1d2h c@1d4h"
    answer = funnel(people, "a b c", order="strict")
    assert counts(answer) == [3, 2, 1]
    assert times(answer) == [None, 5_400, 7_200]


def test_times_of_the_first_that_is_whole(funnel) -> None:
    people = """
    ada: a@1d
    bob: b@1d a@1d1h
    cyd: c@1d a@1d2h b@1d4h b@2d c@2d3h a@2d6h
    """
    answer = funnel(people, "a b c", order="unordered", window="1 day", days=("2021-05-01", "2021-05-07"))
    assert counts(answer) == [3, 2, 1]
    assert times(answer) == [None, 5_400, 7_200]


class TestTrendsInAnyOrder:
    """A period is that of the earliest event of the attempt."""

    ASKED = {"order": "unordered", "view": "trend", "window": "8 day", "days": ("2024-03-01", "2024-03-08")}
    SINCE = "2024-03-01"

    def people(self, *starts: range, last: str = "a@7d11h b@7d12h") -> str:
        def line(number: int, days: range) -> str:
            return f"p{number}: " + " ".join(f"c@{day}d10h" for day in days) + f" {last}"

        return "\n".join(line(number, days) for number, days in enumerate(starts))

    def test_each_day_on_which_they_begin(self, funnel) -> None:
        people = self.people(range(8), range(0, 8, 2), range(0, 8, 4), range(1), range(0))
        answer = funnel(people, "a b c", since=self.SINCE, **self.ASKED)
        assert trend(answer) == [(4, 4), (1, 1), (2, 2), (1, 1), (3, 3), (1, 1), (2, 2), (5, 1)]

    def test_from_the_second_step(self, funnel) -> None:
        people = self.people(range(8), last="a@7d11h") + "\n" + self.people(range(8))
        answer = funnel(people, "a b c", since=self.SINCE, from_step=1, to_step=2, **self.ASKED)
        assert trend(answer) == [(2, 1)] * 8

    def test_fewer_of_each_day_by_day(self, funnel) -> None:
        did = [f"c@{day}d10h" for day in range(8)]
        did += [f"b@{day}d11h" for day in range(4)] + [f"a@{day}d12h" for day in range(2)]
        answer = funnel("p: " + " ".join(did), "a b c", since=self.SINCE, from_step=1, to_step=2, **self.ASKED)
        assert trend(answer) == [(1, 1), (1, 1), (1, 0), (1, 0), *[(0, 0)] * 4]

    @pytest.mark.parametrize(
        ("grain", "expected"), [("month", [(5, 5)]), ("week", [(5, 5), (4, 4), (5, 5), (4, 4), (5, 5)])]
    )
    def test_by_weeks_and_months(self, funnel, grain: str, expected: list[tuple[int, int]]) -> None:
        days = (
            list(range(31)),
            [week + day for week in range(0, 31, 7) for day in (0, 3, 6)],
            [week + day for week in range(0, 31, 7) for day in (0, 4)],
            list(range(0, 31, 7)),
            list(range(0, 31, 14)),
        )
        people = "\n".join(
            f"p{number}: " + " ".join(f"c@{day}d10h" for day in each) + " a@30d11h b@30d12h"
            for number, each in enumerate(days)
        )
        asked = self.ASKED | {"window": "40 day", "days": ("2024-12-01", "2024-12-31"), "week_start": 6}
        assert trend(funnel(people, "a b c", since="2024-12-01", grain=grain, **asked)) == expected

    def test_several_runs(self, funnel, behind) -> None:
        people = """
        ada: a@1h c@2h b@3h b@2d1h a@2d2h c@3d11h a@3d12h b@3d13h
        bob: a@3d18h
        """
        asked = self.ASKED | {"window": "1 day", "days": ("2021-05-01", "2021-05-04")}
        assert trend(funnel(people, "a b c", **asked)) == [(1, 1), (0, 0), (1, 0), (2, 1)]
        day = {"period": "2021-05-04"}
        assert behind(people, "a b c", {"step": 2, **day}, **asked) == ["ada"]
