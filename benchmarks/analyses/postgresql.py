"""A PostgreSQL with the events in one table, and analyses answered by it."""

import io
import time
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from psycopg import sql

from benchmarks.analyses.figures import Found, of_rows
from benchmarks.analyses.plain import Days
from benchmarks.analyses.plain_events import COLUMNS, plain_events
from benchmarks.analyses.postgresql_sql import plain
from benchmarks.lib.bench import Bench

LIMIT_SECONDS = 180
TABLE = """
    CREATE TABLE events (
        source int, message_id text COLLATE "C", type text, event text COLLATE "C", at timestamptz, person bigint,
        device bigint, session_id text COLLATE "C", platform text, page text COLLATE "C", active boolean,
        by_user boolean, properties jsonb
    )
"""
AFTERWARDS = (
    "CREATE INDEX ON events (at) INCLUDE (person, active)",
    "CREATE INDEX ON events (person, at) INCLUDE (event, active)",
    "CREATE INDEX ON events (event, at) INCLUDE (person)",
    "VACUUM ANALYZE events",
)
SETTINGS = (
    "SET timezone = 'UTC'",
    "SET work_mem = '512MB'",
    "SET jit = off",
    f"SET statement_timeout = '{LIMIT_SECONDS}s'",
)


def load(bench: Bench) -> str:
    """The URL of a database that holds the events with their indexes, made once."""
    name, done = f"events_{bench.events}", bench.folder / f"postgres-events-{bench.events}.done"
    url = bench.postgres.url(name)
    events = plain_events(bench)
    if not bench.is_made(done, events):
        bench.postgres.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        bench.postgres.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        _fill(url, events)
        done.touch()
    return url


def _fill(url: str, events: Path) -> None:
    columns = ", ".join("at" if name == "at_us" else name for name in COLUMNS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
        with connection.cursor().copy(f"COPY events ({columns}) FROM STDIN (FORMAT csv)") as copy:
            for batch in pq.ParquetFile(events).iter_batches(100_000):
                text = io.BytesIO()
                at = batch["at_us"].cast(pa.timestamp("us", "UTC"))
                rows = batch.set_column(COLUMNS.index("at_us"), "at", at)
                pyarrow.csv.write_csv(rows, text, pyarrow.csv.WriteOptions(include_header=False))
                copy.write(text.getvalue())
        connection.execute("SET maintenance_work_mem = '1GB'")
        for statement in AFTERWARDS:
            connection.execute(statement)


def answered(url: str, kind: str, body: dict[str, Any], times: int) -> tuple[float, Found]:
    """The fewest seconds of several times, and the figures found; without figures where it took longer than it may."""
    asked = plain(kind, Days(date.fromisoformat(body["from"]), date.fromisoformat(body["to"])))
    seconds = []
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in SETTINGS:
            connection.execute(setting)
        for _ in range(times):
            started = time.perf_counter()
            try:
                for statement in asked.statements:
                    cursor = connection.execute(statement)
                rows = cursor.fetchall()
            except psycopg.errors.QueryCanceled:
                return LIMIT_SECONDS, {}
            seconds.append(time.perf_counter() - started)
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
    return min(seconds), of_rows(names, rows, asked.keys)
