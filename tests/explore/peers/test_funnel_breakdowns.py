"""Whose value counts.

Facts and figures after PostHog\'s funnel tests; worlds and words are ours.
"""

import pytest

from tests.explore.funnels import by_value, counts, times

pytestmark = pytest.mark.django_db

NONE, OTHER = "(none)", "(other)"
WEEK = {"window": "7 day", "days": ("2021-05-01", "2021-05-08")}
BROWSERS = """
ada: signup@12h{b=Chrome} play@13h{b=Chrome} buy@15h{b=Chrome}
bob: signup@1d14h{b=Safari} play@1d16h{b=Safari}
cyd: signup@1d14h{b=Safari}
"""
TRAITS = """
ada[b=Chrome]: signup@12h play@13h buy@15h
bob[b=Safari]: signup@1d14h play@1d16h
"""
TOUCHES = """
ada: signup@12h{b=Chrome} buy@13h
bob: signup@13h buy@1d13h{b=Safari}
cyd: signup@1d14h{b=Mac} buy@1d15h
dan: signup@1d15h{b=0} buy@1d16h{b=alakazam}
"""
NOTHING_SET = "eve: signup@1d15h buy@1d16h\n"
UNFINISHED = """
ada: signup@12h{b=Chrome} buy@13h
bob: signup@13h
cyd: signup@1d14h{b=Mac}
dan: signup@1d15h{b=0} buy@1d16h{b=alakazam}
"""
CHOSEN = """
ada: signup@12h{b=Chrome,v=xyz} buy@13h{b=Chrome}
bob: signup@13h buy@1d13h{b=Safari,v=xyz}
cyd: signup@1d14h{b=Mac} buy@1d15h{b=Mac,v=xyz}
dan: signup@1d15h buy@1d16h
"""
FOUR_STARTS = "ada: signup@12h{b=Chrome} signup@13h{b=Safari} signup@1d14h{b=Mac} signup@1d15h{b=0}"
TWO_TRIES = "ada: signup@12h{b=Chrome} play@1d12h30m{b=Safari} signup@1d13h{b=Safari} play@1d14h{b=Safari}"
FIRST_SAFARI = "ada: signup@12h{b=Safari} play@1d12h30m{b=Safari} signup@1d13h{b=Chrome} play@1d14h{b=Safari}"
THREE_STEPS = "ada: a@0{b=Chrome} b@1s{b=Safari} b@2s{b=Chrome} c@3s{b=Chrome}"
AT_LAST = "ada: a@0 b@1m{b=x}\nbob: a@0 b@1m{b=y}\ncyd: a@0{b=z} b@1m"
FIRST, LAST, ALL = ({"attribution": name} for name in ("first_touch", "last_touch", "all_events"))


def at_step(step: int) -> dict[str, object]:
    return {"attribution": "step", "step": step}


