"""The built-in engine: Parquet files below DATA_DIR, read by DuckDB inside the process that asks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from django.conf import settings

from analytics.store import parquet
from analytics.store.engine import OutOfMemory
from analytics.store.schema import columns
from analytics.store.session import SqlSession
from analytics.store.written import Written

SPILL = "spill"
STREAMED_ROWS = 122_880


class DuckSession(SqlSession):
    """Tables over one in-memory DuckDB, which ends with it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(ibis.duckdb.from_connection(connection))
        self._connection = connection
        _confine(connection)

    def stream(self, expression: ir.Table) -> pa.RecordBatchReader:
        return self._connection.sql(self._backend.compile(expression)).to_arrow_reader(STREAMED_ROWS)

    def _segments(self, table: str, paths: Sequence[str]) -> str:
        files = ", ".join(_quoted(str(settings.DATA_DIR / path)) for path in paths)
        return f"read_parquet([{files}])"

    def _lend(self, name: str, rows: pa.Table) -> None:
        self._connection.register(name, rows)

    def _execute(self, statement: str) -> None:
        self._connection.execute(statement)


class DuckEngine:
    most_properties = 16

    def __init__(self) -> None:
        self._open: set[duckdb.DuckDBPyConnection] = set()

    def write(
        self, table: str, path: str, batches: Iterable[pa.RecordBatch | pa.Table], properties: Collection[str] = ()
    ) -> Written:
        return parquet.write(settings.DATA_DIR / path, columns(table, properties), batches)

    def remove(self, path: str) -> None:
        parquet.remove(settings.DATA_DIR / path)

    def older_than(self, moment: datetime) -> Iterator[str]:
        for file in (settings.DATA_DIR / "segments").glob("*/*"):
            with suppress(FileNotFoundError):  # another janitor was faster
                if file.stat().st_mtime < moment.timestamp():
                    yield str(file.with_suffix(".parquet").relative_to(settings.DATA_DIR))

    @contextmanager
    def session(self) -> Iterator[DuckSession]:
        connection = duckdb.connect(":memory:", config=_limits())
        self._open.add(connection)
        try:
            yield DuckSession(connection)
        except duckdb.OutOfMemoryException as problem:
            raise OutOfMemory from problem
        finally:
            self._open.discard(connection)
            connection.close()

    def interrupt(self) -> None:
        for connection in tuple(self._open):
            connection.interrupt()


def _limits() -> dict[str, str | int | bool | float | list[str]]:
    spill = settings.DATA_DIR / SPILL
    spill.mkdir(exist_ok=True)
    return {
        "memory_limit": f"{settings.QUERY_MEMORY_MB}MB",
        "threads": settings.QUERY_THREADS,
        # Made when memory runs out, and removed with the connection; its files' names aren't unique.
        "temp_directory": str(spill / uuid4().hex),
        # Nothing is ever fetched from the network.
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": False,
    }


def _confine(connection: duckdb.DuckDBPyConnection) -> None:
    """Whatever a query says, it reads this installation's files and nothing else, and keeps its limits."""
    folders = ", ".join(_quoted(f"{settings.DATA_DIR / folder}/") for folder in ("segments", SPILL))
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


ENGINE = DuckEngine()
