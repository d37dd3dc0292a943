"""Which events count at all, and which of them are activity."""

import ibis.expr.types as ir

from analytics.collect.models import Flag

ACTION_TYPES = ("track", "page", "screen")


def of_someone(events: ir.Table) -> ir.Table:
    """Events that were sent with an id and not by a bot: all that any derived table is made of."""
    return events.filter((events.actor != 0) & ((events.flags & Flag.BOT.value) == 0))


def is_active(events: ir.Table) -> ir.BooleanValue:
    """Whether each event is something its person did: neither identify, group and alias, nor what is marked passive."""
    return events.type.isin(ACTION_TYPES) & ((events.flags & Flag.PASSIVE.value) == 0)
