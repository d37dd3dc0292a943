"""Events in PostgreSQL: the rows of every segment in one table for each kind, under the segment's number.

The database is the one ``EVENTS_URL`` names, the portal's own or another. It is written by COPY and
read through Ibis; what is lent to a session is a temporary table, which ends with it.
"""

import io
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import ibis
import psycopg
import pyarrow as pa
from django.conf import settings
from psycopg import sql
from pyarrow import csv

from analytics.store.schema import TABLES, columns
from analytics.store.session import SqlSession, check_found
from analytics.store.written import Tally, Written

SCHEMA = "portal_events"
# Texts compare by their bytes, as on the other engines, whatever the database's language is.
TYPES = {"int64": "bigint", "int32": "integer", "double": "double precision", "string": 'text COLLATE "C"'}
INDEXES = {"events": ("segment", "actor, at_us", "at_us")}
QUOTED = csv.WriteOptions(include_header=False, quoting_style="all_valid")  # unquoted is NULL, quoted and empty is ""


class PostgresSession(SqlSession):
    """Tables over one connection, which ends with it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        super().__init__(ibis.postgres.from_connection(connection))
        self._connection = connection

    def _segments(self, table: str, paths: Sequence[str]) -> str:
        numbers = _numbers_of(self._connection, paths)
        shown = sql.SQL("{} WHERE segment = ANY({})").format(_place(table), sql.Literal(numbers))
        return shown.as_string(self._connection)

    def _lend(self, name: str, rows: pa.Table) -> None:
        place = sql.Identifier(name)
        self._execute(sql.SQL("CREATE TEMPORARY TABLE {} ({})").format(place, _definitions(rows.schema)))
        with self._connection.transaction():
            _copy(self._connection, place, rows)
        self._execute(sql.SQL("ANALYZE {}").format(place))

    def _execute(self, statement: str | sql.Composed) -> None:
        with self._connection.transaction():
            self._connection.execute(statement if isinstance(statement, sql.Composed) else sql.SQL(statement))


class PostgresEngine:
    most_properties = 0  # what one segment has as a column all would have to have

    def __init__(self) -> None:
        self._open: set[psycopg.Connection] = set()
        self._prepared: set[str] = set()
        self._preparing = threading.Lock()

    def write(
        self, table: str, path: str, batches: Iterable[pa.RecordBatch | pa.Table], properties: Collection[str] = ()
    ) -> Written:
        """The size is that of the rows in memory: the database doesn't tell what it makes of them."""
        tally = Tally()
        with self._connected() as connection, connection.transaction():
            number = _new_segment(connection, path, table)
            for batch in batches:
                part = pa.table(batch).cast(columns(table, properties))
                numbered = part.append_column("segment", pa.array([number] * part.num_rows, pa.int64()))
                _copy(connection, _place(table), numbered)
                tally.add(part)
        return tally.written(tally.bytes)

    def remove(self, path: str) -> None:
        with self._connected() as connection, connection.transaction():
            gone = sql.SQL("DELETE FROM {} WHERE path = %s RETURNING number, kind").format(_place("segments"))
            for number, table in connection.execute(gone, [path]).fetchall():
                connection.execute(sql.SQL("DELETE FROM {} WHERE segment = %s").format(_place(table)), [number])

    def older_than(self, moment: datetime) -> Iterator[str]:
        with self._connected() as connection:
            found = sql.SQL("SELECT path FROM {} WHERE written_at < %s").format(_place("segments"))
            paths = connection.execute(found, [moment]).fetchall()
        return (path for (path,) in paths)

    @contextmanager
    def session(self) -> Iterator[PostgresSession]:
        with self._connected() as connection:
            yield PostgresSession(connection)

    def interrupt(self) -> None:
        for connection in tuple(self._open):
            connection.cancel()

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        self._prepare(settings.EVENTS_URL)
        connection = psycopg.connect(settings.EVENTS_URL, autocommit=True)
        self._open.add(connection)
        try:
            yield connection
        finally:
            self._open.discard(connection)
            connection.close()

    def _prepare(self, url: str) -> None:
        """Make the tables, once for each process; others may be about it at the same time."""
        with self._preparing:
            if url in self._prepared:
                return
            with psycopg.connect(url) as connection:
                connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [SCHEMA])
                for statement in _tables():
                    connection.execute(statement)
            self._prepared.add(url)


def _tables() -> Iterator[sql.Composed]:
    yield sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA))
    yield sql.SQL(
        "CREATE TABLE IF NOT EXISTS {} (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " path text NOT NULL UNIQUE, kind text NOT NULL, written_at timestamptz NOT NULL DEFAULT now())"
    ).format(_place("segments"))
    for table, schema in TABLES.items():
        yield sql.SQL("CREATE TABLE IF NOT EXISTS {} ({}, segment bigint NOT NULL)").format(
            _place(table), _definitions(schema)
        )
        for number, indexed in enumerate(INDEXES.get(table, ("segment",))):
            yield sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} ({})").format(
                sql.Identifier(f"{table}_{number}"), _place(table), sql.SQL(indexed)
            )


def _new_segment(connection: psycopg.Connection, path: str, table: str) -> int:
    added = sql.SQL("INSERT INTO {} (path, kind) VALUES (%s, %s) RETURNING number").format(_place("segments"))
    [[number]] = connection.execute(added, [path, table]).fetchall()
    return int(number)


def _numbers_of(connection: psycopg.Connection, paths: Sequence[str]) -> list[int]:
    found = sql.SQL("SELECT number FROM {} WHERE path = ANY(%s)").format(_place("segments"))
    numbers = [number for (number,) in connection.execute(found, [list(paths)]).fetchall()]
    check_found(len(numbers), paths)
    return numbers


def _copy(connection: psycopg.Connection, place: sql.Identifier, rows: pa.Table) -> None:
    text = io.BytesIO()
    csv.write_csv(rows, text, QUOTED)
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(place, columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(text.getbuffer())


def _place(table: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, table)


def _definitions(schema: pa.Schema) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(field.name) + sql.SQL(" ") + sql.SQL(TYPES[str(field.type)]) for field in schema
    )


ENGINE = PostgresEngine()
