"""Rows as a table of any engine."""

import ibis
import ibis.expr.types as ir
import pyarrow as pa

CLICKHOUSE = {"int64": "Int64", "int32": "Int32", "double": "Nullable(Float64)", "string": "String"}
POSTGRES = {"int64": "bigint", "int32": "integer", "double": "double precision", "string": 'text COLLATE "C"'}


def put(engine: ibis.BaseBackend, name: str, rows: pa.Table) -> ir.Table:
    """The table ``name`` of an engine, which holds these rows and no others."""
    if engine.name == "duckdb":
        engine.con.register(name, rows)
    elif engine.name == "postgres":
        with engine.con.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({_columns(rows.schema, POSTGRES)})")
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows.to_pylist():
                    copy.write_row(tuple(row.values()))
        engine.con.commit()
    else:
        engine.con.command(f"DROP TABLE IF EXISTS {name}")
        columns = _columns(rows.schema, CLICKHOUSE)
        engine.con.command(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        if rows.num_rows:
            engine.con.insert_arrow(name, rows)
    return engine.table(name)


def _columns(schema: pa.Schema, types: dict[str, str]) -> str:
    return ", ".join(f"{field.name} {types[str(field.type)]}" for field in schema)
