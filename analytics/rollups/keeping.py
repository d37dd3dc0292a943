"""Tables that are worked out once and used several times, and answers, in a thread while the next are composed."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr.operations import DatabaseTable

from analytics.metrics.facts import Keep
from analytics.metrics.tables import Tables
from analytics.rollups.plans import Plan, Told, storing


def keeper(tables: Tables) -> Keep:
    """Returns what stores a table until the snapshot ends; a ``memtable`` can't be part of it."""
    engine = ibis.get_backend(tables.user_day)

    def keep(table: ir.Table) -> ir.Table:
        kept, statement = _storing(table, engine)
        engine.raw_sql(statement)
        return kept

    return keep


class Ahead:
    """Works off queries in their order, while the caller goes on.

    Python takes nearly as long to compose and compile a query as the engine to answer it for a few days.
    """

    def __init__(self, tables: Tables, worker: ThreadPoolExecutor) -> None:
        self._engine = ibis.get_backend(tables.user_day)
        self._is_embedded = self._engine.name == "duckdb"
        self._worker = worker
        self._prepared: list[Future[object]] = []

    @property
    def dialect(self) -> str:
        return str(self._engine.name)

    def keep(self, table: ir.Table) -> ir.Table:
        """Store a table until the snapshot ends, before any later query is answered."""
        kept, statement = _storing(table, self._engine)
        self._store(statement)
        return kept

    def named(self, table: ir.Table) -> str:
        """Returns what a table may be called by until the snapshot ends; it is worked out each time it is used."""
        name = ibis.util.gen_name("named")
        self._store(f'CREATE TEMPORARY VIEW "{name}" AS {self._engine.compile(table)}')
        return name

    def lend(self, rows: pa.Table) -> ir.Table:
        """Rows from memory as a table."""
        if not self._is_embedded:
            return ibis.memtable(rows)
        name = ibis.util.gen_name("lent")
        self._prepared.append(self._worker.submit(self._engine.con.register, name, rows))
        return DatabaseTable(name=name, schema=ibis.Schema.from_pyarrow(rows.schema), source=self._engine).to_expr()

    def answer(self, table: ir.Table) -> "Future[pa.Table]":
        """Compiled here and now, where the engine's own way from SQL to Arrow is known; else Ibis does both."""
        if not self._is_embedded:
            return self._ask(table.to_pyarrow)
        return self._ask(self._query(self._engine.compile(table), table.schema()))

    def follow(self, plan: Plan, told: Told) -> "list[Future[pa.Table]]":
        """What a plan asks, with these values in its places."""
        answers = []
        for step in plan.steps:
            if step.schema is None:
                self._store(step.told(told))
            else:
                answers.append(self._ask(self._query(step.told(told), step.schema)))
        return answers

    def _store(self, statement: str) -> None:
        self._prepared.append(self._worker.submit(self._engine.raw_sql, statement))

    def _query(self, sql: str, schema: ibis.Schema) -> Callable[[], pa.Table]:
        if not self._is_embedded:
            return self._engine.sql(sql, schema=schema).to_pyarrow
        return lambda: self._engine.con.sql(sql).to_arrow_table().cast(schema.to_pyarrow())

    def _ask(self, query: Callable[[], pa.Table]) -> "Future[pa.Table]":
        return self._worker.submit(self._answer, query, tuple(self._prepared))

    def _answer(self, query: Callable[[], pa.Table], after: Iterable[Future[object]]) -> pa.Table:
        for each in after:
            each.result()  # raises what went wrong with it
        return query()


@contextmanager
def working_ahead(tables: Tables) -> Iterator[Ahead]:
    """Nobody else may ask these tables within."""
    worker = ThreadPoolExecutor(1)
    try:
        yield Ahead(tables, worker)
    finally:
        worker.shutdown(cancel_futures=True)


def _storing(table: ir.Table, engine: ibis.BaseBackend) -> tuple[ir.Table, str]:
    """What a table is called when it is stored, and the statement that does."""
    # Ibis's own create_table first makes the table empty and asks the catalogue for what is known here:
    # together they took about as long as filling most of these tables.
    name = ibis.util.gen_name("kept")
    kept = DatabaseTable(name=name, schema=table.schema(), source=engine).to_expr()
    return kept, storing(name, engine.compile(table))
