"""Tables that were never in a file: rows by hand over an in-memory DuckDB."""

import duckdb
import ibis
import pyarrow as pa

from analytics.metrics.tables import NAMES, Tables
from analytics.store.schema import TABLES

MORE = {
    "identities": pa.schema({"actor": pa.int64(), "person": pa.int64()}),
    "touch_channels": pa.schema({"touch": pa.string(), "channel": pa.string(), "campaign": pa.string()}),
}


def tables(**rows: list[dict]) -> Tables:
    connection = duckdb.connect()
    for table in NAMES:
        schema = TABLES.get(table) or MORE[table]
        filled = [{name: _default(schema.field(name)) for name in schema.names} | row for row in rows.get(table, [])]
        connection.register(table, pa.Table.from_pylist(filled, schema))
    return Tables(ibis.duckdb.from_connection(connection).table)


def _default(field: pa.Field) -> object:
    return "" if field.type == pa.string() else 0
