"""How many people are active: in a period, over rolling windows, and how they come and go between periods."""

import ibis
import ibis.expr.types as ir

from analytics.metrics.calendar import next_period, previous_period
from analytics.metrics.cube import Cube
from analytics.metrics.facts import LAST_DAY
from analytics.metrics.scope import ROLLING_DAYS, Scope

WEEK_DAYS = 7
STATUSES = ("new", "returning", "resurrected", "dormant")


def active(scope: Scope) -> ir.Table:
    """``period, dimensions, active_people``: everyone once in each period."""
    days = scope.sample.person_days
    people = scope.within(days.rows).select(*days.keys, "period", "person").distinct()
    return days.named(people.group_by([*days.keys, "period"]).aggregate(active_people=people.count()))


def rolling(scope: Scope) -> ir.Table:
    """``period, dimensions, wau, mau, mean_dau``, taken on the last day of each period.

    Exact and linear: of each person's active days, only those that open or close a run of
    covered days change a rolling count. An active day ``d`` covers ``d`` to ``d + n − 1``; it
    opens a run when the day before it lies n days back or more, and closes one at ``d + n``
    when the next lies n days ahead or more. The counts are the running sums of these changes.
    """
    return rolling_of(scope.sample.person_days, scope)


def rolling_of(days: Cube, scope: Scope) -> ir.Table:
    """The same of any ``keys, person, day``, each once."""
    changes = _changes(days, scope)
    every_day = _calendar(days, scope)
    joined = every_day.left_join(changes, [*days.keys, "day"])
    filled = joined.select(
        *(every_day[name] for name in (*days.keys, "day")),
        **{name: joined[name].coalesce(0) for name in ("wau", "mau", "dau_sum")},
    )
    so_far = ibis.cumulative_window(group_by=[filled[name] for name in days.keys], order_by=filled.day)
    counts = filled.mutate(
        wau=filled.wau.sum().over(so_far).cast("int64"),
        mau=filled.mau.sum().over(so_far).cast("int64"),
        mean_dau=filled.dau_sum.sum().over(so_far).cast("float64") / ROLLING_DAYS,
    ).drop("dau_sum")
    ends = counts.filter(counts.mau > 0).mutate(period=scope.period_of(counts.day).cast("int32"))
    if scope.grain != "day":
        ends = ends.filter((ends.day == next_period(ends.period, scope.grain) - 1) | (ends.day == scope.last))
    return days.named(ends.drop("day"))


def _changes(days: Cube, scope: Scope) -> ir.Table:
    """``keys, day`` and by how much each count changes there; what came before the first day counts as on it."""
    rows = days.rows.filter(days.rows.day.between(scope.first_period - ROLLING_DAYS + 1, scope.last))
    by_day = ibis.window(group_by=[rows[name] for name in (*days.keys, "person")], order_by=rows.day)
    rows = rows.mutate(
        since=rows.day - rows.day.lag(1, -LAST_DAY).over(by_day),
        until=rows.day.lead(1, LAST_DAY).over(by_day) - rows.day,
    )

    def change(day: ir.IntegerValue, wau: ir.IntegerValue | int, mau: ir.IntegerValue | int, dau_sum: int) -> ir.Table:
        by_name = {"wau": wau, "mau": mau, "dau_sum": dau_sum}
        typed = {
            name: (ibis.literal(count) if isinstance(count, int) else count).cast("int64")
            for name, count in by_name.items()
        }
        return rows.select(*days.keys, day=day.cast("int32"), **typed)

    every = ibis.union(
        change(rows.day, ibis.ifelse(rows.since >= WEEK_DAYS, 1, 0), ibis.ifelse(rows.since >= ROLLING_DAYS, 1, 0), 1),
        change(rows.day + WEEK_DAYS, ibis.ifelse(rows.until >= WEEK_DAYS, -1, 0), 0, 0),
        change(rows.day + ROLLING_DAYS, 0, ibis.ifelse(rows.until >= ROLLING_DAYS, -1, 0), -1),
    )
    every = every.mutate(day=ibis.ifelse(every.day < scope.first_period, scope.first_period, every.day).cast("int32"))
    return every.group_by([*days.keys, "day"]).aggregate(
        **{name: every[name].sum() for name in ("wau", "mau", "dau_sum")}
    )


def _calendar(days: Cube, scope: Scope) -> ir.Table:
    """``keys, day`` of every cell and every day asked for."""
    every_day = ibis.range(scope.first_period, scope.last + 1).unnest().name("day").as_table()
    every_day = every_day.mutate(day=every_day.day.cast("int32"))
    if not days.keys:
        return every_day
    return days.rows.select(*days.keys).distinct().cross_join(every_day)


def lifecycle(scope: Scope) -> ir.Table:
    """``period, dimensions, new, returning, resurrected, dormant``.

    A person's neighbours among their own active periods tell all four: who was active in the
    period before returns, who is missing from the period after is dormant in it.
    """
    days, grain = scope.sample.person_days, scope.grain
    seen = days.rows.filter(days.rows.day.between(previous_period(scope.first_period, grain), scope.last))
    seen = seen.select(*days.keys, "person", period=scope.period_of(seen.day).cast("int32")).distinct()
    seen = seen.join(scope.sample.people.select("person", "created"), "person")
    by_period = ibis.window(group_by=[seen[name] for name in (*days.keys, "person")], order_by=seen.period)
    seen = seen.mutate(
        new=scope.period_of(seen.created) == seen.period,
        came_back=seen.period.lag(1, -LAST_DAY).over(by_period) == previous_period(seen.period, grain),
        stayed=seen.period.lead(1, LAST_DAY).over(by_period) == next_period(seen.period, grain),
    )
    new, back, stayed = seen.new, seen.came_back, seen.stayed
    no, yes = ibis.literal(False), ibis.literal(True)

    def status(rows: ir.Table, period: ir.IntegerValue, *flags: ir.BooleanValue) -> ir.Table:
        counts = [ibis.ifelse(flag, 1, 0).cast("int64").name(name) for name, flag in zip(STATUSES, flags, strict=True)]
        return rows.select(*days.keys, period.cast("int32").name("period"), *counts)

    here = status(seen, seen.period, new, ~new & back, ~new & ~back, no)
    gone = seen.filter(~stayed)
    missed = status(gone, next_period(gone.period, grain), no, no, no, yes)
    every = here.union(missed)
    every = every.filter(every.period.between(scope.first_period, scope.last_period))
    counts = {name: every[name].sum() for name in STATUSES}
    return days.named(every.group_by([*days.keys, "period"]).aggregate(**counts))
