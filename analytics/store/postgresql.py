"""Events in PostgreSQL: the rows of every segment in one table for each kind, under the segment's number.

The database is the one ``EVENTS_URL`` names, the portal's own or another. It is written by COPY and
read through Ibis; what is lent to a session is a temporary table, which ends with it.
"""

import io
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count

import ibis
import ibis.expr.types as ir
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from ibis.expr.operations import DatabaseTable
from psycopg import sql
from pyarrow import csv

from analytics.store.parquet import Written
from analytics.store.schema import TABLES, columns

SCHEMA = "portal_events"
# Texts compare by their bytes, as on the other engines, whatever the database's language is.
TYPES = {"int64": "bigint", "int32": "integer", "double": "double precision", "string": 'text COLLATE "C"'}
INDEXES = {"events": ("segment", "actor, at_us", "at_us")}
QUOTED = csv.WriteOptions(include_header=False, quoting_style="all_valid")  # unquoted is NULL, quoted and empty is ""


class PostgresSession:
    """Tables over one connection, which ends with it."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._backend = ibis.postgres.from_connection(connection)
        self._numbers = count()

    def stored(self, table: str, paths: Sequence[str], properties: Collection[str] = ()) -> ir.Table:
        schema = columns(table, properties)
        if not paths:
            return self.lent(schema.empty_table())
        name = f"{table}_{next(self._numbers)}"
        numbers = _numbers_of(self._connection, paths)
        self._execute(
            sql.SQL("CREATE TEMP VIEW {} AS SELECT {} FROM {} WHERE segment = ANY({})").format(
                sql.Identifier(name), _columns(schema), _place(table), sql.Literal(numbers)
            )
        )
        return self._table(name, ibis.Schema.from_pyarrow(schema))

    def lent(self, rows: pa.Table) -> ir.Table:
        name = f"lent_{next(self._numbers)}"
        self._execute(sql.SQL("CREATE TEMP TABLE {} ({})").format(sql.Identifier(name), _definitions(rows.schema)))
        with self._connection.transaction():
            _copy(self._connection, sql.Identifier(name), rows)
        self._execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))
        return self._table(name, ibis.Schema.from_pyarrow(rows.schema))

    def named(self, name: str, expression: ir.Table) -> ir.Table:
        compiled = sql.SQL(self._backend.compile(expression))
        self._execute(sql.SQL("CREATE TEMP VIEW {} AS ").format(sql.Identifier(name)) + compiled)
        return self._table(name, expression.schema())

    def stream(self, expression: ir.Table) -> pa.RecordBatchReader:
        return self._backend.to_pyarrow_batches(expression)

    def _execute(self, statement: sql.Composed) -> None:
        with self._connection.transaction():
            self._connection.execute(statement)

    def _table(self, name: str, schema: ibis.Schema) -> ir.Table:
        return DatabaseTable(name=name, schema=schema, source=self._backend).to_expr()


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
        rows = size = 0
        first: list[int] = []
        last: list[int] = []
        with self._connected() as connection, connection.transaction():
            number = _new_segment(connection, path, table)
            for batch in batches:
                part = pa.table(batch).cast(columns(table, properties))
                if not part.num_rows:
                    continue
                numbered = part.append_column("segment", pa.array([number] * part.num_rows, pa.int64()))
                _copy(connection, _place(table), numbered)
                rows, size = rows + part.num_rows, size + part.nbytes
                if "at_us" in part.column_names:
                    span = pc.min_max(part["at_us"]).as_py()
                    first.append(span["min"])
                    last.append(span["max"])
        return Written(rows=rows, bytes=size, min_at_us=min(first, default=0), max_at_us=max(last, default=0))

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
    if len(numbers) != len(set(paths)):
        raise FileNotFoundError(f"{len(set(paths)) - len(numbers)} of {len(set(paths))} segments are not in EVENTS_URL")
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


def _columns(schema: pa.Schema) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, schema.names))


def _definitions(schema: pa.Schema) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.Identifier(field.name) + sql.SQL(" ") + sql.SQL(TYPES[str(field.type)]) for field in schema
    )


ENGINE = PostgresEngine()
