"""How much is done: active events, in all and by name."""

import ibis.expr.types as ir

from analytics.metrics.scope import Scope


def events(scope: Scope) -> ir.Table:
    """``period, dimensions, events``."""
    found = scope.sample.events
    rows = scope.within(found.rows)
    return found.named(rows.group_by([*found.keys, "period"]).aggregate(events=rows.active_events.sum()))


def events_by_name(scope: Scope) -> ir.Table:
    """``period, dimensions, event, events_by_name``."""
    found = scope.sample.named_events
    rows = scope.within(found.rows)
    return found.named(rows.group_by([*found.keys, "period", "event"]).aggregate(events_by_name=rows.times.sum()))
