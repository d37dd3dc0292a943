"""Tables that were never in a file: rows by hand over an in-memory DuckDB."""

from dataclasses import MISSING, fields

import duckdb
import ibis
import pyarrow as pa

from analytics.metrics.tables import Tables
from analytics.store.schema import TABLES

MORE = {
    "identities": pa.schema({"actor": pa.int64(), "person": pa.int64()}),
    "touch_channels": pa.schema({"touch": pa.string(), "channel": pa.string(), "campaign": pa.string()}),
}
STORED = [field for field in fields(Tables) if field.default is MISSING]


def tables(**rows: list[dict]) -> Tables:
    connection = duckdb.connect()
    for field in STORED:
        schema = TABLES.get(field.name) or MORE[field.name]
        filled = [
            {name: _default(schema.field(name)) for name in schema.names} | row for row in rows.get(field.name, [])
        ]
        connection.register(field.name, pa.Table.from_pylist(filled, schema))
    backend = ibis.duckdb.from_connection(connection)
    return Tables(**{field.name: backend.table(field.name) for field in STORED})


def _default(field: pa.Field) -> object:
    return "" if field.type == pa.string() else 0
