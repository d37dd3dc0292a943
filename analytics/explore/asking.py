"""Asking the engine on behalf of one question, and keeping what was asked: a page shows the SQL that ran."""

from dataclasses import dataclass, field
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
    ran: list[str] = field(default_factory=list)

    @property
    def engine(self) -> str:
        """The name of the engine that answers, as of a dialect."""
        return str(ibis.get_backend(self.tables.events).name)

    def arrow(self, rows: ir.Table) -> pa.Table:
        self.ran.append(str(ibis.to_sql(rows, dialect=self.dialect or self.engine)))
        return rows.to_pyarrow()

    def rows(self, rows: ir.Table) -> list[dict[str, Any]]:
        return self.arrow(rows).to_pylist()

    @property
    def is_embedded(self) -> bool:
        """Whether the engine is the one inside this process, so that rows cost little to fetch.

        Not for SQL that another engine is to run: that has to answer by itself.
        """
        return self.dialect is None and self.engine == "duckdb"

    @property
    def sql(self) -> str:
        return ";\n\n".join(self.ran)
