"""What every engine can do, but Ibis doesn't ask all of them for alike: operations of our own.

An expression holds the operation; how an engine writes it stands in ``analytics.metrics.dialects``.
So the same expression gives the same answers on DuckDB, PostgreSQL and ClickHouse, and SQL for
others.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.rules as rlz
import ibis.expr.types as ir

from analytics.metrics import dialects

# Engines differ in what else they take for a number (inf, 1_000, 0x10, spaces around one), and in
# what becomes of one that is too large: so many digits fit into a double on all of them.
NUMBER = r"^[+-]?([0-9]{1,100}([.][0-9]{0,100})?|[.][0-9]{1,100})([eE][+-]?[0-9]{1,2})?$"


def property_text(document: ir.StringValue, key: str) -> ir.StringValue:
    """The value at ``key`` of a JSON object, as text: NULL where there is none, or null.

    Texts come without quotes, objects and arrays as JSON.
    """
    return PropertyText(document, key).to_expr()


def number_in(text: ir.StringValue) -> ir.FloatingValue:
    """The number that a text is, in decimal digits; else NULL."""
    return ibis.ifelse(matches(text, NUMBER), text, None).try_cast("float64")


def folded(text: ir.StringValue) -> ir.StringValue:
    """The text in small letters, of every script that has them."""
    return Folded(text).to_expr()


def matches(text: ir.StringValue, pattern: str) -> ir.BooleanValue:
    """Whether a regular expression of the RE2 kind is found in the text. ``.`` stands for no line's end."""
    return Matches(text, pattern).to_expr()


class PropertyText(ops.Value):
    document: ops.Value[dt.String]
    key: str
    dtype = dt.string
    shape = rlz.shape_like("document")


class Folded(ops.Value):
    text: ops.Value[dt.String]
    dtype = dt.string
    shape = rlz.shape_like("text")


class Matches(ops.Value):
    text: ops.Value[dt.String]
    pattern: str
    dtype = dt.boolean
    shape = rlz.shape_like("text")


dialects.teach(property_text=PropertyText, folded=Folded, matches=Matches)
