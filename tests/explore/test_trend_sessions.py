"""Trends of sessions: counted whole, on the day they start, by what happened in them."""

from typing import Any

import pytest

from tests.explore.conftest import event, session, values
from tests.metrics.world import World

pytestmark = pytest.mark.django_db


VISITS = World(
    identities={4: 1},
    events=[
        event(7, "2025-03-01T00:10", "deposit"),
        event(4, "2025-03-03T23:50", "page", type="page"),
        event(4, "2025-03-04T00:10", "deposit", platform="ios"),
        event(4, "2025-03-04T00:20", "deposit"),
        event(5, "2025-03-02T10:00", "page", type="page", session_id="long"),
        event(5, "2025-03-09T10:00", "deposit", session_id="long"),
        event(2, "2025-03-03T12:00", "deposit", device=8),
        event(3, "2025-03-03T12:01", "deposit", device=8),
    ],
    sessions=[
        session(7, "2025-02-28T23:50", "2025-03-01T00:10"),
        session(4, "2025-03-03T23:50", "2025-03-04T00:20"),
        session(5, "2025-03-02T10:00", "2025-03-09T10:00", session_id="long"),
        session(8, "2025-03-03T12:00", "2025-03-03T12:01", actor=3),
    ],
)
DEPOSITS = [{"event": "deposit", "measure": "sessions"}]


@pytest.fixture(autouse=True)
def world(use) -> None:
    use(VISITS)


def test_a_session_is_counted_whole_wherever_the_asked_days_end(ask) -> None:
    by_day = [1, 0, 1, 2, 0, 0]  # from 28 February on
    days = ["2025-02-28", "2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04", "2025-03-05"]
    for start, first in enumerate(days):
        for end, last in enumerate(days[start:], start):
            answer = ask(**{"from": first, "to": last}, series=DEPOSITS)
            assert values(answer) == [by_day[start : end + 1]], (first, last)


def test_a_session_belongs_to_the_day_it_starts_in_the_zone_asked_for(ask) -> None:
    assert values(ask(series=DEPOSITS, timezone="Europe/Berlin")) == [[1, 1, 1, 1]]
    assert values(ask(series=DEPOSITS, timezone="America/New_York")) == [[0, 1, 2, 0]]


def test_the_people_behind_sessions_are_those_whose_sessions_start_then(ask) -> None:
    def behind(**body: Any) -> list[str]:
        answer = ask("trend/people", series=DEPOSITS, **body)
        assert answer["count"] == len(answer["results"])
        return [person["id"] for person in answer["results"]]

    assert behind(to="2025-03-03", point={"series": 0, "period": "2025-03-03"}) == ["1", "3"]
    assert behind(point={"series": 0, "period": "2025-03-04"}) == []
    assert behind(point={"series": 0, "period": "2025-03-02"}) == ["5"]
    assert behind(point={"series": 0, "period": "2025-03-01"}) == []
    week = {"grain": "week", "point": {"series": 0, "period": "2025-02-24"}}
    assert values(ask(grain="week", series=DEPOSITS)) == [[1, 2]]
    assert behind(**week) == ["5"]
    ios = {"series": 0, "period": "2025-03-03", "breakdown": "ios"}
    answer = ask(series=DEPOSITS, breakdown="platform")
    assert {line["breakdown"]: line["values"] for line in answer["series"]} == {
        "web": [0, 1, 2, 0],
        "ios": [0, 0, 1, 0],
    }
    assert behind(breakdown="platform", point=ios) == ["1"]
