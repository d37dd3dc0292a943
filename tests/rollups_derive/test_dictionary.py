"""The dictionary of events, learned night after night."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.rollups import dictionary
from analytics.rollups.models import EventDefinition
from tests.rollups_derive.conftest import arrive, event

HOUR = 3_600_000_000
NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def us(days_ago: int) -> int:
    return round((NOW - timedelta(days=days_ago)).timestamp()) * 1_000_000


def sent(message_id: str, days_ago: int, actor: int = 1, **properties: object) -> dict:
    return event(message_id, us(days_ago), actor=actor, event="paid", properties=json.dumps(properties))


@pytest.mark.django_db
def test_volumes_types_and_examples() -> None:
    arrive(
        [
            *[sent(f"a{actor}", 40, actor, plan="pro", amount=actor) for actor in range(4)],
            *[sent(f"b{actor}", 1, actor, plan="pro", note="only me" if actor else "us") for actor in range(3)],
            sent("c", 1, 9, plan=None, tags=["x"], more={"deep": 1}, new=True),
            event("d", us(2), event="seen"),
        ]
    )
    assert dictionary.update() == 2
    paid = EventDefinition.objects.get(name="paid")
    assert (paid.volume, paid.volume_28d, paid.expected) == (8, 4, True)
    assert (paid.first_seen, paid.last_seen) == (NOW - timedelta(days=40), NOW - timedelta(days=1))
    types = {name: seen["types"] for name, seen in paid.properties.items()}
    assert types == {
        "amount": {"number": 4},
        "more": {"object": 1},
        "new": {"boolean": 1},
        "note": {"string": 3},
        "plan": {"string": 7, "null": 1},
        "tags": {"list": 1},
    }
    # "pro" came from several actors; what few sent may be about a person.
    assert {name: seen["examples"] for name, seen in paid.properties.items() if seen["examples"]} == {"plan": ["pro"]}


@pytest.mark.django_db
def test_a_second_night_learns_only_from_what_is_new_and_flags_new_names() -> None:
    arrive([sent("a", 3, amount=1)])
    dictionary.update()
    definition = EventDefinition.objects.get(name="paid")
    definition.description = "Money came"
    definition.save()
    dictionary.update()
    assert EventDefinition.objects.get(name="paid").properties["amount"]["types"] == {"number": 1}

    # As if the first night had been yesterday: what came in today is learned tomorrow.
    dictionary.Watermark.objects.filter(step="dictionary").update(day=date_of_days_ago(2))
    arrive([sent("b", 1, amount="12"), event("c", us(1), event="surprise")])
    dictionary.update()
    paid = EventDefinition.objects.get(name="paid")
    assert paid.properties["amount"]["types"] == {"number": 1, "string": 1}
    assert set(paid.properties["amount"]["since"]) == {"number", "string"}
    assert (paid.volume, paid.description) == (2, "Money came")
    assert EventDefinition.objects.get(name="surprise").expected is False


def date_of_days_ago(days: int) -> date:
    return (NOW - timedelta(days=days)).date()


@pytest.mark.django_db
def test_a_busy_event_is_sampled_and_counted_in_full() -> None:
    arrive([sent(f"n{number}", 1, number, plan="pro") for number in range(3000)])
    dictionary.update()
    paid = EventDefinition.objects.get(name="paid")
    assert paid.volume == 3000
    assert 100 < paid.properties["plan"]["types"]["string"] < 1000
