"""Events in ClickHouse: the rows of every segment in one table for each kind, as a partition of their own.

``EVENTS_URL`` names server and database. There are no transactions: a segment is what lies in its
partition, and whether anybody reads it stands in the portal's own database, which hears of it only
when all of it is written. To drop a partition removes the rows themselves; single rows that are
deleted stay on the disk until the server happens to merge them away.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import clickhouse_connect
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from django.conf import settings
from ibis.backends.clickhouse import Backend

from analytics.store.engine import OutOfMemory
from analytics.store.schema import TABLES, columns
from analytics.store.session import SqlSession, check_found, identifier
from analytics.store.written import Tally, Written

TYPES = {"int64": "Int64", "int32": "Int32", "double": "Float64", "string": "String"}
WITH_NULLS = {"value"}  # of the columns that are stored
# As the rows of a person lie together, readers skip most of a table.
ORDER = {"events": "actor, at_us", "trait_history": "subject", "persona_history": "person"}
# An acknowledged event must outlast a loss of power; by default nothing is synced.
DURABLE = "fsync_after_insert = 1, fsync_part_directory = 1"
# For how long the server keeps what is lent to a session that asks nothing, while Python works on an answer.
IDLE_SECONDS = 600
ANSWER_SECONDS = 24 * 3600  # whoever asks has limits of his own
MEMORY_LIMIT_EXCEEDED = 241


class ArrowBackend(Backend):
    """Ibis's own brings answers as Python's numbers, a million rows at a time, and stumbles over some booleans."""

    def to_pyarrow_batches(
        self,
        expr: ir.Expr,
        /,
        *,
        limit: int | str | None = None,
        params: Mapping[ir.Scalar, Any] | None = None,
        **kwargs: Any,
    ) -> pa.RecordBatchReader:
        table = expr.as_table()
        self._run_pre_execute_hooks(table)
        query, schema = self.compile(table, limit=limit, params=params), table.schema().to_pyarrow()
        return pa.RecordBatchReader.from_batches(schema, self._batches(query, schema))

    def _batches(self, query: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        with self.con.query_arrow_stream(query) as batches:
            for batch in batches:
                yield batch.cast(schema)

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        _lend(self.con, op.name, op.data.to_pyarrow(op.schema))


class ClickHouseSession(SqlSession):
    """Temporary tables and views over one of the server's sessions, which ends with it."""

    def __init__(self, client: Client) -> None:
        super().__init__(ArrowBackend.from_connection(client))
        self._client = client

    def close(self) -> None:
        """Give the memory back: the server would keep it for as long as a session may be idle."""
        with suppress(ClickHouseError):
            lent = self._client.query("SELECT name FROM system.tables WHERE is_temporary AND engine = 'Memory'")
            for (name,) in lent.result_rows:
                self._execute(f"DROP TABLE {identifier(name)}")

    def _segments(self, table: str, paths: Sequence[str]) -> str:
        found = _parts(self._client, "uniqExact(partition)", "partition IN {paths:Array(String)}", paths=list(paths))
        check_found(found[0][0], paths)
        place = f"{identifier(str(self._client.database))}.{identifier(table)}"  # a view may have the table's name
        return f"{place} WHERE segment IN ({', '.join(map(_literal, paths))})"

    def _lend(self, name: str, rows: pa.Table) -> None:
        _lend(self._client, name, rows)

    def _execute(self, statement: str) -> None:
        self._client.command(statement)


class ClickHouseEngine:
    most_properties = 0  # what one segment has as a column all would have to have

    def __init__(self) -> None:
        self._open: set[str] = set()

    def write(
        self, table: str, path: str, batches: Iterable[pa.RecordBatch | pa.Table], properties: Collection[str] = ()
    ) -> Written:
        """The size is that of the rows in memory: the server packs them when it likes.

        Raises OSError when other than these rows arrived.
        """
        tally = Tally()
        with self._connected() as client:
            for batch in batches:
                part = pa.table(batch).cast(columns(table, properties))
                if part.num_rows:
                    client.insert_arrow(table, part.append_column("segment", pa.array([path] * part.num_rows)))
                tally.add(part)
            _check_whole(client, table, path, tally.rows)
        return tally.written(tally.bytes)

    def remove(self, path: str) -> None:
        with self._connected() as client:
            for (table,) in _parts(client, "DISTINCT table", "partition = {path:String}", path=path):
                client.command(f"ALTER TABLE {identifier(table)} DROP PARTITION {_literal(path)}")

    def older_than(self, moment: datetime) -> Iterator[str]:
        """When the server merges rows it writes them anew; of a segment nobody adds to, that is soon over."""
        older = "1 GROUP BY partition HAVING toUnixTimestamp(max(modification_time)) < {moment:Int64}"
        with self._connected() as client:
            paths = _parts(client, "partition", older, moment=int(moment.timestamp()))
        return (path for (path,) in paths)

    @contextmanager
    def session(self) -> Iterator[ClickHouseSession]:
        with self._connected() as client:
            session = ClickHouseSession(client)
            try:
                yield session
            except ClickHouseError as problem:
                if getattr(problem, "code", None) == MEMORY_LIMIT_EXCEEDED:
                    raise OutOfMemory from problem
                raise
            finally:
                session.close()

    def interrupt(self) -> None:
        if running := ", ".join(map(_literal, tuple(self._open))):
            with closing(_client()) as client:
                client.command(f"KILL QUERY WHERE Settings['log_comment'] IN ({running})")

    @contextmanager
    def _connected(self) -> Iterator[Client]:
        _prepare(settings.EVENTS_URL)
        mark = f"portal-{uuid4().hex}"
        self._open.add(mark)
        try:
            with closing(_client(log_comment=mark)) as client:
                yield client
        finally:
            self._open.discard(mark)


