"""What a metric is computed from: Ibis tables of one snapshot, on whatever engine holds them."""

from collections.abc import Callable

import ibis.expr.types as ir

from analytics.metrics.timelines import Timelines


class Tables:
    """The tables of one consistent snapshot; columns and units stand in ``analytics.store.schema``.

    ``look_up`` is asked for each by its name when it is first used: few questions use all of them.
    """

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

    def __init__(
        self, look_up: Callable[[str], ir.Table], timelines: Callable[[], Timelines | None] = lambda: None
    ) -> None:
        self._look_up = look_up
        self.timelines = timelines
        """The events as arrays, where they are kept in memory or near it."""

    def look_up_all(self) -> None:
        for name in NAMES:
            getattr(self, name)

    def but(self, **others: ir.Table) -> "Tables":
        """These, with other tables in the place of some."""
        return Tables(lambda name: others[name] if name in others else getattr(self, name))

    def __getattr__(self, name: str) -> ir.Table:
        if name not in NAMES:
            raise AttributeError(name)
        table = self._look_up(name)
        setattr(self, name, table)
        return table


NAMES = tuple(Tables.__annotations__)
