"""Events in PostgreSQL: rows come back as they went in, and only those of the segments asked for."""

import threading
from datetime import UTC, datetime, timedelta

import ibis
import psycopg
import pyarrow as pa
import pytest
from django.core.management import CommandError, call_command

from analytics.store import engine
from analytics.store.schema import EVENTS

pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
ODD = ["", "a,b", 'quo"te', "new\nline", "\\N", "NULL", "ä 😀", "tab\t", "\\."]


@pytest.fixture(autouse=True)
def _events(settings, postgres):
    settings.EVENTS_URL = postgres.create_database()


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


def test_removed_is_gone_and_to_remove_again_is_harmless():
    engine.chosen().write("events", "a", [rows("one")])
    assert list(engine.chosen().older_than(datetime.now(UTC) + timedelta(minutes=1))) == ["a"]
    assert not list(engine.chosen().older_than(datetime.now(UTC) - timedelta(minutes=1)))
    engine.chosen().remove("a")
    engine.chosen().remove("a")
    assert not list(engine.chosen().older_than(datetime.now(UTC) + timedelta(minutes=1)))


def test_a_write_that_fails_leaves_nothing():
    def failing():
        yield rows("one")
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        engine.chosen().write("events", "a", failing())
    assert not list(engine.chosen().older_than(datetime.now(UTC) + timedelta(minutes=1)))


def test_lent_rows_join_with_stored_ones_under_names():
    engine.chosen().write("events", "a", [rows("one", "two")])
    with engine.chosen().session() as session:
        wanted = session.lent(pa.table({"event": ["two"]}))
        named = session.named("events", session.stored("events", ["a"]).semi_join(wanted, "event"))
        assert 'FROM "events"' in str(ibis.to_sql(named, dialect="postgres"))
        assert named.to_pyarrow()["event"].to_pylist() == ["two"]
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
            with pytest.raises(psycopg.errors.QueryCanceled):
                many.count().to_pyarrow()
        finally:
            ended.set()


def test_a_backup_is_left_to_the_database(tmp_path):
    with pytest.raises(CommandError, match="its own tools"):
        call_command("backup", tmp_path / "portal.tar")
