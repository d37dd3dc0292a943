"""Rolling counts of trends held to figures of PostHog's tests of its own: their worlds and numbers."""

from typing import Any

import pytest

from tests.explore.conftest import values
from tests.explore.peers.cases import asked, at_times, parts, told, visits, where
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

ACTIVE = [
    *at_times({1: ["2020-01-03T11:00", "2020-01-03T12:00", "2020-01-12T12:00"]}, properties={"key": "val"}),
    *at_times({2: ["2020-01-09T12:00", "2020-01-10T12:00"], 3: ["2020-01-11T12:00"]}, properties={"key": "bor"}),
    *at_times({2: ["2020-01-11T12:00"], 3: ["2020-01-09T12:00"]}, properties={"key": "val"}),
]

ROLLING = [1, 3, 2, 2, 3, 3, 3, 3, 3, 3, 1, 0]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (asked("2020-01-08", "2020-01-19", "page", "wau"), ROLLING),
        (asked("2019-12-29", "2020-01-18", "page", "wau", grain="week", week_start=6), [1, 2, 1]),
        (asked("2020-01-09T06:00", "2020-01-09T17:00", "page", "wau", grain="hour"), [1] * 6 + [3] * 6),
        (asked("2020-01-10T10:00", "2020-01-10T12:00", "page", "wau", grain="hour"), [3, 3, 2]),
        (asked("2020-01-02", "2020-01-04", "page", "mau"), [0, 1, 1]),
        (asked("2020-02-01", "2020-02-03", "page", "mau"), [3, 3, 3]),
        (asked("2020-02-02T10:00", "2020-02-02T12:00", "page", "mau", grain="hour"), [3, 3, 3]),
        (asked("2020-02-10T11:00", "2020-02-10T12:00", "page", "mau", grain="hour"), [3, 1]),
        (asked("2020-02-08", "2020-02-12", "page", "mau"), [3, 3, 1, 0, 0]),
    ],
)
@pytest.mark.parametrize("filters", [[], where("key", "is_set")], ids=["by name", "by the engine"])
def test_rolling_counts(ask, use, body: dict[str, Any], expected: list[int], filters: list[Any]) -> None:
    use(World(events=ACTIVE))
    assert values(ask(**body, filters=filters)) == [expected]
    for place in {0, len(expected) - 1}:
        point = {"series": 0, "period": ask(**body)["periods"][place]}
        assert ask("trend/people", **body, filters=filters, point=point)["count"] == expected[place]


def test_rolling_counts_of_a_whole_week_of_hours(ask, use) -> None:
    """An hour covers itself and the 167 after it."""
    use(World(events=at_times({1: ["2020-01-03T10:59:59"], 2: ["2020-01-03T11:00"], 3: ["2020-01-03T11:00:01"]})))
    for filters in ([], where("session_id", "is_not_set")):
        body = asked("2020-01-03", "2020-01-11T17:00", "page", "wau", grain="hour", filters=filters)
        [found] = values(ask(**body))
        assert (sum(found), found[10], found[178]) == (24 * 7 * 3, 1, 2)
        assert set(found[11:178]) == {3}


def test_rolling_counts_of_some(ask, use) -> None:
    days = at_times({1: ["2020-01-09T12:00"], 2: ["2020-01-10T12:00"], 3: ["2020-01-11T12:00"]})
    use(World(events=days + [told(who, "2020-01-01", name=f"n{who}") for who in (1, 2, 3)]))
    body = asked("2020-01-01", "2020-01-12", "page", "wau", filters=where("person.name", "in", ["n1", "n2"]))
    assert values(ask(**body)) == [[0] * 8 + [1, 2, 2, 2]]


def test_parts_of_rolling_counts(ask, use) -> None:
    use(World(events=ACTIVE))
    found = dict(parts(ask(**asked("2020-01-11", "2020-01-11", "page", "wau", breakdown="key"))))
    assert found == {"bor": [2], "val": [2]}
    traits = {1: ("a", "yes"), 2: ("c", "no"), 3: ("b", "yes")}
    use(
        World(
            events=at_times({who: ["2020-01-02T13:01", "2020-01-03T13:01"] for who in traits}, "signup")
            + [told(who, "2020-01-01", part=part, keep=keep) for who, (part, keep) in traits.items()]
        )
    )
    body = asked("2019-12-28", "2020-01-04", measure="mau", breakdown="person.part")
    found = dict(parts(ask(**body, filters=where("person.keep", "is", "yes"))))
    assert found == {"a": [0] * 5 + [1, 1, 1], "b": [0] * 5 + [1, 1, 1]}


def test_people_of_seven_days(ask, use) -> None:
    use(World(events=at_times({day: [f"2023-04-{day}T16:00"] for day in range(17, 24)})))
    body = asked("2023-04-24", "2023-05-01", "page", "wau")
    found = ask("trend/people", **body, point={"series": 0, "period": "2023-04-28"})
    assert [person["id"] for person in found["results"]] == ["22", "23"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (asked("2020-01-09", "2020-01-20", "page", "wau"), [1, 1, 2, 3, 3, 3, 4, 4, 4, 4, 2, 2]),
        (asked("2020-01-09", "2020-01-20", "page", "mau"), [1, 1, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4]),
        # On a period's last day, though it lies beyond the days asked for.
        (asked("2020-01-09", "2020-01-20", "page", "wau", grain="week", week_start=6), [2, 4, 1]),
        (asked("2019-12-31", "2020-02-01", "page", "mau", grain="month"), [0, 4, 0]),
    ],
)
@pytest.mark.parametrize("filters", [[], where("browser", "is_set")], ids=["by name", "by the engine"])
def test_rolling_counts_of_periods(ask, use, body: dict[str, Any], expected: list[int], filters: list[Any]) -> None:
    use(World(events=visits()))
    answer = ask(**body, filters=filters)
    assert values(answer) == [expected]
    point = {"series": 0, "period": answer["periods"][-1]}
    assert ask("trend/people", **body, filters=filters, point=point)["count"] == expected[-1]
