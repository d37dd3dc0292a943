"""What a metric is computed from: Ibis tables of one snapshot, on whatever engine holds them."""

from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir

from analytics.metrics.timelines import Timelines


@dataclass(frozen=True)
class Tables:
    """The tables of one consistent snapshot; columns and units stand in ``analytics.store.schema``."""

    events: ir.Table
    user_day: ir.Table
    sessions: ir.Table
    touches: ir.Table
    trait_history: ir.Table
    persona_history: ir.Table
    identities: ir.Table
    """``actor, person``: every identity that was merged into another person; an actor not in it is its own person."""
    touch_channels: ir.Table
    """``touch, channel, campaign``: what the rule list makes of every distinct touch."""
    timelines: Callable[[], Timelines | None] = lambda: None
    """The events as arrays, where they are kept in memory or near it."""
