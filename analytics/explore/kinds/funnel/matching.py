"""Which steps each event may be, and whose: the rows that attempts are made of."""

from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from analytics.explore.breakdown import NONE, told, with_most
from analytics.explore.kinds.funnel.question import VALUES_SHOWN, Funnel, Step
from analytics.explore.periods import covering
from analytics.explore.selecting import Selector, happened, let_through
from analytics.metrics.tables import Tables

TIES = ("source", "message_id")  # what came first in the same microsecond


def matched(tables: Tables, funnel: Funnel) -> ir.Table:
    """``funnel.key, at_us, steps, excludes, begins``: every event that may move an attempt.

    ``steps`` has bit k for step k, ``excludes`` bit k where an attempt that got to step k ends;
    ``begins`` says whether an attempt may begin here.
    With a strict order these are all active events, since each of them ends an attempt.
    """
    rows = _chosen(tables, funnel).mutate(begins=ibis.literal(True))
    if funnel.breakdown:
        rows = _by_value(rows, funnel)
    if funnel.view == "trend":
        rows = _by_period(rows, funnel)
    return rows.select(*funnel.key, "at_us", "steps", "excludes", "begins")


def _chosen(tables: Tables, funnel: Funnel) -> ir.Table:
    anything = (Selector(),) if funnel.order == "strict" else ()
    also = [funnel.breakdown.property] if funnel.breakdown else []
    since = 0 if any(step.first_time for step in funnel.steps) else None
    everything = (*funnel.steps, *funnel.exclusions, *anything)
    rows = happened(tables, funnel, everything, also, since_us=since, filtered=False)
    rows = rows.mutate(steps=_bits([_is_step(rows, step) for step in funnel.steps]))
    rows = let_through(rows.filter(rows.at_us >= funnel.bounds_us[0]), funnel)
    rows = rows.mutate(excludes=_excludes(rows, funnel))
    values = [told(rows, each).name("told") for each in also]
    rows = rows.select("person", "day", "at_us", *TIES, "steps", "excludes", *values)
    return rows if anything else rows.filter((rows.steps > 0) | (rows.excludes > 0))


def _is_step(rows: ir.Table, step: Step) -> ir.BooleanValue:
    chosen = step.chooses(rows)
    if step.first_time is None:
        return chosen
    counted = Selector(step.event).chooses(rows) if step.first_time == "event" else chosen
    place = ibis.row_number().over(group_by=[rows.person, counted], order_by=[rows.at_us, *(rows[n] for n in TIES)])
    return chosen & (place == 0)


def _bits(flags: list[ir.BooleanValue]) -> ir.IntegerValue:
    """Bit k where flag k is set."""
    none: ir.IntegerValue = ibis.literal(0, "int64")
    return sum((ibis.ifelse(flag, 1 << place, 0).cast("int64") for place, flag in enumerate(flags)), none)


def _excludes(rows: ir.Table, funnel: Funnel) -> ir.IntegerValue:
    def ends(step: int) -> ir.BooleanValue:
        these = [each for each in funnel.exclusions if each.from_step <= step < each.to_step]
        return reduce(or_, (each.chooses(rows) for each in these), ibis.literal(False))

    return _bits([ends(step) for step in range(len(funnel.steps))]) if funnel.exclusions else ibis.literal(0, "int64")


def _by_value(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """``rows`` with the ``value`` under which each counts: all of a person's once, or one for each of the values."""
    asked = funnel.breakdown
    assert asked is not None
    if asked.is_of_person():
        return _shown(rows.join(_touch(rows, last=asked.attribution == "last_touch"), "person"), funnel.first_step)
    if asked.attribution == "all_events":
        return _shown(rows.mutate(value=rows.told), funnel.first_step)
    any_order = funnel.order == "unordered"
    bits = funnel.first_step if any_order else 1 << asked.step
    rows = _shown(rows.mutate(value=rows.told), bits)
    values = rows.filter((rows.steps & bits) > 0).select("person", "value").distinct()
    each = rows.rename(own_value="value").join(values, "person")
    its_own = each.own_value == each.value
    if any_order:  # the first step is the one that an attempt begins with
        return each.mutate(begins=its_own)
    return each.mutate(steps=ibis.ifelse(its_own, each.steps, each.steps & ~bits))


def _touch(rows: ir.Table, *, last: bool) -> ir.Table:
    """``person, value``: the first or the last value that is set."""
    moment = [rows.at_us, *(rows[name] for name in TIES)]
    told_first = [ibis.ifelse(rows.told == NONE, 1, 0), *([each.desc() for each in moment] if last else moment)]
    place = ibis.row_number().over(group_by=rows.person, order_by=told_first)
    return rows.mutate(place=place).filter(lambda t: t.place == 0).select("person", value="told")


def _shown(rows: ir.Table, bits: int) -> ir.Table:
    """``rows`` with the values that most people have at one of the steps ``bits`` by their name."""
    there = rows.filter((rows.steps & bits) > 0).select("person", "value").distinct()
    return with_most(rows, "value", there.group_by("value").aggregate(weight=there.count()), VALUES_SHOWN)


def _by_period(rows: ir.Table, funnel: Funnel) -> ir.Table:
    """``rows`` once for each ``period`` (by its number) in which their person begins, to begin in that one alone."""
    rows = rows.mutate(own_period=covering(funnel, funnel.grain).number(rows))
    by = funnel.key[:-1]
    first_steps = rows.filter((rows.steps & funnel.first_step) > 0, rows.begins)
    each = rows.join(first_steps.select(*by, period="own_period").distinct(), list(by))
    each = each.filter(each.own_period >= each.period)
    return each.mutate(begins=each.begins & (each.own_period == each.period))
