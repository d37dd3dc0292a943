"""Filters: a property, an operator and a value, as a condition on a row of events.

Every part is checked before it gets here, and enters the query as a literal: nothing of a request
is ever text of the query itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from analytics.metrics import facts
from analytics.metrics.features import Feature, Rule, first_area, first_feature, met
from analytics.metrics.portable import folded, matches, number_in, property_text
from analytics.metrics.properties import property_column
from analytics.metrics.tables import Tables

OPERATORS = (
    "is", "is_not", "in", "not_in", "contains", "gt", "gte", "lt", "lte", "is_set", "is_not_set", "between", "matches",
)  # fmt: skip
RESOLVED = ("platform", "channel", "customer_segment", "persona")  # looked up as of the event's day
COLUMNS = (*RESOLVED, "session_id")
MAPPED = {"feature": first_feature, "core_area": first_area}  # told by rules over names and pages
NEGATED = ("is_not", "not_in", "is_not_set")
PERSON = "person."
NAMES_A_PROPERTY = ("property", "breakdown")  # members of questions that hold a property's name


@dataclass(frozen=True)
class Condition:
    """``rules``: of a mapped property, those of all features that the condition names."""

    property: str
    operator: str
    value: Any = None
    rules: tuple[Rule, ...] = ()


def column_name(property: str) -> str:
    """What a property is called among the columns of ``with_properties``."""
    return property if property in COLUMNS else property_column(property)


def is_sent(property: str) -> bool:
    """Whether a property is one that events are sent with, not looked up or told by rules."""
    return not (property in COLUMNS or property in MAPPED or property.startswith(PERSON))


def with_properties(tables: Tables, events: ir.Table, wanted: Collection[str]) -> ir.Table:
    """``events``, which have ``day``, with ``person`` and a text for each property: NULL or empty where unset.

    Mapped ones are left to ``with_mapped``: no condition on them needs a text.
    """
    rows = facts.resolve(tables, events, [name for name in wanted if name in RESOLVED])
    for name in wanted:
        if name.startswith(PERSON):
            rows = _with_trait(tables, rows, name)
        elif is_sent(name) and column_name(name) not in rows.columns:
            rows = rows.mutate(property_text(rows.properties, name).name(column_name(name)))
    return rows


def with_mapped(rows: ir.Table, wanted: Collection[str], features: Sequence[Feature]) -> ir.Table:
    """``rows`` with a text for each mapped property: of the first of ``features`` an event belongs to, or empty."""
    told = {column_name(name): MAPPED[name](rows, features) for name in wanted if name in MAPPED}
    return rows.mutate(**told) if told else rows


def _with_trait(tables: Tables, rows: ir.Table, name: str) -> ir.Table:
    """The trait as it was told last, by any identify of the person."""
    told = tables.events.filter(tables.events.type == "identify", tables.events.actor != 0)
    told = facts.with_person(tables, told)
    told = told.mutate(trait=property_text(told.properties, name.removeprefix(PERSON)))
    told = told.filter(told.trait.notnull())
    place = ibis.row_number().over(group_by=told.person, order_by=[told.at_us.desc(), told.trait])
    newest = told.mutate(place=place).filter(ibis._.place == 0).select(trait_person="person", trait="trait")
    joined = rows.left_join(newest, rows.person == newest.trait_person)
    return joined.select(*rows.columns, joined.trait.name(column_name(name)))


def holds(rows: ir.Table, condition: Condition) -> ir.BooleanValue:
    """Whether a condition holds for each row. What isn't set is not anything, and neither more nor less.

    An event is of every feature that it belongs to.
    """
    if condition.property in MAPPED:
        belongs = met(rows, condition.rules)
        return ~belongs if condition.operator in NEGATED else belongs
    text = rows[column_name(condition.property)].coalesce("")
    number = number_in(text)
    value = condition.value
    match condition.operator:
        case "is_set":
            return text != ""
        case "is_not_set":
            return text == ""
        case "is":
            return _equals(text, value)
        case "is_not":
            return ~_equals(text, value)
        case "in":
            return ibis.or_(*(_equals(text, one) for one in value))
        case "not_in":
            return ~ibis.or_(*(_equals(text, one) for one in value))
        case "contains":
            return folded(text).contains(folded(ibis.literal(str(value))))
        case "matches":
            return (text != "") & matches(text, value)
        case "between":
            return _at_least(text, number, value[0]) & _at_most(text, number, value[1])
        case "gte":
            return _at_least(text, number, value)
        case "lte":
            return _at_most(text, number, value)
        case "gt":
            return _at_least(text, number, value) & ~_equals(text, value)
        case _:
            return _at_most(text, number, value) & ~_equals(text, value)


def _equals(text: ir.StringValue, value: Any) -> ir.BooleanValue:
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, int | float):
        return (number_in(text) == float(value)).coalesce(False)
    return text == value


def _at_least(text: ir.StringValue, number: ir.FloatingValue, value: Any) -> ir.BooleanValue:
    """Numbers are compared as numbers, texts (dates among them) as texts."""
    if isinstance(value, str):
        return (text != "") & (text >= value)
    return (number >= float(value)).coalesce(False)


def _at_most(text: ir.StringValue, number: ir.FloatingValue, value: Any) -> ir.BooleanValue:
    if isinstance(value, str):
        return (text != "") & (text <= value)
    return (number <= float(value)).coalesce(False)
