"""How many get where, in cases whose figures are known.

Facts and figures after PostHog\'s funnel tests; worlds and words are ours.
"""

import pytest

from tests.explore.funnels import counts, times
from tests.explore.peers.journeys import SINCE

pytestmark = pytest.mark.django_db

FIVE = """
ada: signup
bob: signup pay
cyd: signup@0 | pay@1m watch@2m
dan: watch
eve: pay signup watch
"""
VIEWS = "\n".join(f"p{number}: signup " + "view " * number for number in range(5))
OUT_OF_ORDER = """
ada: view@0 | signup@1m
bob: signup view
cyd: view signup other view
dan: other view other view signup view
eve: signup view other view view view
fay: view other view view view
"""
URLS = """
ada: signup
bob: signup view{url=one}
cyd: signup view{url=one} other{url=one} view{url=two}
dan: signup view{url=one} view{url=two} view{url=two} other
eve: signup view{url=one} other view{url=two} view{url=one} view{url=two}
"""
TIMED_OUT = "\n".join(f"p{number}: one@0 two@{1 if number < 10 else 9}d" for number in range(25))
SECONDS = "\n".join(f"p{number}: one@0 two@{10 if number < 10 else 20}s" for number in range(25))
ALIKE = "a b b c c d b c d a"
TWICE = "ada: signup@-1d signup@1h other@2h\nbob: signup@1h"
WOAH = "ada: one@19d one@20d{said=woah} two@22d\nbob: one@21d14h"
FIRST = "2024-03-22"
IDS = "ada: view@13h view@14h | view@-365d\nbob: view@13h | view@14h\ncyd: view@15h"
OPTIONAL = """
ada: one@0
bob: one@0 two@1m three@2m
cyd: one@0 three@2m
dan: one@0 two@1m three@2m four@3m five@4m
eve: one@0 two@1m three@2m five@4m
fay: one@0 three@2m four@3m
gil: one@0 three@2m four@3m five@4m
hal: one@0 three@2m five@4m
"""
SAME = """
ada: a
bob: a a
cyd: a a a
dan: a a{url=x} a
"""

CASES = [
    ("merged and in the wrong order", FIVE, "signup pay watch", {}, [4, 2, 1]),
    ("two steps of these", FIVE, "signup watch", {}, [4, 2]),
    ("any event thrice", "a: x\nb: x y\nc: x y\nd: y\ne: y x y", "* * *", {}, [5, 3, 1]),
    ("a step skipped", "ada: signup watch", "signup pay watch", {}, [1, 0, 0]),
    ("a step twice", "ada: signup signup\nbob: signup", "signup signup", {}, [2, 1]),
    ("twice, within weeks", "ada: signup signup\nbob: signup", "signup signup", {"window": "2 week"}, [2, 1]),
    ("twice, within an hour", "ada: signup signup\nbob: signup", "signup signup", {"window": "1 hour"}, [2, 1]),
    ("the same with a filter", "ada: s{k=v} s\nbob: s{k=v}", "s{k=v} s", {}, [2, 1]),
    ("views one after the other", VIEWS, "signup view view view view", {}, [5, 4, 3, 2, 1]),
    ("views out of order", OUT_OF_ORDER, "signup view view view view", {}, [5, 4, 1, 1, 1]),
    ("steps by a filter", URLS, "signup view{url=one} view{url=two} view{url=two} view", {}, [5, 4, 3, 2, 0]),
    ("two filters on one event", "ada: one two{x=a}", "one two{x=a} two{x=c}", {}, [1, 1, 0]),
    ("any event with a filter", "ada: signup cart{saved=yes}", "signup *{saved=yes}", {}, [1, 1]),
    ("a window of a week", TIMED_OUT, "one two three", {"window": "7 day"}, [25, 10, 0]),
    ("a window of seconds", SECONDS, "one two three", {"window": "15 second"}, [25, 10, 0]),
    ("a window without end", "ada: cart", "signup cart", {"window": "3122064000 second"}, [0, 0]),
    ("eight days of fourteen", "ada: signup@14h pay@8d14h", "signup pay", {}, [1, 1]),
    ("all at one instant", "ada: " + "a@0 " * 20 + "b@1d", "a b", {}, [1, 1]),
    ("two steps at one instant", "ada: signup@2d view@2d\nbob: signup@2d", "signup view", {}, [2, 1]),
    ("ten steps at one instant", "ada: " + " ".join(f"{name}@0" for name in ALIKE.split()), ALIKE, {}, [1] * 10),
    ("names with quotes", "ada: test'1 test'2", "test'1 *", {}, [1, 1]),
    ("optional steps", OPTIONAL, "one two? three four? five", {}, [8, 3, 7, 3, 4]),
    ("the same event as optional", SAME, "a a? a{url=x} a", {}, [4, 2, 1, 1]),
    ("the first time", "ada: view view", "!view view", {}, [1, 1]),
    ("the first time twice", "ada: view view", "!view !view", {}, [1, 0]),
    ("then the first time", "ada: view view", "view !view", {}, [1, 0]),
    ("the first time, which matches", "ada: view{b=x} view{b=x}", "!view{b=x} view", {}, [1, 1]),
    ("an earlier first time", TWICE, "!signup other", {"days": ("2021-05-01", "2021-05-08")}, [1, 0]),
    ("the first that matches", WOAH, "!!one{said=woah} two", {"days": ("2021-05-20", "2021-05-24")}, [1, 1]),
    ("the first of all doesn't", WOAH, "!one{said=woah} two", {"days": ("2021-05-20", "2021-05-24")}, [0, 0]),
    ("once done long before", "ada: s@0 p@1m w@2m w@-400d", "s p !w", {}, [1, 1, 0]),
]


