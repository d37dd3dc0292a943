"""``trait_history``: what was stated about an actor or an account, and when.

Kept are, of each day, the first statement and those that differ from the one before, so that
a day's rows depend on that day's events alone. Read as of a moment, that is the same as keeping
every statement.
"""

import ibis
import ibis.expr.types as ir

from analytics.metrics.portable import number_in, property_text

SUBJECT = ("subject_kind", "subject", "field", "day")
STATED_AT = ("at_us", "source", "message_id")  # the order of statements; no two share it


def trait_history(events: ir.Table) -> ir.Table:
    """Rows of ``store.schema.TRAIT_HISTORY`` from events of someone that carry their local ``day``."""
    joins = events.filter((events.type == "group") & (events.account != ""))
    others = events.filter(events.type != "group")
    statements = ibis.union(
        _statements(joins, "actor", joins.actor.cast("string"), "account", joins.account),
        _statements(joins, "account", joins.account, "customer_segment", _segment(joins)),
        _statements(others, "actor", others.actor.cast("string"), "customer_segment", _segment(others)),
        _balances(others),
    )
    return _changes(statements.filter(statements.value != ""))


def _statements(events: ir.Table, kind: str, subject: ir.StringValue, field: str, value: ir.StringValue) -> ir.Table:
    return events.select(
        subject_kind=ibis.literal(kind),
        subject=subject,
        field=ibis.literal(field),
        day=events.day,
        at_us=events.at_us,
        source=events.source,
        message_id=events.message_id,
        value=value,
    )


def _segment(events: ir.Table) -> ir.StringValue:
    """The customer segment an event was sent with; "" where there is none."""
    return events.customer_segment


def _balances(events: ir.Table) -> ir.Table:
    """Wallet balances reported as a trait or a property, as a number or a text that is one; others are passed over."""
    telling = events.filter(events.properties.contains('"wallet_balance"'))
    told = telling.mutate(balance=number_in(property_text(telling.properties, "wallet_balance")))
    told = told.filter(told.balance.notnull())
    return _statements(told, "actor", told.actor.cast("string"), "wallet_balance", told.balance.cast("string"))


def _changes(statements: ir.Table) -> ir.Table:
    """One statement a moment, the last; and of those that follow each other with the same value the first."""
    in_order = [statements[name] for name in STATED_AT]
    overtaken = statements.at_us.lead().over(group_by=SUBJECT, order_by=in_order) == statements.at_us
    moments = statements.mutate(overtaken=overtaken.fill_null(False)).filter(lambda t: ~t.overtaken)
    repeated = moments.value.lag().over(group_by=SUBJECT, order_by=moments.at_us) == moments.value
    changes = moments.mutate(repeated=repeated.fill_null(False)).filter(lambda t: ~t.repeated)
    return changes.select(*SUBJECT, "at_us", "value")
