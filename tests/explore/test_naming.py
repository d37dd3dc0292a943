"""Names that nothing was sent under: the answer is empty, says so and suggests others."""

from typing import Any

import pytest

from analytics.rollups.models import EventDefinition
from tests.explore.conftest import event, values
from tests.metrics.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(use) -> None:
    """Sent since the dictionary was written: an event and a property that it doesn't know."""
    for name, properties in [
        ("signup_completed", ["plan", "seconds"]),
        ("video_created", ["Minutes"]),
        ("identify", ["country"]),
        ("group", ["seats"]),
    ]:
        EventDefinition.objects.create(name=name, properties={one: {"examples": []} for one in properties})
    use(
        World(
            events=[
                event(1, "2025-03-01T10:00", "signup_completed"),
                event(1, "2025-03-01T10:00", "new_today", properties={"fresh": 1, "empty": None}),
                event(1, "2025-03-01T09:00", "identify", type="identify", properties={"city": "Graz"}),
            ]
        )
    )


def test_an_unknown_event_is_named_with_those_near_it(ask) -> None:
    answer = ask(series=[{"event": "signup_completed"}, {"event": "signup_complted"}, {"event": "SIGNUP_COMPLETED"}])
    assert values(answer) == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert answer["unknown"] == [
        {"field": "series.1.event", "name": "signup_complted", "near": ["signup_completed"]},
        {"field": "series.2.event", "name": "SIGNUP_COMPLETED", "near": ["signup_completed"]},
    ]
    assert ask(series=[{"event": "zzz"}])["unknown"] == [{"field": "series.0.event", "name": "zzz", "near": []}]


def test_what_was_sent_since_the_dictionary_was_written_is_known(ask) -> None:
    assert ask(series=[{"event": "new_today"}], breakdown="fresh")["unknown"] == []
    assert ask(series=[{"event": None}], breakdown="person.city")["unknown"] == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("plann", ["plan"]),
        ("empty", []),  # sent, and never set
        ("country", ["person.country"]),  # a trait, and no property of an event
        ("person.countri", ["person.country"]),
        ("person.plan", ["plan"]),
        ("seats", []),  # a trait of an account
        ("platfrom", ["platform"]),
    ],
)
def test_an_unknown_property_is_named_wherever_it_stands(ask, name: str, near: list[str]) -> None:
    condition = {"property": name, "operator": "is", "value": "x"}

    def unknown(**body: Any) -> list[dict[str, Any]]:
        return ask(series=[{"event": "new_today", **body.pop("series", {})}], **body)["unknown"]

    def at(field: str) -> list[dict[str, Any]]:
        return [{"field": field, "name": name, "near": near}]

    assert unknown(filters=[condition]) == at("filters.0.property")
    assert unknown(series={"filters": [condition]}) == at("series.0.filters.0.property")
    assert unknown(series={"measure": "sum", "property": name}) == at("series.0.property")
    assert unknown(breakdown=name) == at("breakdown")


@pytest.mark.parametrize(
    "name", ["plan", "Minutes", "platform", "channel", "session_id", "persona", "person.country", "feature"]
)
def test_what_the_dictionary_knows_is_known(ask, name: str) -> None:
    assert ask(series=[{"event": "video_created"}], breakdown=name)["unknown"] == []


def test_a_name_may_be_known_as_an_event_and_unknown_as_a_property(ask) -> None:
    answer = ask(series=[{"event": "new_today"}], breakdown="new_today")
    assert [one["field"] for one in answer["unknown"]] == ["breakdown"]


def test_kinds_with_steps_say_it_too(ask) -> None:
    answer = ask("funnel", steps=[{"event": "signup_complete"}, {"event": "new_today"}])
    assert answer["unknown"] == [{"field": "steps.0.event", "name": "signup_complete", "near": ["signup_completed"]}]
    answer = ask("retention", start={"event": "nothing"}, **{"return": {"event": "new_today"}}, grain="day", periods=2)
    assert [one["field"] for one in answer["unknown"]] == ["start.event"]
