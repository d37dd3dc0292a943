"""Concentration of a small world's activity, and the people on either side."""

from collections import Counter
from datetime import date
from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from analytics.explore.asking import Asking
from analytics.explore.kinds import concentration
from analytics.explore.kinds.concentration import Concentration, Point
from analytics.explore.selecting import Selector
from analytics.metrics.calendar import DAY_US
from tests.explore.conftest import event
from tests.explore.naive_sessions import of_someone
from tests.explore.worlds import NOON, activity
from tests.metrics.world import World

# Person 1 makes seven videos, four of them as 4; person 2 makes two, and 3 one.
WORLD = World(
    identities={4: 1},
    events=[
        *(event(1, f"2025-03-01T10:0{minute}") for minute in range(3)),
        *(event(4, f"2025-03-02T10:0{minute}", platform="ios") for minute in range(4)),
        *(event(2, f"2025-03-02T11:0{minute}") for minute in range(2)),
        event(3, "2025-03-03T10:00", properties={"plan": "pro"}),
        event(3, "2025-03-03T10:01", "deposit"),
        event(5, "2025-03-03T10:00", flags=2),  # a bot
        event(6, "2025-03-05T10:00"),  # the day after
    ],
)
VIDEOS = {"event": "video_created"}


@pytest.mark.django_db
def test_by_hand(ask, use) -> None:
    use(WORLD)
    answer = ask("concentration", selector=VIDEOS, top=0.34)
    assert answer["lorenz"] == [pytest.approx(point) for point in [[0, 0], [1 / 3, 0.1], [2 / 3, 0.3], [1, 1]]]
    assert answer["gini"] == pytest.approx(0.4)
    assert answer["share_of_top"] == pytest.approx(0.7 + 0.02 * 0.2)  # of three, 0.34 are one and a fiftieth
    assert answer["events"] == 10
    assert answer["people"] == {"all": 3, "top": 2, "others": 1}
    assert ask("concentration", selector=VIDEOS)["share_of_top"] == pytest.approx(0.3 * 0.7)
    assert "video_created" in answer["sql"]


@pytest.mark.django_db
def test_filters_and_selector_choose_the_activity(ask, use) -> None:
    use(WORLD)
    web = [{"property": "platform", "operator": "is", "value": "web"}]
    assert ask("concentration", selector={"event": None}, filters=web)["events"] == 7
    assert ask("concentration", selector=VIDEOS | {"filters": web})["events"] == 6
    assert ask("concentration", selector=VIDEOS, **{"from": "2025-03-03"})["people"]["all"] == 1


@pytest.mark.django_db
def test_the_people_on_either_side(ask, use) -> None:
    use(WORLD)
    for top, expected in [(True, {"1", "2"}), (False, {"3"})]:
        answer = ask("concentration/people", selector=VIDEOS, top=0.34, point={"top": top})
        assert answer["count"] == len(expected)
    ask("concentration/people", role="viewer", expect=403, selector=VIDEOS, point={"top": True})


@pytest.mark.django_db
def test_nobody_did_it(ask, use) -> None:
    use(WORLD)
    answer = ask("concentration", selector={"event": "never"})
    assert (answer["share_of_top"], answer["gini"], answer["lorenz"]) == (None, None, [])
    assert answer["people"] == {"all": 0, "top": 0, "others": 0}
    assert ask("concentration/people", selector={"event": "never"}, point={"top": True})["count"] == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [{}, {"selector": VIDEOS, "top": 0}, {"selector": VIDEOS, "top": 1}, {"selector": VIDEOS, "top": "all"}]
)
def test_what_can_not_be_asked_is_refused(ask, body: dict[str, Any]) -> None:
    assert ask("concentration", expect=400, **body)["errors"]


@pytest.mark.django_db
def test_a_tenth_of_thirty_people_are_three(ask, use) -> None:
    use(World(events=[event(actor, "2025-03-01T10:00") for actor in range(1, 31)]))
    answer = ask("concentration", selector=VIDEOS)
    assert answer["people"]["top"] == 3
    assert answer["share_of_top"] == 0.1


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=activity())
def test_counts_are_those_of_each_person(duckdb, world: World) -> None:
    day = date(2025, 3, 8)
    did = Counter(
        world.identities.get(row["actor"], row["actor"])
        for row in of_someone(world)
        if row["event"] == "a" and row["at_us"] < NOON + DAY_US // 2
    )
    question = Concentration(first=day, last=day, selector=Selector("a"))
    asking = Asking(world.on(duckdb))
    found = concentration.answer(asking, question)
    assert (found["events"], found["people"]["all"]) == (did.total(), len(did))
    for group, top in [("top", True), ("others", False)]:
        behind = concentration.people(asking, question, Point(top)).to_pyarrow().to_pylist()
        assert len(behind) == found["people"][group]
        assert all(did[row["person"]] == row["events"] for row in behind)