CASES = [
    ("of events", BROWSERS, "signup play buy", {}, {"Chrome": [1, 1, 1], "Safari": [2, 1, 0]}),
    (
        "first touch",
        TOUCHES + NOTHING_SET,
        "signup buy",
        FIRST,
        {NONE: [1, 1], "0": [1, 1], "Chrome": [1, 1], "Mac": [1, 1], "Safari": [1, 1]},
    ),
    (
        "last touch",
        TOUCHES + NOTHING_SET,
        "signup buy",
        LAST,
        {NONE: [1, 1], "alakazam": [1, 1], "Chrome": [1, 1], "Mac": [1, 1], "Safari": [1, 1]},
    ),
    (
        "at the first step",
        TOUCHES,
        "signup buy",
        at_step(0),
        {NONE: [1, 1], "0": [1, 1], "Chrome": [1, 1], "Mac": [1, 1]},
    ),
    ("at the second step", TOUCHES, "signup buy", at_step(1), {NONE: [2, 2], "Safari": [1, 1], "alakazam": [1, 1]}),
    ("at a step not all did", UNFINISHED, "signup buy", at_step(1), {NONE: [1, 1], "alakazam": [1, 1]}),
    (
        "first touch of who is chosen",
        CHOSEN,
        "signup buy{v=xyz}",
        FIRST,
        {"Mac": [1, 1], "Chrome": [1, 0], "Safari": [1, 1], NONE: [1, 0]},
    ),
    ("at a step with a filter", CHOSEN, "signup buy{v=xyz}", at_step(1), {"Mac": [1, 1], "Safari": [1, 1]}),
    (
        "each start of one person",
        FOUR_STARTS,
        "signup other",
        at_step(0),
        {"0": [1, 0], "Chrome": [1, 0], "Mac": [1, 0], "Safari": [1, 0]},
    ),
    ("every value", TWO_TRIES, "signup play", ALL, {"Chrome": [1, 0], "Safari": [1, 1]}),
    ("every value of the first time", FIRST_SAFARI, "!signup play", ALL, {"Safari": [1, 1]}),
    ("three steps, first touch", THREE_STEPS, "a b c", FIRST, {"Chrome": [1, 1, 1]}),
    ("three steps, every value", THREE_STEPS, "a b c", ALL, {"Chrome": [1, 1, 1]}),
    ("three steps, at the first", THREE_STEPS, "a b c", at_step(0), {"Chrome": [1, 1, 1]}),
    ("three steps, at the second", THREE_STEPS, "a b c", at_step(1), {"Chrome": [1, 1, 1], "Safari": [1, 1, 1]}),
    ("three steps, at the third", THREE_STEPS, "a b c", at_step(2), {"Chrome": [1, 1, 1]}),
    ("values of the last step alone", AT_LAST, "a b", at_step(1), {"x": [1, 1], "y": [1, 1], NONE: [1, 1]}),
]


