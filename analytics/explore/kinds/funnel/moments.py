"""Until when an attempt may go on, and what events are that share a microsecond or could be several steps."""

import ibis
import ibis.expr.types as ir

from analytics.explore.kinds.funnel.question import Funnel
from analytics.metrics.calendar import later

NEVER = 2**62


def deadline(start: ir.IntegerValue, funnel: Funnel) -> ir.IntegerValue:
    return later(start, funnel.window.value, funnel.window.unit, funnel.timezone, funnel.first, funnel.last)


def in_turn(steps: ir.IntegerValue, copy: ir.IntegerValue, count: int) -> ir.IntegerValue:
    """The one of ``steps``, which are bits, that the event of number ``copy`` among those alike is; ``count``: none."""
    flags = [ibis.ifelse((steps & 1 << step) > 0, 1, 0) for step in range(count)]
    turn = copy % ibis.greatest(sum(flags, ibis.literal(0)), 1)
    before: ir.IntegerValue = ibis.literal(0)
    branches = []
    for step, flag in enumerate(flags):
        branches.append(((flag == 1) & (turn == before), step))
        before = before + flag
    return ibis.cases(*branches, else_=count)


def between_steps_alone(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """``rows`` without the exclusions in the same microsecond as a step: those don't lie between two."""
    if not funnel.exclusions:
        return rows
    instant = [*(rows[name] for name in funnel.key), rows.at_us]
    rows = rows.mutate(step_beside=ibis.ifelse(rows.excludes == 0, rows.steps, 0).max().over(group_by=instant))
    return rows.mutate(excludes=ibis.ifelse(rows.step_beside > 0, 0, rows.excludes)).drop("step_beside")
