"""Which events a question is about: those of its days that selectors choose and filters let through."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time

import ibis.expr.types as ir

from analytics.explore.conditions import Condition, holds, with_mapped
from analytics.explore.segments.members import AsOf, Segment, only_members
from analytics.explore.selector import Selector, chosen_events
from analytics.metrics.calendar import bounds_us, instant_us, today
from analytics.metrics.features import Feature
from analytics.metrics.tables import Tables

__all__ = ["Question", "Selector", "happened", "in_segment"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """What every analysis is asked: about the local days ``first`` to ``last``, both included.

    ``starts`` and ``ends``, included too, are local times at which the first and the last of these
    days are cut. None: they are whole.

    With a ``segment``: about the people in it alone, and what they did. ``features`` is the
    mapping, where something is split by it.
    """

    first: date
    last: date
    starts: time | None = None
    ends: time | None = None
    timezone: str = "UTC"
    week_start: int = 0
    filters: tuple[Condition, ...] = ()
    segment: Segment | None = None
    features: tuple[Feature, ...] = ()

    @property
    def bounds_us(self) -> tuple[int, int]:
        """From when until before when events are asked about."""
        zone = self.timezone
        since = bounds_us(self.first, zone)[0] if self.starts is None else instant_us(self.first, self.starts, zone)
        until = bounds_us(self.last, zone)[1] if self.ends is None else instant_us(self.last, self.ends, zone) + 1
        return since, until


def happened(
    tables: Tables,
    question: Question,
    selectors: Iterable[Selector],
    also: Collection[str] = (),
    *,
    since_us: int | None = None,
    until_us: int | None = None,
    filtered: bool = True,
) -> ir.Table:
    """The events that any of ``selectors`` may choose, of people in the question's segment.

    They are let through by its filters where ``filtered``; otherwise ``let_through`` is left to do.

    Besides their own columns they have ``person``, the local ``day``, and a text for every property
    that the question, a selector or ``also`` names. ``since_us`` and ``until_us`` (before which)
    reach beyond the question's days. Whether one selector chooses a row, it says itself.
    """
    first_us, last_us = question.bounds_us
    since, until = first_us if since_us is None else since_us, last_us if until_us is None else until_us
    asked_by = [condition.property for condition in question.filters]
    rows = chosen_events(tables, selectors, question.timezone, since, until, [*asked_by, *also])
    rows = with_mapped(rows, also, question.features)
    return in_segment(tables, let_through(rows, question) if filtered else rows, question)


def let_through(rows: ir.Table, question: Question) -> ir.Table:
    """Those of the events that happened which meet the question's filters."""
    return rows.filter(*(holds(rows, condition) for condition in question.filters)) if question.filters else rows


def in_segment(tables: Tables, rows: ir.Table, question: Question) -> ir.Table:
    """Those of ``rows``, which have ``person``, whose person is in the question's segment; without one, all.

    ``happened`` does so itself: this is for rows of other tables, such as sessions.
    """
    if question.segment is None:
        return rows
    day = min(question.last, today(question.timezone))
    return only_members(tables, rows, question.segment, AsOf(day, question.timezone))
