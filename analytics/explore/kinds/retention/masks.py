"""Retention on the embedded engine: the periods of everyone's starts and returns, as bits of two numbers.

The engine then groups by person alone, and each cell is counted by masking the numbers of a whole
cohort at once. Who is behind a cell is told by ``rows``, of which this is a faster form.
"""

from collections.abc import Iterator

import ibis
import ibis.expr.types as ir
import numpy as np

from analytics.explore.arrays import Active, active_in, happened_by_name
from analytics.explore.asking import Asking
from analytics.explore.kinds.retention.question import Column, Retention
from analytics.explore.kinds.retention.rows import events
from analytics.metrics.timelines import Ints

MOST_PERIODS = 62  # the bits of a signed number, without its sign
NEVER = 2**30  # after every period


def can_take(retention: Retention) -> bool:
    """Whether sets of periods tell all: not where events are counted, nor where windows are everyone's own."""
    return not retention.rolling and retention.minimum_occurrences == 1 and len(retention.seen) <= MOST_PERIODS


def cells(asking: Asking, retention: Retention) -> dict[tuple[int, int], int]:
    """How many people are in each column of each cohort, both counted from 0."""
    by_name = _by_name(asking, retention)
    if by_name is None:
        found = asking.arrow(_of_people(events(asking.tables, retention)))
        first, starts, returns = (found[name].to_numpy() for name in ("first", "starts", "returns"))
    else:
        asking.instead_of(lambda: _of_people(events(asking.tables, retention)))
        first, starts, returns = by_name
    counts = {}
    for cohort in range(len(retention.cohorts)):
        of_cohort = first == cohort if retention.mode == "first_time" else (starts >> cohort) & 1 == 1
        later = returns[of_cohort] >> cohort
        counts[cohort, 0] = int(np.count_nonzero(of_cohort))
        for place, mask in _masks(retention, cohort):
            counts[cohort, place] = int(np.count_nonzero(later & mask))
    return counts


def _by_name(asking: Asking, retention: Retention) -> tuple[Ints, Ints, Ints] | None:
    """The columns of ``_of_people`` from arrays; None where the engine is to be asked."""
    since_us = 0 if retention.mode == "first_time" else retention.cohorts.since_us
    selectors = (retention.start, retention.returning)
    happened = happened_by_name(asking, retention, selectors, since_us=since_us, until_us=retention.until_us)
    if happened is None:
        return None
    started = active_in(happened, retention.start, retention.seen)
    same = retention.returning == retention.start
    returned = started if same else active_in(happened, retention.returning, retention.seen)
    first = np.full(len(happened.timelines.people), NEVER)
    first[started.who[started.begins]] = started.period[started.begins]
    return first, _bits(started, len(first)), _bits(returned, len(first))


def _bits(active: Active, people: int) -> Ints:
    """Of each person a bit for every period; of those before the first none."""
    bits = np.zeros(people, np.int64)
    bit = np.where(active.period < 0, 0, 1 << np.maximum(active.period, 0))
    leads = np.flatnonzero(active.begins)
    if len(leads):
        bits[active.who[leads]] = np.bitwise_or.reduceat(bit, leads)
    return bits


def _of_people(rows: ir.Table) -> ir.Table:
    """``person, first, starts, returns``: the first start's period, and a bit for each period with one or the other."""
    within = ibis.ifelse(rows.period < 0, 0, rows.period)
    bit = ibis.ifelse(rows.period < 0, 0, ibis.literal(1 << MOST_PERIODS) >> (MOST_PERIODS - within))
    return rows.group_by("person").aggregate(
        first=ibis.ifelse(rows.starts == 1, rows.period, NEVER).min(),
        starts=ibis.ifelse(rows.starts == 1, bit, 0).bit_or(),
        returns=ibis.ifelse(rows.returns == 1, bit, 0).bit_or(),
    )


def _masks(retention: Retention, cohort: int) -> Iterator[tuple[int, int]]:
    """Of each column but the first the bits of the distances that count."""
    for place, column in enumerate(retention.columns_of(cohort)):
        if place:
            reach = Column(column.first, MOST_PERIODS - 1) if retention.on_or_after else column
            yield place, (1 << (reach.last + 1)) - (1 << reach.first)
