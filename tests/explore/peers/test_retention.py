"""Retention held to figures of PostHog's tests of its own: their worlds and numbers, in this product's words."""

from typing import Any

import pytest

from tests.explore.conftest import event
from tests.explore.peers.cases import at_times, day, having, later, on_days, told, where
from tests.explore.test_retention import padded, table
from tests.metrics.world import Row, World

pytestmark = pytest.mark.django_db

PAGE, SIGNUP, OTHER, ANY = {"event": "page"}, {"event": "signup"}, {"event": "other"}, {"event": None}
VISITS = [*on_days({1: [0, 1, 2, 5]}), event(6, day(5, 9), "page"), *on_days({1: [6], 2: [1, 2, 3, 6]})]
ALIAS = {6: 1}
Days = dict[int, list[int]]
DAILY: dict[str, Any] = {"from": "2020-06-10", "mode": "recurring", "grain": "day", "start": PAGE, "return": PAGE}
EVERY_OTHER = [having(row, some="value") if place % 2 == 0 else row for place, row in enumerate(VISITS)]
OF_ONE = [told(1, day(0), email="one@test.com"), told(2, day(1), email="two@test.com")]
BY_EMAIL = {"filters": where("person.email", "is", "one@test.com")}
SIGNUPS = [
    *on_days({5: [-5, -1], 1: [-1, 1, 2, 3, 4], 2: [-1], 3: [0], 4: [2]}, "signup"),
    *on_days({1: [0, 1, 2, 5], 2: [1, 2, 3, 6], 3: [1, 3, 4, 5], 4: [3, 5]}),
    event(6, day(5, 9), "page"),
    event(1, day(6), "page"),
]
ROLLING = on_days({1: [0, 3, 4, 4, 4], 2: [0, 1], 3: [1, 2, 3, 3, 3], 4: [3, 4], 5: [4]})


def marked(*places: int) -> list[Row]:
    """The visits, of which some have a property."""
    return [having(row, target="value") if place in places else row for place, row in enumerate(VISITS)]


def with_target(event: str = "page") -> dict[str, Any]:
    return {"event": event, "filters": where("target", "is", "value")}


