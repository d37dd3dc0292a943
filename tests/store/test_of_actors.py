"""A few rows of one table, of any number of actors."""

import ibis
import pytest

from analytics.collect.models import Event
from analytics.store.of_actors import rows_with
from analytics.store.seal import seal

pytestmark = pytest.mark.django_db


def event(actor: int) -> Event:
    needed = {"type": "track", "event": "A", "at_us": actor, "received_us": actor, "device": actor, "platform": "web"}
    return Event(source=1, message_id=str(actor), actor=actor, **needed)


def test_sealed_and_unsealed_rows_of_these_actors_are_found() -> None:
    Event.objects.bulk_create(map(event, range(1, 5)))
    seal()
    Event.objects.bulk_create(map(event, range(5, 9)))
    with rows_with("events", "actor", [2, 3, 3, 6, 2**63 - 1]) as rows:
        assert sorted(rows.actor.to_pyarrow().to_pylist()) == [2, 3, 6]
    with rows_with("events", "actor", []) as rows:
        assert rows.count().to_pyarrow().as_py() == 0


def test_the_question_stays_as_short_however_many_actors_there_are() -> None:
    lengths = []
    for number in (1, 10_000):
        with rows_with("events", "actor", range(number)) as rows:
            lengths.append(len(ibis.to_sql(rows, dialect="duckdb")))
    assert lengths[0] == lengths[1]
