"""Readers see published segments and unsealed events as one table, also when there is nothing yet."""

import pytest

from analytics.store import pool, reading
from analytics.store.schema import TABLES
from analytics.store.version import data_version

pytestmark = pytest.mark.django_db


def test_an_installation_without_data_has_all_tables_with_their_columns():
    with reading.snapshot() as tables:
        for name, schema in TABLES.items():
            table = getattr(tables, name)
            assert table.count().to_pyarrow().as_py() == 0
            assert table.schema().to_pyarrow() == schema
        assert tables.identities.to_pyarrow().num_rows == 0
        assert tables.touch_channels.columns == ("touch", "channel", "campaign")


def test_an_unsealed_event_is_seen_by_the_next_snapshot_with_every_column(add_event):
    before = data_version().text
    add_event("m1", value=2.5, properties='{"a":1}')
    assert data_version().text != before
    with reading.snapshot() as tables:
        row = tables.events.to_pyarrow().to_pylist()[0]
    assert (row["message_id"], row["value"], row["properties"], row["actor"]) == ("m1", 2.5, '{"a":1}', 7)


def count_events() -> int:
    with reading.snapshot() as tables:
        return tables.events.count().to_pyarrow().as_py()


def test_a_question_runs_in_the_transaction_of_its_asker_when_there_are_no_query_processes(add_event):
    add_event("m1")
    assert pool.ask(count_events) == 1
