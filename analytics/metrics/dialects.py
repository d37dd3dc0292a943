"""How each engine writes the operations of ``analytics.metrics.portable``.

A writer gets the compiler, the operation, and its arguments, columns among them as SQL. Texts
compare by their bytes on DuckDB and ClickHouse; PostgreSQL is told to.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers import (
    BigQueryCompiler,
    ClickHouseCompiler,
    DuckDBCompiler,
    PostgresCompiler,
    SnowflakeCompiler,
)
from ibis.backends.sql.compilers.base import SQLGlotCompiler

from analytics.metrics.patterns import for_postgresql

Writer = Callable[..., sge.Expression]
SQL = sge.Expression


@dataclass(frozen=True)
class Dialect:
    """The writer of each operation, and the compiler that is taught it."""

    compiler: type[SQLGlotCompiler]
    property_text: Writer
    folded: Writer
    matches: Writer


def teach(**operations: type[ops.Value]) -> None:
    """Let every dialect's compiler write the operations, given by the names of their writers."""
    for dialect in DIALECTS:
        for name, operation in operations.items():
            # A compiler asks itself for the method of this name: there is no other place to register one.
            setattr(dialect.compiler, f"visit_{operation.__name__}", getattr(dialect, name))
    ClickHouseCompiler.visit_Lag = ClickHouseCompiler.visit_Lead = _clickhouse_neighbour


def _text(value: str) -> SQL:
    return sge.Literal.string(value)


def _path(key: str) -> SQL:
    return _text('$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"')


def _lower(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL) -> SQL:
    return compiler.f.anon.lower(text)


def _duckdb_property(compiler: SQLGlotCompiler, op: ops.Value, *, document: SQL, key: str) -> SQL:
    # A pointer, not a path: in a path the key * stands for all keys.
    return compiler.f.anon.json_extract_string(document, _text("/" + key.replace("~", "~0").replace("/", "~1")))


def _duckdb_matches(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL, pattern: str) -> SQL:
    return compiler.f.anon.regexp_matches(text, _text(pattern))


def _postgres_property(compiler: SQLGlotCompiler, op: ops.Value, *, document: SQL, key: str) -> SQL:
    """Numbers come as they are written in the document."""
    # The portal writes 1000.0 for 1e3, as other engines do when they read it. Only fractions beyond
    # 1e16 and below 1e-5 are other texts here; as numbers they are the same.
    value = compiler.f.anon.json_extract_path_text(sge.cast(document, "json"), _text(key))
    return sge.Collate(this=value, expression=sge.to_identifier("C", quoted=True))


def _postgres_folded(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL) -> SQL:
    return compiler.f.anon.lower(_by_own_rules(text))


def _by_own_rules(text: SQL) -> SQL:
    """By the database's rules for letters: those of "C", by which texts are compared, know none beyond z."""
    return sge.Collate(this=text, expression=sge.to_identifier("default", quoted=True))


def _postgres_matches(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL, pattern: str) -> SQL:
    found = for_postgresql(pattern)
    return sge.RegexpLike(this=_by_own_rules(text) if found.startswith("(?i") else text, expression=_text(found))


def _clickhouse_property(compiler: SQLGlotCompiler, op: ops.Value, *, document: SQL, key: str) -> SQL:
    f = compiler.f.anon
    value = f.JSONExtract(document, _text(key), _text("Nullable(String)"))
    # It drops the fraction of 1000.0, which all others show.
    whole = sge.and_(f.JSONType(document, _text(key)).eq(_text("Double")), sge.not_(f.match(value, _text("[.e]"))))
    return f["if"](whole, f.concat(value, _text(".0")), value)


def _clickhouse_folded(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL) -> SQL:
    return compiler.f.anon.lowerUTF8(text)


def _clickhouse_matches(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL, pattern: str) -> SQL:
    return compiler.f.anon.match(text, _text(f"(?-s){pattern}"))  # else . is a line's end, too


def _clickhouse_neighbour(
    compiler: ClickHouseCompiler, op: ops.Lag | ops.Lead, *, arg: SQL, offset: SQL | None, default: SQL | None
) -> SQL:
    """What Ibis writes, but with a default of the column's own type: a mere number gets the smallest that holds it."""
    typed = None if default is None else compiler.cast(default, op.dtype.copy(nullable=False))
    return compiler.visit_LagLead(op, arg=arg, offset=offset, default=typed)


def _bigquery_property(compiler: SQLGlotCompiler, op: ops.Value, *, document: SQL, key: str) -> SQL:
    f = compiler.f.anon
    return f.coalesce(f.json_value(document, _path(key)), f.json_query(document, _path(key)))


def _bigquery_matches(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL, pattern: str) -> SQL:
    return compiler.f.anon.regexp_contains(text, _text(pattern))


def _snowflake_property(compiler: SQLGlotCompiler, op: ops.Value, *, document: SQL, key: str) -> SQL:
    return sge.cast(compiler.f.anon.get(compiler.f.anon.parse_json(document), _text(key)), "varchar")


def _snowflake_matches(compiler: SQLGlotCompiler, op: ops.Value, *, text: SQL, pattern: str) -> SQL:
    return compiler.f.anon.regexp_instr(text, _text(pattern)) > 0


DIALECTS = (
    Dialect(DuckDBCompiler, _duckdb_property, _lower, _duckdb_matches),
    Dialect(PostgresCompiler, _postgres_property, _postgres_folded, _postgres_matches),
    Dialect(ClickHouseCompiler, _clickhouse_property, _clickhouse_folded, _clickhouse_matches),
    Dialect(BigQueryCompiler, _bigquery_property, _lower, _bigquery_matches),
    Dialect(SnowflakeCompiler, _snowflake_property, _lower, _snowflake_matches),
)
