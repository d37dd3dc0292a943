"""What sessions of all engines do alike: they give whatever is stored, lent or worked out a name in SQL."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from itertools import count

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.sql import SQLBackend
from ibis.expr.operations import DatabaseTable

from analytics.store.schema import columns


class SqlSession(ABC):
    """Temporary views and tables over one connection, which end with it."""

    def __init__(self, backend: SQLBackend) -> None:
        self._backend = backend
        self._numbers = count()

    def stored(self, table: str, paths: Sequence[str], properties: Collection[str] = ()) -> ir.Table:
        schema = columns(table, properties)
        if not paths:
            return self.lent(schema.empty_table())
        name = f"{table}_{next(self._numbers)}"
        # The segments all have these columns: looking into each of them would only cost time.
        names = ", ".join(map(identifier, schema.names))
        self._view(name, f"SELECT {names} FROM {self._segments(table, paths)}")  # noqa: S608
        return self._table(name, ibis.Schema.from_pyarrow(schema))

    def lent(self, rows: pa.Table) -> ir.Table:
        name = f"lent_{next(self._numbers)}"
        self._lend(name, rows)
        return self._table(name, ibis.Schema.from_pyarrow(rows.schema))

    def named(self, name: str, expression: ir.Table) -> ir.Table:
        table = expression.op()
        # What has a name already needn't be compiled, which took longer than making the view.
        is_simple = isinstance(table, DatabaseTable)
        self._view(name, f"SELECT * FROM {identifier(table.name)}" if is_simple else self._backend.compile(expression))  # noqa: S608
        return self._table(name, expression.schema())

    def stream(self, expression: ir.Table) -> Iterable[pa.RecordBatch]:
        return self._backend.to_pyarrow_batches(expression)

    @abstractmethod
    def _segments(self, table: str, paths: Sequence[str]) -> str:
        """What follows FROM, to read the rows of these segments."""

    @abstractmethod
    def _lend(self, name: str, rows: pa.Table) -> None: ...

    @abstractmethod
    def _execute(self, statement: str) -> None: ...

    def _view(self, name: str, select: str) -> None:
        self._execute(f"CREATE TEMPORARY VIEW {identifier(name)} AS {select}")

    def _table(self, name: str, schema: ibis.Schema) -> ir.Table:
        """The columns are known: Ibis needn't ask for them, which would take most of a snapshot's time."""
        return DatabaseTable(name=name, schema=schema, source=self._backend).to_expr()


def check_found(found: int, paths: Sequence[str]) -> None:
    """Raise FileNotFoundError where a database has fewer segments than were asked for."""
    asked = len(set(paths))
    if found != asked:
        raise FileNotFoundError(f"{asked - found} of {asked} segments are not in EVENTS_URL")


def identifier(name: str) -> str:
    """The name as SQL of any of the engines."""
    return '"' + name.replace('"', '""') + '"'