TRIANGLES = [
    # start, return, how many and what else is asked; then the first rows
    pytest.param(
        on_days({1: [0, 1, 2, 3], 2: [0, 1, 2, 3], 3: [5]}, "other") + on_days({1: [5, 6], 2: [5]}),
        {"start": OTHER, "to": 6},
        [[2, 0, 0, 0, 0, 2, 1], [2, 0, 0, 0, 2, 1], [2, 0, 0, 2, 1], [2, 0, 2, 1], [], [1]],
        id="one event after another",
    ),
    pytest.param(
        on_days({1: [0, 1, 2, 3], 2: [0, 1, 2, 3], 3: [5]}, "other") + on_days({1: [5, 6], 2: [5]}),
        {"start": ANY, "return": ANY, "to": 6},
        [[2, 2, 2, 2, 0, 2, 1], [2, 2, 2, 0, 2, 1], [2, 2, 0, 2, 1], [2, 0, 2, 1], [], [3, 1], [1]],
        id="any event after any",
    ),
    pytest.param(
        on_days({1: [0, 1, 2, 3], 2: [0, 1, 2, 3]}, "signup") + on_days({1: [3], 2: [5]}, "other"),
        {"start": SIGNUP, "return": OTHER, "to": 6},
        [[2, 0, 0, 1, 0, 1], [2, 0, 1, 0, 1], [2, 1, 0, 1], [2, 0, 1]],
        id="a return on the day of another start",
    ),
    pytest.param(
        on_days({1: [0, 1, 2]}, "signup") + on_days({1: [2, 3]}, "other"),
        {"start": OTHER, "return": ANY, "mode": "first_time", "to": 2, "periods": 4},
        [[], [], [], [1]],
        id="what came before the first time",
    ),
    pytest.param(
        ROLLING,
        {"on_or_after": True, "minimum_occurrences": 3, "start": ANY, "return": ANY, "to": 5, "periods": 5},
        [[2, 1, 1], [1, 1], [3, 1], [3]],
        id="on or after with three events",
    ),
    pytest.param(
        EVERY_OTHER,
        {"filters": where("some", "is", "value"), "to": 10},
        [[1, 0, 1, 0, 0, 1], [1, 0, 1], [1, 0, 0, 1], [1], [], [1]],
        id="only some events",
    ),
    pytest.param(marked(0), {"start": with_target(), "to": 10}, [[1, 1, 1, 0, 0, 1, 1]], id="some starts"),
    pytest.param(
        marked(2, 3), {"start": with_target(), "mode": "first_time", "to": 10}, [[], [], [1, 0, 0, 1, 1]],
        id="first of some starts",
    ),
    pytest.param(
        marked(1), {"return": with_target(), "to": 10}, [[1, 1], [2], [2], [1], [], [1], [2]], id="some returns"
    ),
    pytest.param(
        marked(3), {"return": with_target(), "mode": "first_time", "to": 10}, [[1, 0, 0, 0, 0, 1], [1]],
        id="some returns after the first time",
    ),
    pytest.param(
        VISITS + OF_ONE,
        BY_EMAIL | {"to": 6},
        [[1, 1, 1, 0, 0, 1, 1], [1, 1, 0, 0, 1, 1], [1, 0, 0, 1, 1], [], [], [1, 1], [1]],
        id="one person by a trait",
    ),
    pytest.param(
        [*VISITS, *VISITS, *OF_ONE, event(1, day(3), "page")],
        BY_EMAIL | {"to": 6, "minimum_occurrences": 2},
        [[1, 1, 1, 0, 0, 1, 1], [1, 1, 0, 0, 1, 1], [1, 0, 0, 1, 1], [1, 0, 1, 1], [], [1, 1], [1]],
        id="a start takes one event, a return two",
    ),
    pytest.param(
        VISITS + OF_ONE,
        {"filters": where("person.email", "is_not", "one@test.com"), "to": 10},
        [[], [1, 1, 1, 0, 0, 1], [1, 1, 0, 0, 1], [1, 0, 0, 1], [], [], [1]],
        id="all but one person",
    ),
    pytest.param(
        SIGNUPS,
        {"start": SIGNUP, "mode": "first_time", "from": "2020-06-09", "to": 5},
        [[2, 1, 2, 2, 1, 0, 1], [1, 1, 0, 1, 1, 1], [], [1, 1, 0, 1]],
        id="first times before the days asked for",
    ),
    pytest.param(
        SIGNUPS,
        {"start": SIGNUP, "mode": "first_time", "grain": "week", "week_start": 6, "to": 5, "periods": 7},
        [[], [], [], [], [1, 0, 0], [4, 4]],
        id="first times by the week",
    ),
    pytest.param(
        [
            *(having(row, prop=prop) for row, prop in zip(on_days({1: [0, 1]}, "signup"), ["no", "yes"], strict=True)),
            *on_days({1: [2, 3]}),
        ],
        {"start": SIGNUP | {"filters": where("prop", "is", "yes")}, "mode": "first_time", "to": 5},
        [[], [1, 1, 1]],
        id="the first that matches, not the first of its name",
    ),
    pytest.param(
        on_days({1: [1], 2: [2], 3: [3]}, "signup") + on_days({1: [2, 2, 4], 2: [3, 3, 3, 5, 5], 3: [4]}),
        {"start": SIGNUP, "mode": "first_time", "minimum_occurrences": 2, "to": 7},
        [[], [1, 1], [1, 1, 0, 1], [1]],
        id="first times and two events of a day",
    ),
    pytest.param(
        on_days({1: [1], 2: [14], 3: [14]}, "signup") + on_days({1: [8, 15], 2: [8, 20], 3: [20, 50]}),
        {"start": SIGNUP, "mode": "first_time", "grain": "week", "week_start": 6, "to": 50},
        [[1, 1, 1], [], [2, 2, 0, 0, 0, 1]],
        id="weeks after the first time",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("events", "asked", "expected"), TRIANGLES)
def test_triangles(ask, use, events: list[Row], asked: dict[str, Any], expected: list[list[int]]) -> None:
    use(World(events=events, identities=ALIAS))
    body = DAILY | asked | {"to": day(asked["to"])[:10]}
    found = table(ask("retention", **body))
    assert found == padded(*expected, to=len(found))


def test_days_and_hours_of_a_time_zone(ask, use) -> None:
    near = at_times({1: ["2020-06-09T01:00", "2020-06-10T01:00", "2020-06-11T01:00"]})
    use(World(events=near + at_times({2: ["2020-06-16T01:00", "2020-06-16T09:00"]})))
    asked = DAILY | {"to": "2020-06-20", "periods": 11}
    assert table(ask("retention", **asked)) == padded([1, 1], [1], [], [], [], [], [1], to=11)
    pacific = ask("retention", **asked, timezone="US/Pacific")
    assert table(pacific) == padded([1], [], [], [], [], [1, 1], [1], to=11)
    hours = {1: [6, 7, 8, 10, 11, 14], 2: [6, 7, 8, 11, 12, 16]}
    events = at_times({who: [f"2020-06-10T{hour:02}:00" for hour in hours[who]] for who in hours})
    use(World(events=[later(row, hours=7) for row in events]))
    hourly = {"grain": "hour", "to": "2020-06-10T16:13", "timezone": "US/Pacific"}
    answer = ask("retention", **asked | hourly)
    assert answer["cohorts"][0]["period"] == "2020-06-10T06:00-07:00"
    assert table(answer)[:2] == [[2, 2, 2, 0, 1, 2, 1, 0, 1, 0, 1], [2, 2, 0, 1, 2, 1, 0, 1, 0, 1]]
    assert [row[0] for row in table(answer)] == [2, 2, 2, 0, 1, 2, 1, 0, 1, 0, 1]


def test_two_who_are_one(ask, use) -> None:
    """Each came every other month; together they came in every one."""
    months = [event(1 + n % 2, f"2020-{n:02}-10", "page") for n in range(1, 12)]
    use(World(events=months, identities={2: 1}))
    answer = ask("retention", **DAILY | {"grain": "month", "from": "2020-01-01", "to": "2020-11-10", "periods": 11})
    assert table(answer) == [[1] * (11 - cohort) for cohort in range(11)]


@pytest.mark.parametrize(
    ("events", "asked", "expected"),
    [
        (at_times({1: ["2020-06-10T23:00", "2020-06-11T01:00", "2020-06-11T23:00"]}), {}, [1, 1]),
        (
            at_times({1: ["2020-06-10T14:00", "2020-06-10T23:00"], 2: ["2020-06-10T23:00", "2020-06-11T22:00"]}),
            {"mode": "first_time"},
            [2, 0],
        ),
        (
            [
                having(event(1, "2020-06-10T10:00", "page"), browser="Safari"),
                *(having(row, browser="Chrome") for row in at_times({1: ["2020-06-10T14:00", "2020-06-11T13:00"]})),
                having(event(1, "2020-06-11T15:00", "page"), browser="Chrome"),
            ],
            {"mode": "first_time", "start": PAGE | {"filters": where("browser", "is", "Chrome")}},
            [1, 1],
        ),
        (
            at_times({1: ["2020-06-10T12:00"], 2: ["2020-06-10T12:00", "2020-06-11T13:00"]})
            + at_times({3: ["2020-06-10T12:00", "2020-06-11T13:00", "2020-06-11T14:00"]}),
            {"minimum_occurrences": 2},
            [3, 1],
        ),
        (
            [
                *(having(row, premium="true") for row in at_times({1: ["2020-06-10T14:00", "2020-06-11T13:00"]})),
                having(event(1, "2020-06-11T15:00", "page"), premium="false"),
            ],
            {name: PAGE | {"filters": where("premium", "is", "true")} for name in ("start", "return")},
            [1, 0],
        ),
        (
            at_times({1: ["2020-06-10T14:00", "2020-07-09T12:00", "2020-07-15T14:00"]}),
            {"grain": "month", "mode": "first_time", "periods": 3, "to": "2020-08-01"},
            [1, 1],
        ),
    ],
)
def test_windows_of_24_hours(ask, use, events: list[Row], asked: dict[str, Any], expected: list[int]) -> None:
    use(World(events=events))
    answer = ask("retention", **DAILY | {"window": "24h", "to": "2020-06-20"} | asked)
    assert answer["cohorts"][0]["returned"][:2] == expected


@pytest.mark.parametrize(
    ("days", "asked", "cohort", "expected"),
    [
        ({1: [0, 7]}, {"brackets": [1, 8, 10]}, 0, [1, 1, 0, 0]),
        ({1: [0, 12]}, {"brackets": [1, 4, 9, 13], "to": "2020-06-25"}, 0, [1, 0, 0, 1, 0]),
        ({1: [0, 2], 2: [3, 5]}, {"brackets": [1, 4, 8]}, 0, [1, 1, 0, 0]),
        ({1: [0, 2], 2: [3, 5]}, {"brackets": [1, 4, 8]}, 3, [1, 1, 0, 0]),
        ({1: [0, 8], 2: [0, 3]}, {"brackets": [1, 6, 11], "on_or_after": True}, 0, [2, 2, 1, 0]),
        ({1: [0, 21, 42]}, {"brackets": [1, 5, 9], "grain": "week", "to": "2020-10-01"}, 0, [1, 1, 1, 0]),
        ({1: [0, 61, 153]}, {"brackets": [1, 4, 7], "grain": "month", "to": "2021-02-10"}, 0, [1, 1, 1, 0]),
    ],
)
def test_brackets(
    ask, use, days: dict[int, list[int]], asked: dict[str, Any], cohort: int, expected: list[int]
) -> None:
    """There brackets are told by their lengths: 4, 10 and 3 days are days 1–4, 5–14 and 15–17."""
    use(World(events=on_days(days)))
    answer = ask("retention", **DAILY | {"to": "2020-06-20"} | asked)
    assert answer["cohorts"][cohort]["returned"] == expected
