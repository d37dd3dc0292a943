"""Sessions: of a small world by hand, of random ones by brute force, and the same as the rollups have."""

from datetime import date
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.explore.asking import Asking
from analytics.explore.conditions import Condition
from analytics.explore.kinds import sessions
from analytics.explore.kinds.sessions import Point, Sessions
from analytics.metrics.calendar import DAY_US, date_of
from analytics.metrics.registry import METRICS
from analytics.metrics.scope import scope
from tests.explore import naive_sessions
from tests.explore.conftest import at, event, session
from tests.explore.worlds import activity
from tests.metrics.world import World, day_row


def seen(actor: int, when: str) -> dict[str, Any]:
    return day_row(actor, at(when) // DAY_US, first_us=at(when))


WORLD = World(
    identities={4: 1},
    events=[
        event(1, "2025-03-03T09:00"),
        event(1, "2025-03-03T09:00:20", platform="ios"),
        event(4, "2025-03-05T09:00", platform="ios"),
        event(2, "2025-03-06T23:50"),
        event(2, "2025-03-07T00:20", platform="ios"),
        event(3, "2025-03-07T01:00"),
    ],
    sessions=[
        session(1, "2025-03-03T09:00", "2025-03-03T09:00:20", active_events=2),
        session(4, "2025-03-05T09:00", "2025-03-05T09:00", active_events=1),
        session(2, "2025-03-06T23:50", "2025-03-07T00:20", active_events=2),
        session(3, "2025-03-07T01:00", "2025-03-07T01:00", active_events=1),
    ],
    user_day=[
        seen(1, "2025-02-01T09:00"),
        seen(4, "2025-03-05T09:00"),
        seen(2, "2025-03-06T23:00"),
        seen(3, "2025-03-07T01:00"),
    ],
)
WEEK = {"from": "2025-03-03", "to": "2025-03-09"}


@pytest.mark.django_db
def test_a_week_by_hand(ask, use) -> None:
    use(WORLD)
    answer = ask("sessions", **WEEK)
    assert answer["count"] == 4
    assert (answer["median_seconds"], answer["mean_seconds"]) == (910, 910)  # of 20 s and 30 min
    assert answer["p90_seconds"] == pytest.approx(20 + 0.9 * 1780)
    assert answer["bounce_rate"] == 0.5
    assert answer["rates"]["bounce_rate"] == {"numerator": 2, "denominator": 4}
    # person 1: two in a week; 2, who came on the sixth: one in four days; 3: one in three
    assert answer["rates"]["per_person_per_week"]["denominator"] == 3
    assert answer["per_person_per_week"] == pytest.approx((2 + 7 / 4 + 7 / 3) / 3)
    assert answer["people"] == {"all": 3, "bounced": 2}
    assert {one["length"]: one["sessions"] for one in answer["lengths"] if one["sessions"]} == {
        "10–30 s": 1,
        "30–60 min": 1,
    }
    assert "sessions" in answer["sql"]


@pytest.mark.django_db
def test_filters_keep_sessions_that_hold_an_event_that_passes(ask, use) -> None:
    use(WORLD)
    ios = [{"property": "platform", "operator": "is", "value": "ios"}]
    answer = ask("sessions", **WEEK, filters=ios)
    assert answer["count"] == 3
    assert answer["median_seconds"] == 910  # a session that passes is measured whole
    assert answer["bounce_rate"] == pytest.approx(1 / 3)
    # An event past the last day is looked at, too: it lies in a session that began before.
    assert ask("sessions", **{"from": "2025-03-06", "to": "2025-03-06"}, filters=ios)["count"] == 1


@pytest.mark.django_db
def test_people_behind_sessions(ask, use) -> None:
    use(WORLD)
    for which, expected in [("all", ["1", "2", "3"]), ("bounced", ["1", "3"])]:
        answer = ask("sessions/people", **WEEK, point={"session": which})
        assert answer["count"] == len(expected)
    ask("sessions/people", expect=400, **WEEK, point={"session": "long"})
    ask("sessions/people", expect=403, role="viewer", **WEEK, point={"session": "all"})


@pytest.mark.django_db
def test_nothing_happened(ask, use) -> None:
    use(World())
    answer = ask("sessions", **WEEK)
    assert answer["count"] == 0
    assert all(
        answer[name] is None
        for name in ("median_seconds", "mean_seconds", "p90_seconds", "bounce_rate", "per_person_per_week")
    )
    assert answer["rates"]["per_person_per_week"] == {"numerator": 0, "denominator": 0}
    assert answer["people"] == {"all": 0, "bounced": 0}
    assert ask("sessions/people", **WEEK, point={"session": "all"})["count"] == 0


@pytest.mark.django_db
def test_weeks_end_today(ask, use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(WORLD)
    monkeypatch.setattr(sessions, "today", lambda zone: date(2025, 3, 6))
    answer = ask("sessions", **WEEK)
    assert answer["count"] == 3  # of what lies ahead nothing counts yet
    assert answer["per_person_per_week"] == pytest.approx((2 * 7 / 4 + 7) / 2)
    assert ask("sessions", **{"from": "2025-03-07", "to": "2025-03-09"})["count"] == 0


def test_a_session_of_somebody_who_was_somebody_else_at_its_start(duckdb: ibis.BaseBackend) -> None:
    """Then its person appears only on the day after it began, and was there all the same."""
    world = World(
        sessions=[session(7, "2025-03-09T23:50", "2025-03-10T00:10", active_events=2, actor=2)],
        user_day=[seen(1, "2025-03-09T23:50"), seen(2, "2025-03-10T00:10")],
    )
    day = date(2025, 3, 9)
    found = sessions.answer(Asking(world.on(duckdb)), Sessions(first=day, last=day))
    assert (found["count"], found["per_person_per_week"]) == (1, 7)


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


days = st.tuples(st.integers(20_154, 20_159), st.integers(0, 4)).map(
    lambda span: (date_of(span[0]), date_of(sum(span)))
)
zones = st.sampled_from(["UTC", "America/New_York"])
IOS = Condition("platform", "is", "ios")


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=activity(), days=days, zone=zones, filtered=st.booleans())
def test_equals_brute_force(duckdb, world: World, days: tuple[date, date], zone: str, filtered: bool) -> None:
    question = Sessions(first=days[0], last=days[1], timezone=zone, filters=(IOS,) if filtered else ())
    asking = Asking(world.on(duckdb))
    found = sessions.answer(asking, question)
    found["lengths"] = [one["sessions"] for one in found["lengths"]]
    passes = (lambda row: row["platform"] == "ios") if filtered else None
    expected = naive_sessions.answer(world, *days, zone, passes)
    for name, rate in expected.pop("rates").items():
        assert found["rates"][name] == pytest.approx(rate), name
    for name, value in expected.items():
        assert found[name] == (pytest.approx(value) if isinstance(value, float) else value), name
    for which, count in expected["people"].items():
        behind = sessions.people(asking, question, Point(which)).select("person").distinct()
        assert behind.count().to_pyarrow().as_py() == count


@pytest.mark.parametrize("platform", ["", "web"])
def test_the_same_figures_as_the_rollups(duckdb: ibis.BaseBackend, platform: str) -> None:
    """A week in the project's zone; the platform is a session's first event's there, so of sessions on one platform."""
    rows = [(row | {"platform": "web"}) for row in WORLD.sessions]
    world = World(identities=WORLD.identities, sessions=rows, user_day=WORLD.user_day, events=[])
    for row, day in zip(rows, ("03", "05", "06", "07"), strict=True):
        row["day"] = at(f"2025-03-{day}") // DAY_US
    tables = world.on(duckdb)
    first, last = (at(day) // DAY_US for day in WEEK.values())
    found = sessions.answer(Asking(tables), Sessions(first=date_of(first), last=date_of(last)))
    asked = scope(tables, first, last, "week", where={"platform": platform} if platform else {})

    def rolled(metric: str) -> dict[str, Any]:
        [row] = METRICS[metric].table(asked).to_pyarrow().to_pylist()
        return row

    assert found["count"] == rolled("sessions")["value"]
    assert found["median_seconds"] == rolled("session_length_median")["value"]
    assert found["p90_seconds"] == rolled("session_length_p90")["value"]
    for metric, rate in [("bounce_rate", "bounce_rate"), ("sessions_per_week", "per_person_per_week")]:
        row = rolled(metric)
        expected = {"numerator": pytest.approx(row["numerator"]), "denominator": row["denominator"]}
        assert found["rates"][rate] == expected
