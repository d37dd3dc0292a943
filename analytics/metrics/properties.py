"""Properties of events as columns beside the JSON that holds them all."""

import re
from collections.abc import Collection

import ibis.expr.types as ir

from analytics.metrics.portable import property_text

CAPITAL = re.compile("[A-Z^]")


def property_column(name: str) -> str:
    """What the column of a property is called. Capitals are marked: some engines take Plan and plan for one column."""
    return "property:" + CAPITAL.sub(r"^\g<0>", name)


def property_of(rows: ir.Table, name: str) -> ir.StringValue:
    """The property's text: of its column where ``rows`` have one, else of the JSON. NULL or empty where unset."""
    column = property_column(name)
    return rows[column] if column in rows.columns else property_text(rows.properties, name)


def with_property_columns(rows: ir.Table, names: Collection[str]) -> ir.Table:
    """``rows`` with a column for each of the properties, after all others and in this order: empty where unset."""
    if not names:
        return rows
    texts = {property_column(name): property_of(rows, name).coalesce("") for name in names}
    return rows.select(*(column for column in rows.columns if column not in texts), **texts)
