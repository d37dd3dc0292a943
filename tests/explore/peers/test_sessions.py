"""Sessions beside PostHog's tests of its own: the same worlds, and where its figures differ, why.

There a session without length counts as one of 0 seconds, and a session that goes on for days is counted on each of
them; here the one is told apart, and the other belongs to the day on which it begins.
"""

from typing import Any

import pytest

from tests.explore.conftest import event, session, values
from tests.metrics.world import Row, World

pytestmark = pytest.mark.django_db

# Who, the session, its seconds, and the signups in it.
SHORT = [(1, "a", "2020-01-01T00:06:30", 5, [4, 5]), (2, "b", "2020-01-01T00:06:35", 10, [0, 10])]
SHORT += [(1, "c", "2020-01-01T00:06:45", 0, [0]), (1, "d", "2020-01-02T00:06:30", 15, [0, 15])]
HOURS = 3_600
LONG = [(1, "a", "2020-01-01T00:06:30", 48 * HOURS, [0, 24 * HOURS, 48 * HOURS])]
LONG += [(2, "b", "2020-01-01T00:06:35", 96 * HOURS, [0, 96 * HOURS])]


def world(told: list[tuple[int, str, str, int, list[int]]]) -> World:
    events: list[Row] = []
    sessions: list[Row] = []
    for who, name, start, seconds, signups in told:
        began = event(who, start, "began", session_id=name)
        events += [began] if signups[0] else []
        events += [
            began | {"event": "signup", "at_us": began["at_us"] + after * 10**6, "message_id": f"{name}{after}"}
            for after in signups
        ]
        row = session(who, start, start, session_id=name, active_events=len(signups) + bool(signups[0]))
        sessions.append(row | {"end_us": row["start_us"] + seconds * 10**6})
    return World(events=events, sessions=sessions)


def counted(ask, **body: Any) -> list[list[float]]:
    return values(ask(series=[{"event": "signup", "measure": "sessions"}], **body))


def test_lengths_are_of_sessions_that_have_one(ask, use) -> None:
    use(world(SHORT))
    answer = ask("sessions", **{"from": "2019-12-28", "to": "2020-01-04"})
    assert (answer["count"], answer["median_seconds"], answer["mean_seconds"]) == (4, 10, 10)  # there 7.5: with the 0
    assert answer["p90_seconds"] == pytest.approx(14)
    assert answer["rates"]["bounce_rate"] == {"numerator": 1, "denominator": 4}
    first = ask("sessions", **{"from": "2020-01-01", "to": "2020-01-01"})
    assert (first["count"], first["median_seconds"], first["people"]) == (3, 7.5, {"all": 2, "bounced": 1})


def test_sessions_of_a_day(ask, use) -> None:
    use(world(SHORT))
    days = {"from": "2019-12-31", "to": "2020-01-03"}
    assert counted(ask, **days) == [[0, 3, 1, 0]]
    assert counted(ask, **days, grain="week", week_start=6) == [[4]]
    assert counted(ask, **days | {"from": "2020-01-01", "to": "2020-01-01T01:00"}, grain="hour") == [[3, 0]]


def test_a_session_is_counted_on_the_day_it_begins(ask, use) -> None:
    use(world(LONG))
    assert counted(ask, **{"from": "2019-12-31", "to": "2020-01-06"}) == [[0, 2, 0, 0, 0, 0, 0]]
    answer = ask("sessions", **{"from": "2020-01-01", "to": "2020-01-01"})
    assert answer["median_seconds"] == 72 * HOURS
