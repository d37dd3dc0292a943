"""Values of a property as a breakdown tells them apart: those that matter most by name, all others as one."""

import ibis
import ibis.expr.types as ir

from analytics.explore.conditions import column_name

NONE, OTHER = "(none)", "(other)"


def told(rows: ir.Table, property: str) -> ir.StringValue:
    """The property's value in each row, ``NONE`` where it isn't set."""
    text = rows[column_name(property)].coalesce("")
    return ibis.ifelse(text == "", NONE, text)


def with_most(rows: ir.Table, column: str, weights: ir.Table, shown: int) -> ir.Table:
    """``rows`` with ``OTHER`` for all values of ``column`` but those of the greatest ``weight``.

    ``weights`` has ``column`` and ``weight``; of equal weights the first by name is shown.
    """
    place = ibis.row_number().over(order_by=[weights.weight.desc(), weights[column]])
    most = weights.mutate(place=place).filter(lambda t: t.place < shown).select(named=column)
    joined = rows.left_join(most, rows[column] == most.named)
    by_name = ibis.ifelse(joined.named.coalesce("") == "", OTHER, joined[column])
    return joined.mutate(by_name.name(column)).drop("named")
