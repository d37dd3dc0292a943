"""How many people are active: in a period, over rolling windows, and how they come and go between periods."""

import ibis
import ibis.expr.types as ir

from analytics.metrics.calendar import Day
from analytics.metrics.cube import Cube
from analytics.metrics.facts import LAST_DAY
from analytics.metrics.scope import ROLLING_DAYS, OpenSpan, Scope, Span

WEEK_DAYS = 7
COUNTED = ("active", "new", "returning", "before")


def active(scope: Scope) -> ir.Table:
    """``period, dimensions, active_people``: everyone once in each period."""
    people = scope.person_periods
    rows = scope.asked(people.rows)
    return people.named(rows.group_by([*people.keys, "period"]).aggregate(active_people=rows.count()))


def rolling(scope: Scope) -> ir.Table:
    """``period, dimensions, wau, mau, mean_dau``, taken on the last day of each period.

    Exact and linear: of each person's active days, only those that open or close a run of
    covered days change a rolling count. An active day ``d`` covers ``d`` to ``d + n − 1``; it
    opens a run when the day before it lies n days back or more, and closes one at ``d + n``
    when the next lies n days ahead or more. The counts are the running sums of these changes.
    """
    return rolling_of(scope.sample.person_days(scope.first_end - ROLLING_DAYS + 1), scope)


def rolling_of(days: Cube, scope: Scope, per_day: int = 1) -> ir.Table:
    """The same of any ``keys, person, day``, each once.

    Where ``day`` numbers parts of days, such as hours, a day has ``per_day`` of them.
    """
    changes = _changes(days, scope.first_end, scope.last, per_day)
    every_day = _calendar(days, scope.first_end, scope.last)
    joined = every_day.left_join(changes, [*days.keys, "day"])
    filled = joined.select(
        *(every_day[name] for name in (*days.keys, "day")),
        **{name: joined[name].coalesce(0) for name in ("wau", "mau", "dau_sum")},
    )
    so_far = ibis.cumulative_window(group_by=[filled[name] for name in days.keys], order_by=filled.day)
    counts = filled.mutate(
        wau=filled.wau.sum().over(so_far).cast("int64"),
        mau=filled.mau.sum().over(so_far).cast("int64"),
        mean_dau=filled.dau_sum.sum().over(so_far).cast("float64") / (ROLLING_DAYS * per_day),
    ).drop("dau_sum")
    counts = counts.filter(counts.mau > 0)
    return days.named(scope.each(lambda span: _on_last_days(counts, span)))


def _on_last_days(counts: ir.Table, span: Span | OpenSpan) -> ir.Table:
    """The counts of the days on which a period ends, or on which what is known of it does."""
    ends = counts.filter(counts.day.between(span.first_end, span.last))
    ends = ends.mutate(period=span.period_of(ends.day).cast("int32"))
    if span.grain != "day":
        ends = ends.filter((ends.day == span.following(ends.period) - 1) | (ends.day == span.last))
    return ends.drop("day")


def _changes(days: Cube, first: Day, last: Day, per_day: int) -> ir.Table:
    """``keys, day`` and by how much each count changes there; what came before the first day counts as on it."""
    week, month = WEEK_DAYS * per_day, ROLLING_DAYS * per_day
    rows = days.rows.filter(days.rows.day.between(first - month + 1, last))
    people = [*days.keys, "person"]
    # Up to the first day asked for, nobody's earlier days tell more than the latest.
    latest = rows.filter(rows.day <= first).group_by(people).aggregate(day=rows.day.max())
    told = latest.select(*people, "day").union(rows.filter(rows.day > first).select(*people, "day"))
    by_day = ibis.window(group_by=[told[name] for name in people], order_by=told.day)
    told = told.mutate(
        since=told.day - told.day.lag(1, -LAST_DAY).over(by_day),
        until=told.day.lead(1, LAST_DAY).over(by_day) - told.day,
    )
    # A count has no sign on some engines, and then doesn't unite with what has one; turned round it has.
    daily = rows.group_by([*days.keys, "day"]).aggregate(leave=-rows.count())

    def change(rows: ir.Table, day: ir.IntegerValue, **counts: ir.IntegerValue) -> ir.Table:
        by_name = {name: counts.get(name, ibis.literal(0)).cast("int64") for name in ("wau", "mau", "dau_sum")}
        return rows.select(*days.keys, day=day.cast("int32"), **by_name)

    def one_if(condition: ir.BooleanValue) -> ir.IntegerValue:
        return ibis.ifelse(condition, 1, 0)

    every = ibis.union(
        change(told, told.day, wau=one_if(told.since >= week), mau=one_if(told.since >= month)),
        change(told, told.day + week, wau=-one_if(told.until >= week)),
        change(told, told.day + month, mau=-one_if(told.until >= month)),
        change(daily, daily.day, dau_sum=-daily.leave),
        change(daily, daily.day + month, dau_sum=daily.leave),
    )
    every = every.mutate(day=ibis.ifelse(every.day < first, first, every.day).cast("int32"))
    return every.group_by([*days.keys, "day"]).aggregate(
        **{name: every[name].sum() for name in ("wau", "mau", "dau_sum")}
    )


def _calendar(days: Cube, first: Day, last: Day) -> ir.Table:
    """``keys, day`` of every cell and every day asked for."""
    every_day = ibis.range(first, last + 1).unnest().name("day").as_table()
    every_day = every_day.mutate(day=every_day.day.cast("int32"))
    if not days.keys:
        return every_day
    return days.rows.select(*days.keys).distinct().cross_join(every_day)


def lifecycle(scope: Scope) -> ir.Table:
    """``period, dimensions, new, returning, resurrected, dormant``.

    Of a period three counts tell all four: its active people, those among them who are new in it,
    and those who were active in the period before. Who is neither is resurrected; who was active
    before and didn't return is dormant. Counting who is in both takes one join, where looking at
    everyone's neighbouring periods takes sorting them all.
    """
    periods = scope.person_periods
    key = [*periods.keys, "period"]
    seen = periods.rows.join(scope.sample.people.select("person", "created"), "person")
    seen = seen.mutate(
        following=scope.by_span(seen, lambda span: span.following(seen.period)).cast("int32"),
        new=ibis.ifelse(seen.created >= seen.period, 1, 0).cast("int64"),
    )
    before = seen.select(*periods.keys, "person", period="following")
    both = periods.rows.join(before, [*key, "person"])
    here = seen.group_by([*key, "following"]).aggregate(active=seen.count(), new=seen.new.sum())

    def counts(rows: ir.Table, period: str, **columns: str) -> ir.Table:
        by_name = {name: rows[columns[name]] if name in columns else ibis.literal(0, "int64") for name in COUNTED}
        return rows.select(*periods.keys, period=period, **by_name)

    every = ibis.union(
        counts(here, "period", active="active", new="new"),
        counts(both.group_by(key).aggregate(returning=both.count()), "period", returning="returning"),
        counts(here, "following", before="active"),
    )
    every = scope.asked(every)
    sums = every.group_by(key).aggregate(**{name: every[name].sum().cast("int64") for name in COUNTED})
    statuses = sums.mutate(
        resurrected=sums.active - sums.new - sums.returning,
        dormant=sums.before - sums.returning,
    )
    return periods.named(statuses.drop("active", "before"))
