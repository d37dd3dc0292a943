"""Events in PostgreSQL and in ClickHouse: rows come back as they went in, and only those of the segments asked for."""

import threading
from datetime import UTC, datetime, timedelta

import ibis
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from django.core.management import CommandError, call_command

from analytics.store import engine
from analytics.store.schema import EVENTS, TABLES
from tests.lib import clickhouse

pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
IN_CLICKHOUSE = pytest.mark.parametrize("kind", ["clickhouse"], indirect=True)
ODD = ["", "a,b", 'quo"te', "new\nline", "\\N", "NULL", "ä 😀", "tab\t", "\\."]


@pytest.fixture(autouse=True, params=["postgres", "clickhouse"])
def kind(request, settings):
    """The dialect of the engine that holds events."""
    if request.param == "postgres":
        settings.EVENTS_URL = request.getfixturevalue("postgres").create_database()
    else:
        settings.EVENTS_URL = clickhouse.new_database()
    return request.param


def rows(*texts: str, at_us: int = 5) -> pa.Table:
    blank = {name: "" if pa.types.is_string(EVENTS.field(name).type) else 0 for name in EVENTS.names}
    found = [
        {
            **blank,
            "event": text,
            "page": text,
            "at_us": at_us + place,
            "actor": -(2**63),
            "value": [None, 0.1][place % 2],
        }
        for place, text in enumerate(texts)
    ]
    return pa.Table.from_pylist(found, EVENTS)


def stored(*paths: str) -> list[dict]:
    with engine.chosen().session() as session:
        return session.stored("events", paths).order_by("at_us").to_pyarrow().to_pylist()


def test_rows_come_back_as_they_went_in():
    written = engine.chosen().write("events", "a", [rows(*ODD)])
    assert (written.rows, written.min_at_us, written.max_at_us) == (len(ODD), 5, 5 + len(ODD) - 1)
    assert stored("a") == rows(*ODD).to_pylist()


def test_only_the_segments_asked_for_are_read():
    engine.chosen().write("events", "a", [rows("one"), rows("two", at_us=6)])
    engine.chosen().write("events", "b", [rows("three")])
    assert [row["event"] for row in stored("a")] == ["one", "two"]
    assert len(stored("a", "b")) == 3
    assert stored() == []
    with pytest.raises(FileNotFoundError):
        stored("a", "c")


def kept(*, before: timedelta = timedelta(minutes=1)) -> list[str]:
    return list(engine.chosen().older_than(datetime.now(UTC) + before))


def test_removed_is_gone_and_to_remove_again_is_harmless():
    engine.chosen().write("events", "a", [rows("one")])
    engine.chosen().write("events", "b", [rows("two")])
    assert sorted(kept()) == ["a", "b"]
    assert not kept(before=timedelta(minutes=-1))
    engine.chosen().remove("a")
    engine.chosen().remove("a")
    assert kept() == ["b"]
    with pytest.raises(FileNotFoundError):
        stored("a")


def test_what_a_failed_write_leaves_can_be_removed():
    def failing():
        yield rows("one")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        engine.chosen().write("events", "a", failing())
    engine.chosen().remove("a")
    assert not kept()


def test_every_table_keeps_its_rows():
    for table, schema in TABLES.items():
        row = {name: "x" if pa.types.is_string(schema.field(name).type) else 7 for name in schema.names}
        engine.chosen().write(table, f"of/{table}", [pa.Table.from_pylist([row], schema)])
        with engine.chosen().session() as session:
            assert session.stored(table, [f"of/{table}"]).to_pyarrow().to_pylist() == [row]


def test_lent_rows_join_with_stored_ones_under_names(kind):
    engine.chosen().write("events", "a", [rows("one", "two")])
    with engine.chosen().session() as session:
        wanted = session.lent(pa.table({"event": ["two"]}))
        named = session.named("events", session.stored("events", ["a"]).semi_join(wanted, "event"))
        assert 'FROM "events"' in str(ibis.to_sql(named, dialect=kind))
        assert named.to_pyarrow()["event"].to_pylist() == ["two"]
        known = named.semi_join(ibis.memtable({"event": ["one", "two"]}), "event")
        assert known.to_pyarrow()["event"].to_pylist() == ["two"]
        assert sum(batch.num_rows for batch in session.stream(named)) == 1


def test_what_is_computed_can_be_interrupted():
    engine.chosen().write("events", "a", [rows(*map(str, range(300)))])
    ended = threading.Event()

    def interrupt() -> None:
        while not ended.wait(0.05):
            engine.chosen().interrupt()

    with engine.chosen().session() as session:
        events = session.stored("events", ["a"])
        many = events.select(a="at_us")
        for name in "bcd":
            many = many.cross_join(events.select(**{name: "at_us"}))
        threading.Thread(target=interrupt, daemon=True).start()
        try:
            with pytest.raises(Exception, match="cancel"):
                many.count().to_pyarrow()
        finally:
            ended.set()


def test_a_session_means_by_no_values_and_no_match_what_sql_does():
    engine.chosen().write("events", "a", [rows("one", "two")])
    with engine.chosen().session() as session:
        events = session.stored("events", ["a"]).select("event", "at_us")
        assert events.filter(events.event == "three").at_us.max().to_pyarrow().as_py() is None
        other = session.lent(pa.table({"event": ["two"], "told": pa.array([5], pa.int64())}))
        joined = events.left_join(other, "event").order_by("at_us").to_pyarrow()
        assert joined["told"].to_pylist() == [None, 5]
        assert other.mutate(unknown=other.told.isnull()).to_pyarrow()["unknown"].to_pylist() == [False]


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["backup", "restore"])
def test_backups_are_left_to_the_database(command, tmp_path):
    with pytest.raises(CommandError, match="tools of both databases"):
        call_command(command, tmp_path / "portal.tar")


@IN_CLICKHOUSE
def test_clickhouse_is_asked_whether_a_request_arrived_twice(monkeypatch):
    insert = Client.insert_arrow

    def broken_off(self, *args):
        insert(self, *args)
        return insert(self, *args)

    monkeypatch.setattr(Client, "insert_arrow", broken_off)
    with pytest.raises(OSError, match="2 rows of a are in EVENTS_URL, and 1 were written"):
        engine.chosen().write("events", "a", [rows("one")])


@IN_CLICKHOUSE
def test_a_question_that_needs_more_memory_than_one_may_have_says_so(settings):
    engine.chosen().write("events", "a", [rows(*map(str, range(2000)))])
    settings.QUERY_MEMORY_MB = 10

    def ask() -> None:
        with engine.chosen().session() as session:
            events = session.stored("events", ["a"])
            pairs = events.select(a="at_us").cross_join(events.select(b="at_us"))
            pairs.mutate(c=pairs.a * 10_000 + pairs.b).select("c").distinct().count().to_pyarrow()

    with pytest.raises(engine.OutOfMemory):
        ask()
