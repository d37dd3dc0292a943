"""History is published once, whatever of it is stored already."""

import pyarrow as pa
import pytest

from analytics.models import Event, Segment, StaleDays
from analytics.store import imports, reading, seal
from analytics.store.schema import EVENTS

pytestmark = pytest.mark.django_db


def history(*message_ids: str, **columns) -> pa.Table:
    blank = {field.name: "" if field.type == pa.string() else 0 for field in EVENTS}
    row = blank | {"value": None, "source": 1} | columns
    return pa.Table.from_pylist([row | {"message_id": message_id} for message_id in message_ids], schema=EVENTS)


def message_ids() -> list[str]:
    with reading.snapshot() as tables:
        return sorted(tables.events.message_id.to_pyarrow().to_pylist())


def test_what_is_stored_sealed_or_in_the_inbox_is_left_out(add_event):
    add_event("sealed")
    seal.seal()
    add_event("waiting")
    segment = imports.write_segment(history("sealed", "new", "waiting", "new"))
    assert (segment.rows, segment.origin, segment.state) == (1, "import", "published")
    assert message_ids() == ["new", "sealed", "waiting"]


@pytest.mark.files
def test_importing_again_adds_nothing(data_dir):
    imports.write_segment(history("a", "b"))
    assert imports.write_segment(history("b", "a")) is None
    assert imports.write_segment(history("c", "a")).rows == 1
    assert message_ids() == ["a", "b", "c"]
    assert len(list(data_dir.rglob("*.parquet"))) == Segment.objects.count() == 2


def test_the_same_message_id_of_another_source_is_another_event():
    imports.write_segment(history("a"))
    imports.write_segment(history("a", source=2))
    assert message_ids() == ["a", "a"]


def test_the_days_of_what_was_new_are_queued_and_the_inbox_stays_empty():
    imports.write_segment(history("a", at_us=86_400_000_000 * 3))
    assert list(StaleDays.objects.values_list("kind", "first_day__day", "last_day__day")) == [("events", 4, 4)]
    assert not Event.objects.exists()


def test_an_empty_table_is_no_segment():
    assert imports.write_segment(EVENTS.empty_table()) is None
