"""Rows in the cells they belong to, so that one query answers several combinations of dimensions.

SQL has GROUPING SETS for that, but not every engine, and Ibis has none. A cell is one combination
of values, in which an empty value stands for all; each row is copied into one cell of every set.
"""

from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from analytics.metrics.facts import Keep

Sets = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Cube:
    """``rows`` with the columns ``keys``, which name a cell; ``named`` gives a result its dimensions back."""

    rows: ir.Table
    keys: tuple[str, ...]
    cells: ir.Table | None = None

    def named(self, result: ir.Table) -> ir.Table:
        return result if self.cells is None else result.join(self.cells, "cell").drop("cell")

    def of(self, rows: ir.Table) -> "Cube":
        """The same cells with other rows."""
        return replace(self, rows=rows)


def dimensions_of(sets: Sets) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for chosen in sets for name in chosen))


def cells_of(rows: ir.Table, sets: Sets, keep: Keep) -> ir.Table | None:
    """``cell`` and the dimensions of every cell that rows carrying these fall in; None for a single set.

    Of a single set the dimensions themselves are the keys. Of several, cells are numbered: numbers
    are sorted and grouped much faster than texts.
    """
    if len(sets) == 1:
        return None
    dimensions = dimensions_of(sets)
    cells = _copied(rows.select(*dimensions).distinct(), sets).distinct()
    return keep(cells.mutate(cell=ibis.row_number().over(order_by=[cells[name] for name in dimensions])))


def cube(rows: ir.Table, sets: Sets, cells: ir.Table | None) -> Cube:
    """Place rows that carry the dimensions of ``sets`` in their ``cells``."""
    dimensions = dimensions_of(sets)
    if cells is None:
        return Cube(rows, dimensions)
    others = [name for name in rows.columns if name not in dimensions]
    return Cube(_copied(rows, sets).join(cells, dimensions).select("cell", *others), ("cell",), cells)


def _copied(rows: ir.Table, sets: Sets) -> ir.Table:
    """Each row once for every set, with the dimensions that are not in the set empty."""
    copies = rows.cross_join(ibis.range(0, len(sets)).unnest().name("set_number").as_table())

    def value(name: str) -> ir.StringValue:
        with_it = [number for number, names in enumerate(sets) if name in names]
        return ibis.ifelse(copies.set_number.isin(with_it), copies[name], "")

    return copies.mutate(**{name: value(name) for name in dimensions_of(sets)}).drop("set_number")
