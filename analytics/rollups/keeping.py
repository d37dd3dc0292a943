"""Tables that are worked out once and used several times."""

import ibis
import ibis.expr.types as ir
from ibis.expr.operations import DatabaseTable

from analytics.metrics.facts import Keep
from analytics.metrics.tables import Tables


def keeper(tables: Tables) -> Keep:
    """Returns what stores a table until the snapshot ends; a ``memtable`` can't be part of it."""
    engine = ibis.get_backend(tables.user_day)

    def keep(table: ir.Table) -> ir.Table:
        # Ibis's own create_table first makes the table empty and asks the catalogue for what is known here:
        # together they took about as long as filling most of these tables.
        name = ibis.util.gen_name("kept")
        engine.raw_sql(f"CREATE TEMPORARY TABLE {name} AS {engine.compile(table)}")
        return DatabaseTable(name=name, schema=table.schema(), source=engine).to_expr()

    return keep
