"""Erasing leaves no row of an actor in any snapshot, and in no file once the janitor has been."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from analytics.models import Event, Segment, StaleDays
from analytics.store import compact, erase, janitor, parts, reading, seal
from analytics.store.schema import TABLES

pytestmark = pytest.mark.django_db

DAY_US = 86_400_000_000


def row(table: str, **columns) -> pa.Table:
    blank = {field.name: "" if field.type == pa.string() else 0 for field in TABLES[table]}
    return pa.Table.from_pylist([blank | columns], schema=TABLES[table])


def actors_of_events() -> list[int]:
    with reading.snapshot() as tables:
        return sorted(tables.events.actor.to_pyarrow().to_pylist())


def test_events_go_from_inbox_and_segments_and_are_counted_once(add_event):
    for message_id, actor in [("a", 1), ("b", 2), ("c", 1)]:
        add_event(message_id, actor=actor)
    seal.seal()
    compact.compact()
    add_event("d", actor=1)
    add_event("e", actor=3)
    assert erase.erase_actors([1, 3]) == 4
    assert actors_of_events() == [2]
    assert list(Event.objects.values_list("actor", flat=True)) == [2]
    assert erase.erase_actors([1, 3]) == 0


@pytest.mark.files
def test_no_file_holds_the_rows_after_the_janitor(add_event, data_dir):
    add_event("a", actor=1)
    add_event("b", actor=2)
    seal.seal()
    erase.erase_actors([1])
    Segment.objects.filter(state="replaced").update(replaced_at=timezone.now() - janitor.reader_limit())
    janitor.sweep()
    assert [pq.read_table(file)["actor"].to_pylist() for file in data_dir.rglob("*.parquet")] == [[2]]


def test_a_segment_of_theirs_alone_is_replaced_by_nothing(add_event):
    add_event("a", actor=1)
    seal.seal()
    erase.erase_actors([1])
    assert not Segment.objects.published().exists()


def test_their_days_are_queued_whether_sealed_or_not(add_event):
    add_event("a", actor=1, at_us=2 * DAY_US)
    add_event("b", actor=2, at_us=4 * DAY_US)
    seal.seal()
    StaleDays.objects.all().delete()
    add_event("c", actor=1, at_us=9 * DAY_US)
    erase.erase_actors([1])
    assert set(StaleDays.objects.values_list("kind", "first_day", "last_day")) == {
        ("events", date(1970, 1, 3), date(1970, 1, 3)),
        ("events", date(1970, 1, 10), date(1970, 1, 10)),
    }


@pytest.mark.parametrize(
    ("table", "theirs", "others"),
    [
        ("user_day", {"actor": 1}, {"actor": 2}),
        ("sessions", {"actor": 1}, {"actor": 2}),
        ("touches", {"actor": 1}, {"actor": 2}),
        ("persona_history", {"person": 1}, {"person": 2}),
        ("trait_history", {"subject_kind": "actor", "subject": "1"}, {"subject_kind": "account", "subject": "1"}),
    ],
)
def test_derived_tables_lose_their_rows_too(table, theirs, others):
    rows = pa.concat_tables([row(table, **theirs), row(table, **others)])
    parts.publish(table, {"2024-01": rows})
    assert erase.erase_actors([1]) == 0
    with reading.snapshot() as tables:
        assert getattr(tables, table).to_pyarrow() == row(table, **others)
    assert Segment.objects.published().get().month == "2024-01"


def test_every_table_that_is_kept_is_looked_through():
    assert set(erase.OF_ACTORS) == set(TABLES)
