"""Which events a question is about: those of its days that selectors choose and filters let through."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from analytics.explore.conditions import Condition, holds, with_properties
from analytics.metrics.calendar import bounds_us, local_day, utc_day
from analytics.metrics.facts import ACTIVE_TYPES, BOT, PASSIVE
from analytics.metrics.features import Feature
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


@dataclass(frozen=True, kw_only=True)
class Question:
    """What every analysis is asked: about the local days ``first`` to ``last``, both included.

    ``features`` is the mapping, where something is split by it.
    """

    first: date
    last: date
    timezone: str = "UTC"
    week_start: int = 0
    filters: tuple[Condition, ...] = ()
    features: tuple[Feature, ...] = ()

    @property
    def bounds_us(self) -> tuple[int, int]:
        """From when until before when the days last."""
        return bounds_us(self.first, self.timezone)[0], bounds_us(self.last, self.timezone)[1]


def happened(
    tables: Tables,
    question: Question,
    selectors: Iterable[Selector],
    also: Collection[str] = (),
    *,
    since_us: int | None = None,
    until_us: int | None = None,
) -> ir.Table:
    """The events that any of ``selectors`` may choose, let through by the question's filters.

    Besides their own columns they have ``person``, the local ``day``, and a text for every property
    that the question, a selector or ``also`` names. ``since_us`` and ``until_us`` (before which)
    reach beyond the question's days. Whether one selector chooses a row, it says itself.
    """
    chosen = list(selectors)
    first_us, last_us = question.bounds_us
    since, until = first_us if since_us is None else since_us, last_us if until_us is None else until_us
    rows = tables.events
    rows = rows.filter(rows.at_us >= since, rows.at_us < until, rows.actor != 0, (rows.flags & BOT) == 0)
    rows = rows.filter(rows.type.isin(ACTIVE_TYPES), _may_be_chosen(rows, chosen))
    rows = rows.mutate(day=local_day(rows.at_us, question.timezone, utc_day(since), utc_day(until)))
    filters = [*question.filters, *(condition for selector in chosen for condition in selector.filters)]
    wanted = dict.fromkeys([*(condition.property for condition in filters), *also])
    rows = with_properties(tables, rows, list(wanted), question.features)
    return rows.filter(*(holds(rows, condition) for condition in question.filters)) if question.filters else rows


def _may_be_chosen(rows: ir.Table, selectors: Collection[Selector]) -> ir.BooleanValue:
    named = rows.event.isin(sorted({selector.event for selector in selectors if selector.event is not None}))
    return named | _active(rows) if any(selector.event is None for selector in selectors) else named


def _active(rows: ir.Table) -> ir.BooleanValue:
    return (rows.flags & PASSIVE) == 0
