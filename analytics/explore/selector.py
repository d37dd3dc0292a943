"""Choosing events by name and by what holds of them, on whatever days."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from analytics.explore.conditions import Condition, holds, with_properties
from analytics.metrics.calendar import local_day, utc_day
from analytics.metrics.facts import BOT, PASSIVE, is_action
from analytics.metrics.tables import Tables


@dataclass(frozen=True)
class Selector:
    """Events of one name that meet all ``filters``. ``event`` None: every active event.

    A named event counts though it be passive: whoever asks for it by name means it.
    """

    event: str | None = None
    filters: tuple[Condition, ...] = ()

    def chooses(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether each row, which has the filters' properties, is one of these events."""
        named = _active(rows) if self.event is None else rows.event == self.event
        return ibis.and_(named, *(holds(rows, condition) for condition in self.filters))

    @property
    def label(self) -> str:
        return self.event or "any event"


def chosen_events(
    tables: Tables,
    selectors: Iterable[Selector],
    zone: str,
    since_us: int,
    until_us: int,
    also: Collection[str] = (),
) -> ir.Table:
    """The events from ``since_us`` until before ``until_us`` that any of ``selectors`` may choose.

    Besides their own columns they have ``person``, the ``day`` in ``zone``, and a text for every
    property that a selector or ``also`` names. Whether one selector chooses a row, it says itself.
    """
    chosen = list(selectors)
    rows = tables.events
    rows = rows.filter(rows.at_us >= since_us, rows.at_us < until_us, rows.actor != 0, (rows.flags & BOT) == 0)
    rows = rows.filter(is_action(rows), _may_be_chosen(rows, chosen))
    rows = rows.mutate(day=local_day(rows.at_us, zone, utc_day(since_us), utc_day(until_us)))
    filtered = (condition.property for selector in chosen for condition in selector.filters)
    return with_properties(tables, rows, list(dict.fromkeys([*filtered, *also])))


def _may_be_chosen(rows: ir.Table, selectors: Collection[Selector]) -> ir.BooleanValue:
    named = rows.event.isin(sorted({selector.event for selector in selectors if selector.event is not None}))
    return named | _active(rows) if any(selector.event is None for selector in selectors) else named


def _active(rows: ir.Table) -> ir.BooleanValue:
    return (rows.flags & PASSIVE) == 0
