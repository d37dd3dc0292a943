"""Asking the engine on behalf of one question, and keeping what was asked: a page shows the SQL that ran."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from analytics.metrics.tables import Tables


@dataclass(frozen=True)
class Asking:
    """The tables of one moment, and the SQL of every query so far: as it ran, or as another ``dialect`` has it."""

    tables: Tables
    dialect: str | None = None
    threads: int = 1
    ran: list[Callable[[], str]] = field(default_factory=list)

    @property
    def engine(self) -> str:
        """The name of the engine that answers, as of a dialect."""
        return str(ibis.get_backend(self.tables.events).name)

    def arrow(self, rows: ir.Table) -> pa.Table:
        self.ran.append(partial(self._text, rows))
        return rows.to_pyarrow()

    def instead_of(self, rows: Callable[[], ir.Table]) -> None:
        """Arrays were asked, and not the engine: to show, there is the query that says the same."""
        self.ran.append(lambda: self._text(rows()))

    def aside(self, rows: ir.Table) -> pa.Table:
        """Of rows that aren't the question's: what the engine makes of them doesn't belong to its SQL."""
        return ibis.get_backend(self.tables.events).to_pyarrow(rows)

    def rows(self, rows: ir.Table) -> list[dict[str, Any]]:
        return self.arrow(rows).to_pylist()

    @property
    def is_embedded(self) -> bool:
        """Whether the engine is the one inside this process, so that rows cost little to fetch.

        Not for SQL that another engine is to run: that has to answer by itself.
        """
        return self.dialect is None and self.engine == "duckdb"

    @property
    def texts(self) -> list[str]:
        """Written only when they are looked at, which takes longer than some of the answers."""
        return [text() for text in self.ran]

    @property
    def text(self) -> str:
        return ";\n\n".join(self.texts)

    def _text(self, rows: ir.Table) -> str:
        return str(ibis.to_sql(rows, dialect=self.dialect or self.engine))