def _client(database: str | None = None, **more: str) -> Client:
    """A session of its own on the server; by default in the database that ``EVENTS_URL`` names."""
    memory = settings.QUERY_MEMORY_MB * 10**6
    limits = {"max_memory_usage": memory}
    limits |= {f"max_bytes_before_external_{what}": memory // 2 for what in ("group_by", "sort")}  # then to its disk
    return clickhouse_connect.get_client(
        dsn=settings.EVENTS_URL,
        database=database,
        send_receive_timeout=ANSWER_SECONDS,
        settings={
            **limits,
            **more,
            # What SQL means by an outer join and by the largest of no values.
            "join_use_nulls": 1,
            "aggregate_functions_null_for_empty": 1,
            # Thousands of segments, or of people, in one question.
            "max_query_size": 64 * 2**20,
            # Rows are there when the server says so; what goes wrong is said before the first row of an answer.
            "async_insert": 0,
            "wait_end_of_query": 1,
            "session_timeout": IDLE_SECONDS,
            # A process that was killed asks for nothing more.
            "cancel_http_readonly_queries_on_client_close": 1,
        },
    )


@cache
def _prepare(url: str) -> None:
    """Make the tables, once for each process; others may be about it at the same time."""
    name = unquote(urlsplit(url).path[1:])
    with closing(_client(database="system")) as client:
        if not client.query("SELECT 1 FROM databases WHERE name = {name:String}", {"name": name}).result_rows:
            client.command(f"CREATE DATABASE IF NOT EXISTS {identifier(name)}")
    with closing(_client()) as client:
        for table, schema in TABLES.items():
            client.command(
                f"CREATE TABLE IF NOT EXISTS {identifier(table)}"
                f" ({_definitions(schema, WITH_NULLS)}, segment LowCardinality(String)) ENGINE = MergeTree"
                f" PARTITION BY segment ORDER BY ({ORDER.get(table, 'actor')}) SETTINGS {DURABLE}"
            )


def _check_whole(client: Client, table: str, path: str, rows: int) -> None:
    """A request that broke off is made again, though the server may have taken its rows already."""
    counted = client.query(f"SELECT count() FROM {identifier(table)} WHERE segment = {_literal(path)}")  # noqa: S608
    [[found]] = counted.result_rows
    if found != rows:
        raise OSError(f"{found} rows of {path} are in EVENTS_URL, and {rows} were written")


def _parts(client: Client, wanted: str, condition: str, **asked: Any) -> Sequence[Sequence[Any]]:
    """What the server tells of the parts of our tables."""
    query = (
        f"SELECT {wanted} FROM system.parts WHERE active AND database = currentDatabase()"  # noqa: S608
        f" AND table IN {{tables:Array(String)}} AND {condition}"
    )
    return client.query(query, {"tables": list(TABLES), **asked}).result_rows


def _lend(client: Client, name: str, rows: pa.Table) -> None:
    with_nulls = {column for column in rows.column_names if rows[column].null_count}
    client.command(
        f"CREATE TEMPORARY TABLE {identifier(name)} ({_definitions(rows.schema, with_nulls)}) ENGINE = Memory"
    )
    if rows.num_rows:
        client.insert_arrow(name, rows)


def _definitions(schema: pa.Schema, with_nulls: Collection[str]) -> str:
    types = {field.name: TYPES[str(field.type)] for field in schema}
    return ", ".join(
        f"{identifier(name)} {f'Nullable({kept})' if name in with_nulls else kept}" for name, kept in types.items()
    )


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


ENGINE = ClickHouseEngine()