@pytest.mark.parametrize(
    ("people", "asked", "how", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_of_each_value(funnel, people: str, asked: str, how, expected: dict[str, list[int]]) -> None:
    answer = funnel(people, asked, breakdown={"property": "b", **how}, **WEEK)
    found = by_value(answer)
    assert {value: found.get(value, [0] * len(counts(answer))) for value in expected} == expected
    assert set(found) <= set(expected), "a value of which nothing is counted may be left out, no other be told"


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
def test_times_of_each_value(funnel, order: str) -> None:
    answer = funnel(BROWSERS, "signup play buy", breakdown={"property": "b"}, order=order, **WEEK)
    found = {each["value"]: times(each) for each in answer["breakdown"]}
    assert found == {"Chrome": [None, 3_600, 7_200], "Safari": [None, 7_200, None]}
    medians = {each["value"]: times(each, "median_seconds") for each in answer["breakdown"]}
    assert medians == found


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
def test_of_a_trait(funnel, behind, order: str) -> None:
    asked = {"breakdown": {"property": "person.b"}, "order": order, **WEEK}
    assert by_value(funnel(TRAITS, "signup play buy", **asked)) == {"Chrome": [1, 1, 1], "Safari": [1, 1, 0]}
    assert behind(TRAITS, "signup play buy", {"step": 1, "breakdown": "Safari"}, **asked) == ["bob"]
    assert behind(TRAITS, "signup play buy", {"step": 2, "breakdown": "Safari"}, **asked) == []


def test_who_has_a_value(behind) -> None:
    def who(step: int, value: str, how: dict[str, object], people: str = TOUCHES) -> list[str]:
        point = {"step": step, "breakdown": value}
        return behind(people, "signup buy", point, breakdown={"property": "b", **how}, **WEEK)

    assert who(0, NONE, FIRST, TOUCHES + NOTHING_SET) == ["eve"]
    assert who(0, "alakazam", LAST) == ["dan"]
    assert who(0, NONE, at_step(0)) == ["bob"]
    assert who(0, NONE, at_step(1)) == ["ada", "cyd"]
    assert who(1, "Safari", at_step(1)) == ["bob"]


def test_values_with_quotes(funnel, behind) -> None:
    people, asked = "ada: view{m=it's} view{m=it's}", {"breakdown": {"property": "m"}}
    assert by_value(funnel(people, "view view", **asked)) == {"it's": [1, 1]}
    assert behind(people, "view view", {"step": 1, "breakdown": "it's"}, **asked) == ["ada"]


def test_steps_choose_the_values(funnel) -> None:
    """Values of events that are no step, however many, don't push out the others."""
    noise = " ".join(f"signup@1d14h{{url=blog/{letter}}}" for letter in "abcdefghijklmnopqrst" * 2)
    people = f"ada: signup@1d14h{{url=docs}} pay@9d14h{{url=docs}} {noise}"
    answer = funnel(people, "signup{url=docs} pay", breakdown={"property": "url"})
    assert by_value(answer) == {"docs": [1, 1]}
    assert times(answer["breakdown"][0]) == [None, 691_200]


class TestManyValues:
    PEOPLE = "\n".join(
        f"p{value}x{copy}: a{{v={value}}} b{{v={value}}}" for value in range(1, 31) for copy in range(value)
    )

    @pytest.mark.parametrize("how", [FIRST, ALL, at_step(0), at_step(1)], ids=lambda how: how["attribution"])
    def test_those_of_most_people_are_shown(self, funnel, how) -> None:
        found = by_value(funnel(self.PEOPLE, "a b", breakdown={"property": "v", **how}))
        assert found == {str(value): [value] * 2 for value in range(6, 31)} | {OTHER: [1 + 2 + 3 + 4 + 5] * 2}

    def test_who_has_none_of_them(self, behind) -> None:
        point = {"step": 1, "breakdown": OTHER}
        assert len(behind(self.PEOPLE, "a b", point, breakdown={"property": "v"})) == 15

    def test_none_is_a_value_like_others(self, funnel, behind) -> None:
        people = f"{self.PEOPLE.splitlines()[0]}\nzoe: a b"
        assert by_value(funnel(people, "a b", breakdown={"property": "v"})) == {"1": [1, 1], NONE: [1, 1]}
        assert behind(people, "a b", {"step": 1, "breakdown": NONE}, breakdown={"property": "v"}) == ["zoe"]


class TestOrders:
    def test_in_any_order_every_value(self, funnel) -> None:
        people = "ada: signup@12h{b=Chrome} signup@1d13h{b=Safari} play@1d14h{b=Safari}"
        answer = funnel(people, "signup play", order="unordered", breakdown={"property": "b", **ALL}, **WEEK)
        assert by_value(answer) == {"Chrome": [1, 0], "Safari": [1, 1]}

    def test_in_any_order_the_first_step_is_whichever_comes_first(self, funnel, behind) -> None:
        asked = {"order": "unordered", "breakdown": {"property": "b", **at_step(0)}, **WEEK}
        assert by_value(funnel(TOUCHES, "signup buy", **asked)) == {
            "Chrome": [1, 1],
            "Mac": [1, 1],
            "Safari": [1, 0],
            "0": [1, 1],
            "alakazam": [1, 0],
            NONE: [3, 1],
        }
        assert behind(TOUCHES, "signup buy", {"step": 0, "breakdown": "Mac"}, **asked) == ["cyd"]

    def test_in_any_order_there_is_no_later_step(self, funnel) -> None:
        breakdown = {"property": "b", **at_step(1)}
        answer = funnel(TOUCHES, "signup buy", order="unordered", breakdown=breakdown, expect=400)
        assert "breakdown" in answer["errors"]

    def test_strict(self, funnel) -> None:
        people = """
        ada: signup@12h{b=Chrome} other@13h{b=Chrome} play@14h{b=Chrome}
        bob: signup@13h{b=Safari} play@14h{b=Safari}
        """
        answer = funnel(people, "signup play", order="strict", breakdown={"property": "b"}, **WEEK)
        assert by_value(answer) == {"Safari": [1, 1], "Chrome": [1, 0]}

    @pytest.mark.parametrize(("how", "expected"), [(FIRST, {"one": [1, 0]}), (ALL, {"one": [1, 0], "two": [1, 0]})])
    def test_strict_with_others_between(self, funnel, how, expected) -> None:
        people = "ada: first{v=one} first{v=two} no{v=one} no{v=two} second{v=one} second{v=two}"
        answer = funnel(people, "first second", order="strict", breakdown={"property": "v", **how})
        assert by_value(answer) == expected
