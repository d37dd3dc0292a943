"""The lifecycle held to figures of PostHog's tests of its own: their worlds and numbers, in this product's words."""

from typing import Any

import pytest

from tests.explore.conftest import event
from tests.explore.peers.cases import at_times, having, told, where
from tests.explore.test_lifecycle import counts
from tests.metrics.world import Row, World

pytestmark = pytest.mark.django_db


def of_january(days: dict[int, list[int]], name: str = "page") -> list[Row]:
    return at_times({who: [f"2020-01-{day:02}T12:00" for day in days[who]] for who in days}, name)


ASKED: dict[str, Any] = {"from": "2020-01-12", "to": "2020-01-19", "selector": {"event": "page"}, "grain": "day"}
FIRST, OTHERS = {1: [11, 12, 13, 15, 17, 19]}, {2: [9, 12], 3: [12], 4: [15]}
EVERYONE = of_january(FIRST | OTHERS)
WEEKS = at_times(
    {
        1: [f"2020-{day}T12:00" for day in ("02-01", "02-05", "02-10", "02-15", "02-27", "03-02")],
        2: ["2020-02-11T12:00", "2020-02-18T12:00"],
        3: ["2020-02-12T12:00"],
        4: ["2020-02-27T12:00"],
    }
)
MONTHS = at_times(
    {
        1: [f"2020-{day}T12:00" for day in ("01-11", "02-12", "03-13", "05-15", "07-17", "09-19")],
        2: ["2019-12-09T12:00", "2020-02-12T12:00"],
        3: ["2020-02-12T12:00"],
        4: ["2020-05-15T12:00"],
    }
)
NEAR_MIDNIGHT = [*at_times({1: ["2020-01-11T23:00", "2020-01-12T01:00"]}), *of_january({1: [13, 15, 17, 19]} | OTHERS)]
NUMBERED = [having(row, number=1) for row in of_january(FIRST)] + of_january(OTHERS)
NAMED = [*EVERYONE, told(1, "2020-01-11T12:00", name="one", email="test@example.com")]
NUMBER_1 = where("number", "is", "1")
# new, returning, resurrected, dormant
ALL = [[1, 0, 0, 1, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0], [1, 0, 0, 1, 0, 1, 0, 1], [0, 2, 1, 0, 2, 0, 1, 0]]
THE_FIRST = [[0] * 8, [1, 1, 0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 0, 1, 0, 1], [0, 0, 1, 0, 1, 0, 1, 0]]
OF_WEEKS = [[0, 2, 0, 1, 0, 0], [1, 1, 1, 0, 1, 0], [0, 0, 0, 1, 0, 0], [0, 0, 2, 1, 1, 1]]
BY_WEEK = {"grain": "week", "from": "2020-02-05", "to": "2020-03-09"}


@pytest.mark.parametrize(
    ("events", "asked", "expected"),
    [
        (EVERYONE, {}, ALL),
        (
            EVERYONE,
            {"from": "2020-01-09"},
            [
                [1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0],
                [0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0],
                [0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1],
                [0, 1, 0, 0, 2, 1, 0, 2, 0, 1, 0],
            ],
        ),
        (EVERYONE, {"to": "2020-01-14"}, [row[:3] for row in ALL]),
        (
            of_january(FIRST | {2: [9, 12]}) + of_january({3: [12], 4: [15]}, "other"),
            {"selector": {"event": None}},
            ALL,
        ),
        (NUMBERED, {"filters": NUMBER_1}, THE_FIRST),
        (NUMBERED, {"selector": {"event": "page", "filters": NUMBER_1}}, THE_FIRST),
        (NAMED, {"selector": {"event": "page", "filters": where("person.name", "is", "one")}}, THE_FIRST),
        (
            NAMED,
            {"filters": where("person.email", "is_not", "test@example.com")},
            [[1, 0, 0, 1, 0, 0, 0, 0], [0] * 8, [1, 0, 0, 0, 0, 0, 0, 0], [0, 2, 0, 0, 1, 0, 0, 0]],
        ),
        (WEEKS, BY_WEEK | {"week_start": 6}, OF_WEEKS),
        (WEEKS, BY_WEEK, OF_WEEKS),
        (
            EVERYONE,  # whole weeks and months, of days within them
            {"grain": "week", "week_start": "sunday", "from": "2020-01-14"},
            [[2, 0], [2, 1], [0, 0], [0, 3]],
        ),
        (EVERYONE, {"grain": "month", "from": "2020-01-14"}, [[4], [0], [0], [0]]),
        (MONTHS, {"grain": "month", "from": "2020-02-01", "to": "2020-09-01"}, ALL),
        (NEAR_MIDNIGHT, {}, ALL),
        (
            NEAR_MIDNIGHT,
            {"timezone": "US/Pacific"},
            [[1, 0, 0, 1, 0, 0, 0, 0], [0] * 8, [1, 1, 0, 1, 0, 1, 0, 1], [1, 2, 1, 0, 2, 0, 1, 0]],
        ),
        (
            at_times({1: ["2025-03-09T12:00"]}),  # clocks change on that day
            {"from": "2025-03-09T00:00+00:00", "to": "2025-03-12T00:00+00:00", "timezone": "US/Pacific"},
            [[0, 1, 0, 0], [0] * 4, [0] * 4, [0, 0, 1, 0]],
        ),
    ],
)
def test_counts(ask, use, events: list[Row], asked: dict[str, Any], expected: list[list[int]]) -> None:
    use(World(events=events))
    assert counts(ask("lifecycle", **ASKED | asked)) == expected


def test_two_ids_of_one_person(ask, use) -> None:
    use(World(events=[*of_january({1: [12, 15, 17, 19]}), event(2, "2020-01-14T12:00", "page")], identities={2: 1}))
    assert counts(ask("lifecycle", **ASKED)) == [
        [1, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 1, 0, 1],
        [0, 1, 0, 0, 1, 0, 1, 0],
    ]