@pytest.mark.parametrize(
    ("people", "asked", "body", "expected"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_how_many_get_where(funnel, people: str, asked: str, body, expected: list[int]) -> None:
    assert counts(funnel(people, asked, **body)) == expected


@pytest.mark.parametrize(("first", "expected"), [(FIRST, [2, 1]), ("2023-03-22", [3, 1])])
def test_the_first_time_of_any_of_the_ids(funnel, first: str, expected: list[int]) -> None:
    assert counts(funnel(IDS, "!view view", since=FIRST, days=(first, FIRST))) == expected


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ({"step": 0}, ["ada", "bob", "cyd", "dan", "eve"]),
        ({"step": 1}, ["bob", "cyd", "dan", "eve"]),
        ({"step": 2}, ["eve"]),
        ({"dropped_before": 1}, ["ada"]),
        ({"dropped_before": 2}, ["bob", "cyd", "dan"]),
        ({"dropped_before": 3}, []),
    ],
)
def test_who_they_are(behind, point, expected: list[str]) -> None:
    assert behind(OUT_OF_ORDER, "signup view view view view", point) == expected


def test_pages_of_people(funnel) -> None:
    many = "\n".join(f"p{number}: one@0 two@2d three@4d" for number in range(110))
    asked = {"path": "funnel/people", "window": "7 day", "point": {"step": 0}}
    first, last = (funnel(many, "one two three", offset=offset, **asked) for offset in (0, 100))
    assert (len(first["results"]), len(last["results"]), first["count"]) == (100, 10, 110)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("browser", "is", "Safari")], [2, 1]),
        ([("person.email", "is", "hello@example.com")], [1, 1]),
        ([("person.email", "is_set", None)], [2, 1]),
        ([("person.email", "contains", "EXAMPLE.com"), ("browser", "is_not", "Chrome")], [1, 1]),
    ],
)
def test_filters_hold_for_every_step(funnel, filters, expected: list[int]) -> None:
    people = """
    ada[email=hello@example.com]: signup{browser=Safari} pay{browser=Safari}
    bob: signup pay
    cyd[email=cyd@example.org]: signup{browser=Safari} pay
    """
    asked = [{"property": name, "operator": operator, "value": value} for name, operator, value in filters]
    if filters[0][1] == "is_set":
        expected = [2, 2]
    assert counts(funnel(people, "signup pay", filters=asked)) == expected


@pytest.mark.parametrize(("zone", "expected"), [("UTC", [1, 0]), ("America/Los_Angeles", [0, 0])])
def test_days_are_those_of_the_time_zone(funnel, zone: str, expected: list[int]) -> None:
    assert counts(funnel("ada: signup@1h", "signup pay", timezone=zone)) == expected


@pytest.mark.parametrize("order", ["ordered", "strict", "unordered"])
def test_nearly_fourteen_days(funnel, order: str) -> None:
    answer = funnel("ada: a@15h10m b@14d14h27m", "a b", days=("2021-04-17", "2021-05-18"), order=order)
    assert counts(answer) == [1, 1]
    assert times(answer) == times(answer, "median_seconds") == [None, 1_207_020]


def test_both_ends_of_the_days_are_in_them(funnel) -> None:
    people = "ada: a@0 b@13d23h59m59s\nbob: a@0 b@14d\ncyd: a@-1s b@1d"
    assert counts(funnel(people, "a b")) == [2, 1]
    until = {"days": (SINCE, "2021-05-14T23:59:58")}
    assert counts(funnel(people, "a b", **until)) == [2, 0]
