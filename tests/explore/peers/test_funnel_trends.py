"""Day by day.

Facts and figures after PostHog\'s funnel tests; worlds and words are ours.
"""

import pytest

from tests.explore.funnels import trend

pytestmark = pytest.mark.django_db

SAMPLE = """
ada: a@0 b@2d c@4d
bob: a@1d b@3d
cyd: a@5d
dan: other@5d
eve: a@1h b@2h c@3h
fay: a@0 b@2d c@4d
gil: a@1d b@3d
"""
RUNS = """
ada: a@1h b@2h c@3h a@2d1h b@2d2h a@3d11h b@3d12h c@3d13h
bob: a@3d18h
"""
STRICT = """
ada: a@1h b@2h c@3h a@2d1h b@2d2h other@2d2h30m c@2d3h a@3d11h b@3d12h c@3d13h
bob: a@3d18h other@3d18h20m b@3d19h
"""
PARTS = """
ada: a@1h b@1d2h c@1d3h
bob: a@1h
cyd: b@1d2h c@1d3h
dan: a@1d1h b@1d2h
"""
DAY = ("2021-05-01", "2021-05-01")
TWO = ("2021-05-01", "2021-05-02")
FOUR = ("2021-05-01", "2021-05-04")
SEVEN = ("2021-05-01", "2021-05-07")
NOBODY = (0, 0)

CASES = [
    ("before the days asked for", "ada: a@-3h", {"days": SEVEN}, [NOBODY] * 7),
    ("one who stopped", "ada: a@19h", {"days": SEVEN}, [(1, 0), *[NOBODY] * 6]),
    (
        "one who stopped, elsewhere",
        "ada: a@19h",
        {"days": SEVEN, "timezone": "America/Los_Angeles"},
        [(1, 0), *[NOBODY] * 6],
    ),
    (
        "a week's window",
        SAMPLE,
        {"days": SEVEN, "window": "7 day"},
        [(3, 3), (2, 0), NOBODY, NOBODY, NOBODY, (1, 0), NOBODY],
    ),
    (
        "a day's window",
        SAMPLE,
        {"days": SEVEN, "window": "1 day"},
        [(3, 1), (2, 0), NOBODY, NOBODY, NOBODY, (1, 0), NOBODY],
    ),
    ("twice in a day", "ada: a@0 b@1h c@2h a@13h b@14h c@15h", {"days": DAY, "window": "1 day"}, [(1, 1)]),
    ("backwards", "ada: c@1h b@2h a@3h", {"days": DAY, "window": "1 day"}, [(1, 0)]),
    ("several runs", RUNS, {"days": FOUR, "window": "1 day"}, [(1, 1), NOBODY, (1, 0), (2, 1)]),
    ("strict", STRICT, {"days": FOUR, "window": "1 day", "order": "strict"}, [(1, 1), NOBODY, (1, 0), (2, 1)]),
    ("from the second step", PARTS, {"days": TWO, "window": "3 day", "from_step": 1}, [(1, 1), (1, 0)]),
    ("to the second step", PARTS, {"days": TWO, "window": "3 day", "to_step": 1}, [(2, 1), (1, 1)]),
    (
        "a window of hours",
        "ada: a@10h b@11h c@12h\nbob: a@10h b@11h c@14h",
        {"days": TWO, "window": "3 hour"},
        [(2, 1), NOBODY],
    ),
    ("out of order", "ada: a@19h c@20h b@21h", {"days": TWO, "to_step": 1}, [(1, 1), NOBODY]),
    (
        "a window without end",
        "ada: b@1d\nbob: a@2d",
        {"days": FOUR, "window": "3122064000 second"},
        [NOBODY, NOBODY, (1, 0), NOBODY],
    ),
]


