"""Queries that are composed and compiled once, and then asked of other days night after night.

Composing and compiling takes Python longer than the engine needs to answer for a few days. So
whoever composes a plan is given names in place of days, and tables that exist by name only. The
names get their values when the plan is followed: no text can depend on a day, for none is known
when it is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from string import Template

import ibis
import ibis.expr.datashape as ds
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.rules as rlz
import ibis.expr.types as ir
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import SQLGlotCompiler

Told = Mapping[str, int | str]


class _Text(Template):
    delimiter = "\0"  # no name or pattern that SQL may quote has it


@dataclass(frozen=True)
class Step:
    """``sql`` with places for what is told later; it answers with rows of the ``schema``, or stores some without."""

    sql: str
    schema: ibis.Schema | None = None

    def told(self, values: Told) -> str:
        return _Text(self.sql).substitute(values)


@dataclass(frozen=True)
class Plan:
    """Writes down what it is asked, as ``steps`` in the SQL of a dialect, for ``Ahead`` to follow.

    What the tables it keeps are called begins with the place ``name``.
    """

    name: str
    dialect: str
    steps: list[Step] = field(default_factory=list)

    def keep(self, table: ir.Table) -> ir.Table:
        name = f"{_place(self.name)}_{len(self.steps)}"
        self.steps.append(Step(storing(name, self._sql(table))))
        return ibis.table(table.schema(), name=name)

    def answer(self, table: ir.Table) -> None:
        self.steps.append(Step(self._sql(table), table.schema()))

    def _sql(self, table: ir.Table) -> str:
        return str(ibis.to_sql(table, dialect=self.dialect, pretty=False))


def open_table(name: str, schema: ibis.Schema) -> ir.Table:
    """A table whose name is told when the plan is followed."""
    return ibis.table(schema, name=_place(name))


def storing(name: str, select: str) -> str:
    return f'CREATE TEMPORARY TABLE "{name}" AS {select}'


def open_number(name: str) -> ir.IntegerValue:
    """A whole number that is told when the plan is followed."""
    return OpenNumber(name).to_expr()


def is_one_of(column: ir.IntegerValue, name: str) -> ir.BooleanValue:
    """Whether each value is among ``numbers`` that are told when the plan is followed."""
    return IsOneOf(column, name).to_expr()


def numbers(values: Iterable[int]) -> str:
    """How some are told, of which there must be one at least."""
    return ", ".join(map(str, sorted(values)))


class OpenNumber(ops.Value):
    name: str
    dtype = dt.int32
    shape = ds.scalar


class IsOneOf(ops.Value):
    column: ops.Value[dt.Integer]
    name: str
    dtype = dt.boolean
    shape = rlz.shape_like("column")


def _place(name: str) -> str:
    return f"{_Text.delimiter}{{{name}}}"


def _number(compiler: SQLGlotCompiler, op: OpenNumber, *, name: str) -> sge.Expression:
    return sge.Var(this=_place(name))


def _is_one_of(compiler: SQLGlotCompiler, op: IsOneOf, *, column: sge.Expression, name: str) -> sge.Expression:
    return sge.In(this=column, expressions=[sge.Var(this=_place(name))])


# As in analytics.metrics.dialects: there is no other place to teach a compiler an operation.
for operation, writer in ((OpenNumber, _number), (IsOneOf, _is_one_of)):
    setattr(SQLGlotCompiler, f"visit_{operation.__name__}", writer)
