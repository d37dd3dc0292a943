"""How much is done: active events, in all and by name."""

import ibis.expr.types as ir

from analytics.metrics.scope import Scope


def events(scope: Scope) -> ir.Table:
    """``period, dimensions, events``."""
    found = scope.within(scope.sample.events)
    sums = found.rows.group_by([*found.keys, "period"]).aggregate(events=found.rows.active_events.sum())
    return found.named(sums)


def events_by_name(scope: Scope) -> ir.Table:
    """``period, dimensions, event, events_by_name``."""
    found = scope.within(scope.sample.named_events)
    sums = found.rows.group_by([*found.keys, "period", "event"]).aggregate(events_by_name=found.rows.times.sum())
    return found.named(sums)
