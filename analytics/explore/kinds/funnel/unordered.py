"""How far each key of a funnel got whose steps may come in any order."""

import ibis
import ibis.expr.types as ir

from analytics.explore.kinds.funnel.moments import NEVER, between_steps_alone, deadline, in_turn
from analytics.explore.kinds.funnel.question import Funnel


def in_any_order(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """Any step begins an attempt, which gets as far as it finds different steps ahead, each at its first event.

    Of several steps that an event may be it is one: events alike take these in turn. An exclusion
    within its window voids an attempt that has not found all steps by then.
    """
    key, numbers = list(funnel.key), range(len(funnel.steps))
    rows = between_steps_alone(rows, funnel)
    rows = rows.mutate(steps=ibis.ifelse(rows.excludes > 0, 0, rows.steps))
    alike = [*(rows[name] for name in key), rows.steps]
    copy = ibis.row_number().over(group_by=alike, order_by=rows.at_us)
    rows = rows.mutate(is_step=in_turn(rows.steps, copy, len(funnel.steps)))
    # By range, so that whatever happened in the same microsecond lies ahead as well.
    ahead = ibis.range_window(group_by=key, order_by=rows.at_us.desc(), preceding=None, following=0)

    def next_of(wanted: ir.BooleanValue) -> ir.IntegerValue:
        return NEVER - ibis.ifelse(wanted, NEVER - rows.at_us, 0).max().over(ahead)

    firsts = {f"at_{step}": next_of(rows.is_step == step) for step in numbers}
    rows = rows.mutate(**firsts, excluded=next_of(rows.excludes > 0), until=deadline(rows.at_us, funnel))
    rows = rows.filter(rows.begins & (rows.steps > 0))
    if funnel.exclusions:
        last = ibis.greatest(*(rows[f"at_{step}"] for step in numbers))
        rows = rows.filter((rows.excluded > rows.until) | ((last < rows.excluded) & (last <= rows.until)))
    got = [ibis.ifelse(rows[f"at_{step}"] <= rows.until, 1, 0) for step in numbers]
    furthest_first = [sum(got, ibis.literal(0)).desc(), rows.at_us, rows.steps]
    place = ibis.row_number().over(group_by=[rows[name] for name in key], order_by=furthest_first)
    best = rows.mutate(place=place).filter(lambda t: t.place == 0)
    done = ibis.union(
        *(
            best.filter(best[f"at_{step}"] <= best.until).select(
                *key, at_us=best[f"at_{step}"].cast("int64"), which=ibis.literal(step, "int64")
            )
            for step in numbers
        )
    )
    in_order = ibis.window(group_by=key, order_by=[done.at_us, done.which])
    return done.select(
        *key,
        step=ibis.row_number().over(in_order).cast("int64"),
        at_us="at_us",
        before_us=done.at_us.lag(1).over(in_order).coalesce(0),
    )