@pytest.mark.parametrize(("people", "body", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_day_by_day(funnel, people: str, body, expected: list[tuple[int, int]]) -> None:
    assert trend(funnel(people, "a b c", view="trend", **body)) == expected


def test_rates_are_of_those_who_entered(funnel) -> None:
    answer = funnel(SAMPLE, "a b c", view="trend", days=SEVEN, window="1 day")
    assert [each["rate"] for each in answer["periods"][:3]] == [1 / 3, 0, None]
    assert [each["period"] for each in answer["periods"]] == [f"2021-05-0{day}" for day in range(1, 8)]


@pytest.mark.parametrize(("grain", "days", "number"), [("hour", ("2021-05-01", "2021-05-06"), 144), ("day", SEVEN, 7)])
def test_periods_without_anybody_are_told(funnel, grain: str, days: tuple[str, str], number: int) -> None:
    assert trend(funnel("ada: other", "a b c", view="trend", grain=grain, days=days)) == [NOBODY] * number


@pytest.mark.parametrize(("start", "first"), [(6, "2021-04-25"), (0, "2021-04-26")])
def test_weeks_are_whole(funnel, start: int, first: str) -> None:
    asked = {"view": "trend", "grain": "week", "days": SEVEN, "week_start": start}
    answer = funnel("ada: a@0 b@1h c@2h", "a b c", **asked)
    assert trend(answer) == [(1, 1), NOBODY]
    assert answer["periods"][0]["period"] == first


@pytest.mark.parametrize(("zone", "month"), [("UTC", "2020-05-01"), ("America/Los_Angeles", "2020-04-01")])
def test_months_are_those_of_the_time_zone(funnel, behind, zone: str, month: str) -> None:
    asked = {"view": "trend", "grain": "month", "days": ("2020-01-01", "2020-07-01"), "timezone": zone}
    people, since = "ada: a@0 b@1h c@2h", "2020-05-01"
    answer = funnel(people, "a b c", since=since, **asked)
    assert [each["period"] for each in answer["periods"]] == [f"2020-0{number}-01" for number in range(1, 8)]
    assert [each["period"] for each in answer["periods"] if each["converted"] == each["entered"] == 1] == [month]
    assert behind(people, "a b c", {"step": 2, "period": month}, since=since, **asked) == ["ada"]


@pytest.mark.parametrize(("zone", "expected"), [("UTC", [NOBODY, (3, 3)]), ("America/Los_Angeles", [(2, 2), (1, 1)])])
def test_days_are_those_of_the_time_zone(funnel, zone: str, expected: list[tuple[int, int]]) -> None:
    people = "ada: a@10h b@11h c@12h\nbob: a@1h b@2h c@3h\ncyd: a@1h b@10h c@11h"
    answer = funnel(people, "a b c", view="trend", days=("2021-04-30", "2021-05-07"), timezone=zone)
    assert trend(answer)[:2] == expected


def test_who_they_are(behind) -> None:
    asked = {"view": "trend", "days": FOUR, "window": "1 day"}
    day = {"period": "2021-05-04"}
    assert behind(RUNS, "a b c", {"dropped_before": 1, **day}, **asked) == ["bob"]
    assert behind(RUNS, "a b c", {"step": 2, **day}, **asked) == ["ada"]
    assert behind(RUNS, "a b c", {"step": 2, "period": "2021-05-02"}, **asked) == []


class TestOfEachValue:
    THREE = """
    ada: a@0{b=Chrome} b@2d{b=Chrome} c@4d{b=Chrome}
    bob: a@1d{b=Chrome} b@2d{b=Chrome} c@4d{b=Chrome}
    cyd: a@2d{b=Safari} b@3d{b=Safari} c@4d{b=Safari}
    """
    HALF = """
    ada: a@0{b=foo} b@2d{b=foo} c@4d{b=foo}
    bob: a@1d b@2d c@4d
    cyd: a@2d{b=foo} b@3d{b=foo} c@4d{b=foo}
    """
    TURNS = """
    ada: a@0{b=Chrome} a@1s{b=Safari} b@14s{b=Chrome} a@1d{b=Chrome} b@1d1s{b=Safari} b@1d14s{b=Chrome}
    """
    CHANGES = """
    ada: a@0{b=Chrome} b@1s{b=Chrome} c@2s{b=Safari} a@1d{b=Safari} b@1d1s{b=Safari} c@1d2s{b=Chrome}
    """
    FIRST, ALL = ({"attribution": name} for name in ("first_touch", "all_events"))

    def told(self, funnel, people: str, asked: str, how, **body) -> dict[str, list[tuple[int, int]]]:
        answer = funnel(people, asked, view="trend", breakdown={"property": "b", **how}, **body)
        return {each["value"]: trend(each) for each in answer["breakdown"]}

    def test_of_people(self, funnel) -> None:
        assert self.told(funnel, self.THREE, "a b c", {}, days=("2021-05-01", "2021-05-13"), window="7 day") == {
            "Chrome": [(1, 1), (1, 1), *[NOBODY] * 11],
            "Safari": [NOBODY, NOBODY, (1, 1), *[NOBODY] * 10],
        }

    @pytest.mark.parametrize(
        "how", [FIRST, {"attribution": "last_touch"}, ALL, {"attribution": "step", "step": 1}], ids=str
    )
    def test_where_nothing_is_set(self, funnel, how) -> None:
        assert self.told(funnel, self.HALF, "a b c", how, days=("2021-05-01", "2021-05-05")) == {
            "(none)": [NOBODY, (1, 1), NOBODY, NOBODY, NOBODY],
            "foo": [(1, 1), NOBODY, (1, 1), NOBODY, NOBODY],
        }

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            (FIRST, {"Chrome": [(1, 1), (1, 1)]}),
            (ALL, {"Chrome": [(1, 1), (1, 1)], "Safari": [(1, 0), NOBODY]}),
            ({"attribution": "step", "step": 0}, {"Chrome": [(1, 1), (1, 1)], "Safari": [(1, 1), NOBODY]}),
            ({"attribution": "step", "step": 1}, {"Chrome": [(1, 1), (1, 1)], "Safari": [(1, 0), (1, 1)]}),
        ],
    )
    def test_of_two_steps(self, funnel, how, expected) -> None:
        assert self.told(funnel, self.TURNS, "a b", how, days=TWO, window="30 second") == expected

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            (FIRST, {"Chrome": [(1, 1), (1, 1)]}),
            (ALL, {"Chrome": [(1, 0), NOBODY], "Safari": [NOBODY, (1, 0)]}),
            ({"attribution": "step", "step": 0}, {"Chrome": [(1, 1), NOBODY], "Safari": [NOBODY, (1, 1)]}),
            ({"attribution": "step", "step": 2}, {"Chrome": [(1, 0), (1, 1)], "Safari": [(1, 1), (1, 0)]}),
        ],
    )
    def test_of_three_steps(self, funnel, how, expected) -> None:
        assert self.told(funnel, self.CHANGES, "a b c", how, days=TWO, window="30 second") == expected

    @pytest.mark.parametrize(("how", "values"), [(FIRST, ["one"]), (ALL, ["one", "two"])])
    def test_strict_with_others_between(self, funnel, how, values: list[str]) -> None:
        people = "ada: f@1d{b=one} f@2d{b=two} no@3d{b=one} no@4d{b=two} s@5d{b=one} s@6d{b=two}"
        found = self.told(funnel, people, "f s", how, order="strict", days=SEVEN)
        assert sorted(found) == values
        assert sum(converted for each in found.values() for _, converted in each) == 0
