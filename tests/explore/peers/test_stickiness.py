"""Stickiness held to figures of PostHog's tests of its own: their worlds and numbers, in this product's words."""

from typing import Any

import pytest

from tests.explore.peers.cases import at_times, having, where
from tests.metrics.world import Row, World

pytestmark = pytest.mark.django_db


def of_january(days: dict[int, list[int]], name: str = "page") -> list[Row]:
    return at_times({who: [f"2020-01-{day:02}T12:00" for day in days[who]] for who in days}, name)


ASKED: dict[str, Any] = {"from": "2020-01-11", "to": "2020-01-20", "selector": {"event": "page"}, "grain": "day"}
DAYS = {1: [*range(11, 20)], 2: [11, 13, 15, 17, 19]}
BOTH = [
    *(having(row, browser="Chrome") for name in ("page", "left") for row in of_january({1: DAYS[1]}, name)),
    *(having(row, browser="Firefox") for name in ("page", "left") for row in of_january({2: DAYS[2]}, name)),
]
OFTEN = of_january({1: [11, 11, 13, 13, 15, 15, 17, 17, 17, 19], 2: [12, 12, 13, 13, 19]})
THREE = of_january({1: [11, 12, 13], 2: [11, 12], 3: [11]})
HOURS = at_times({1: [f"2020-01-11T{hour}:00" for hour in (12, 13, 14)], 2: ["2020-01-11T12:00", "2020-01-11T13:00"]})
CHROME = where("browser", "is", "Chrome")
THREE_DAYS = {"to": "2020-01-13", "cumulative": True}
OFTEN_DAYS = {"from": "2020-01-12", "to": "2020-01-20"}


def often(operator: str, value: int) -> dict[str, Any]:
    return {"occurrences": {"operator": operator, "value": value}}


@pytest.mark.parametrize(
    ("events", "asked", "expected"),
    [
        (BOTH, {}, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]),
        (BOTH, {"selector": {"event": None}}, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0]),
        (BOTH, {"grain": "hour", "to": "2020-01-12T00:00"}, [2] + [0] * 24),
        (BOTH, {"grain": "hour", "from": "2020-01-18", "to": "2020-01-20T12:00"}, [1, 1] + [0] * 59),
        (BOTH, {"interval_count": 2}, [0, 0, 0, 0, 2]),
        (of_january({1: DAYS[1], 2: [11, 13, 15]}), {"interval_count": 2}, [0, 0, 1, 0, 1]),
        (BOTH, {"grain": "week", "week_start": 6}, [0, 0, 2]),
        (BOTH, {"grain": "week", "week_start": 6, "from": "2019-12-24", "to": "2020-01-23"}, [0, 0, 2, 0, 0]),
        (BOTH, {"grain": "month"}, [2]),
        (BOTH, {"filters": CHROME}, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        (BOTH, {"selector": {"event": "page", "filters": CHROME}}, [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        (BOTH, {"from": "2020-01-12", "to": "2020-01-20"}, [0, 0, 0, 1, 0, 0, 0, 1, 0]),
        (BOTH, {"from": "2020-01-11", "to": "2020-01-19"}, [0, 0, 0, 0, 1, 0, 0, 0, 1]),
        (BOTH, {"from": "2020-01-01", "to": "2020-01-10"}, [0] * 10),
        (OFTEN, OFTEN_DAYS | often("gte", 2), [0, 1, 1, 0, 0, 0, 0, 0, 0]),
        (OFTEN, OFTEN_DAYS | often("lte", 1), [2, 0, 0, 0, 0, 0, 0, 0, 0]),
        (OFTEN, often("exact", 2), [0, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
        (OFTEN, often("is", 2), [0, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
        (THREE, THREE_DAYS, [3, 2, 1]),
        (THREE, {"to": "2020-01-13"}, [1, 1, 1]),
        ([], THREE_DAYS, [0, 0, 0]),
        (of_january({1: [11, 11, 12, 12, 13], 2: [11, 11, 12], 3: [11]}), THREE_DAYS | often("gte", 2), [2, 1, 0]),
        (
            HOURS,
            {"grain": "hour", "from": "2020-01-11T12:00", "to": "2020-01-11T14:00", "cumulative": True},
            [2, 2, 1],
        ),
    ],
)
def test_counts(ask, use, events: list[Row], asked: dict[str, Any], expected: list[int]) -> None:
    use(World(events=events))
    assert ask("stickiness", **ASKED | asked)["counts"] == expected
