"""What the rollups ask of the engine: which days' figures moved, and every metric's figures of some periods.

Nearly all of it is asked by plans, which a process composes once. Only events by name are composed
anew: the instants at which their days begin depend on the time zone's clock changes among them.
"""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from functools import cache
from itertools import groupby
from typing import TypeVar

import ibis
import pyarrow as pa
from django.conf import settings

from analytics.metrics.calendar import GRAINS
from analytics.metrics.facts import Lookups
from analytics.metrics.registry import DIMENSIONS, METRICS, Metric
from analytics.metrics.sample import Sample
from analytics.metrics.scope import OpenSpan, Scope, Span
from analytics.metrics.tables import Tables
from analytics.rollups.keeping import Ahead
from analytics.rollups.plans import Plan, open_number
from analytics.rollups.spread import moved_days, told_of
from analytics.rollups.sql import named_tables

# Measured in docs/decisions: deeper combinations would make rollups larger than the events.
STORED_SETS: tuple[tuple[str, ...], ...] = ((), *((name,) for name in DIMENSIONS))
STORED_SETS_BY_NAME: tuple[tuple[str, ...], ...] = ((),)

AnySpan = TypeVar("AnySpan", Span, OpenSpan)
Metrics = tuple[Metric, ...]  # of one family, which one query answers
FAMILIES: tuple[Metrics, ...] = tuple(
    tuple(members)
    for _, members in groupby(sorted(METRICS.values(), key=lambda m: m.family.__qualname__), key=lambda m: m.family)
)
BY_NAME = tuple(family for family in FAMILIES if family[0].own_dimension == "event")
PLANNED = tuple(family for family in FAMILIES if family not in BY_NAME)
OF_SPAN = ("first_period", "period_before", "last_period", "first_end", "last")


def stored_sets(metric: Metric) -> tuple[tuple[str, ...], ...]:
    """The combinations of dimensions that rollups hold of a metric."""
    return STORED_SETS_BY_NAME if metric.own_dimension == "event" else STORED_SETS


class Questions:
    """Asks about the tables of one snapshot; what several answers rest on is worked out once."""

    def __init__(self, tables: Tables, ahead: Ahead) -> None:
        self._tables, self._ahead = tables, ahead
        self._names = _new_names("lookups")
        lookups, _ = _lookups(ahead.dialect)
        ahead.follow(lookups, self._names)

    def moved(self, days: Collection[int]) -> set[int]:
        """The other days whose figures move because of what came on ``days``."""
        if not days:
            return set()
        told = self._names | _new_names("moved") | told_of(days)
        (answer,) = self._ahead.follow(_moved(self._ahead.dialect), told)
        return set(answer.result()["day"].to_pylist())

    def figures(self, spans: Sequence[Span]) -> Iterator[tuple[Metrics, Sequence[Span], pa.Table]]:
        """What each family counts in these spans, of all grains, as far as it has figures of them.

        The rows carry the number of their ``span``, where a family has several.
        """
        asked = [*self._planned(spans), *self._by_name(spans)]
        for metrics, answer in asked:
            yield metrics, _of_family(metrics, spans), answer.result()

    def _planned(self, spans: Sequence[Span]) -> Iterator[tuple[Metrics, "Future[pa.Table]"]]:
        first, last, since = _days_needed(spans)
        told = self._names | _new_names("figures") | {"first": first, "last": last, "since": since}
        told |= {f"{span.grain}_{name}": getattr(span, name) for span in spans for name in OF_SPAN}
        plan = _figures(self._ahead.dialect, settings.WEEK_START)
        return zip(PLANNED, self._ahead.follow(plan, told), strict=True)

    def _by_name(self, spans: Sequence[Span]) -> Iterator[tuple[Metrics, "Future[pa.Table]"]]:
        first, last, since = _days_needed(spans)
        sample = Sample(
            self._tables,
            first,
            last,
            settings.PROJECT_TIME_ZONE,
            STORED_SETS_BY_NAME,
            keep=self._ahead.keep,
            since=since,
        )
        for metrics in BY_NAME:
            yield metrics, self._ahead.answer(metrics[0].family(Scope(sample, _of_family(metrics, spans))))


def _days_needed(spans: Sequence[Span]) -> tuple[int, int, int]:
    """The first and the last day that a sample holds, and the day from which on figures are asked."""
    firsts, lasts = zip(*(span.days_needed for span in spans), strict=True)
    return min(firsts), max(lasts), min(span.first_period for span in spans)


def _of_family(metrics: Metrics, spans: Sequence[AnySpan]) -> tuple[AnySpan, ...]:
    return tuple(span for span in spans if any(span.grain in metric.grains for metric in metrics))


def _new_names(plan: str) -> dict[str, int | str]:
    """Tables that a plan keeps are called anew each time it is followed."""
    return {plan: ibis.util.gen_name(plan)}


@cache
def _lookups(dialect: str) -> tuple[Plan, Lookups]:
    plan = Plan("lookups", dialect)
    return plan, Lookups(named_tables(), plan.keep).all()


@cache
def _moved(dialect: str) -> Plan:
    _, lookups = _lookups(dialect)
    plan = Plan("moved", dialect)
    plan.answer(moved_days(lookups, plan.keep))
    return plan


@cache
def _figures(dialect: str, week_start: int) -> Plan:
    """All that its texts depend on is given here: goals, rules and personas are in the tables, days are told."""
    _, lookups = _lookups(dialect)
    plan = Plan("figures", dialect)
    first, last, since = (open_number(name) for name in ("first", "last", "since"))
    sample = Sample(lookups.tables, first, last, sets=STORED_SETS, keep=plan.keep, shared=lookups, since=since)
    scopes: dict[tuple[str, ...], Scope] = {}
    spans = [
        OpenSpan(**{name: open_number(f"{grain}_{name}") for name in OF_SPAN}, grain=grain, week_start=week_start)
        for grain in GRAINS
    ]
    for metrics in PLANNED:
        theirs = _of_family(metrics, spans)
        scope = scopes.setdefault(tuple(span.grain for span in theirs), Scope(sample, theirs))
        plan.answer(metrics[0].family(scope))
    return plan
