"""How much is done: active events, in all and by name."""

import ibis.expr.types as ir

from analytics.metrics.calendar import bounds_us, date_of, local_day
from analytics.metrics.scope import Sample, Scope

ACTIVE_TYPES = ("track", "page", "screen")
PASSIVE, BOT = 1, 2  # bits of events.flags


def is_active(events: ir.Table) -> ir.BooleanValue:
    """Whether an event is activity of a person: not passive, no bot's, sent with an id."""
    return events.type.isin(ACTIVE_TYPES) & ((events.flags & (PASSIVE | BOT)) == 0) & (events.actor != 0)


def events(scope: Scope) -> ir.Table:
    """``period, dimensions, events``."""
    days = scope.sample.user_days
    active = days.filter(days.active_events > 0)
    found = scope.sample.cubed(active.select("day", "active_events", *scope.sample.dimensions))
    rows = scope.within(found.rows)
    return found.named(rows.group_by([*found.keys, "period"]).aggregate(events=rows.active_events.sum()))


def events_by_name(scope: Scope) -> ir.Table:
    """``period, dimensions, event, events_by_name``."""
    found = scope.sample.cubed(_named_days(scope.sample, scope.first_period, scope.last))
    rows = scope.within(found.rows)
    return found.named(rows.group_by([*found.keys, "period", "event"]).aggregate(events_by_name=rows.times.sum()))


def _named_days(sample: Sample, first: int, last: int) -> ir.Table:
    """``day, event, times, dimensions``; counted before anything is looked up, so that lookups are few."""
    rows = sample.tables.events
    since, until = bounds_us(date_of(first), sample.zone)[0], bounds_us(date_of(last), sample.zone)[1]
    rows = rows.filter(rows.at_us >= since, rows.at_us < until, is_active(rows))
    rows = rows.mutate(day=local_day(rows.at_us, sample.zone, date_of(first), date_of(last)))
    by = ["actor", "day", "platform", "account", "event"]
    counted = rows.group_by(by).aggregate(times=rows.count())
    if "customer_segment" in (*sample.dimensions, *sample.where):
        counted = _with_sent_segment(sample, counted)
    return sample.resolved(counted).select("day", "event", "times", *sample.dimensions)


def _with_sent_segment(sample: Sample, counted: ir.Table) -> ir.Table:
    """The segment as ``user_day`` has it, so that events by name add up to events in every segment."""
    days = sample.tables.user_day
    sent = days.select(
        "customer_segment", sent_actor="actor", sent_day="day", sent_platform="platform", sent_account="account"
    )
    joined = counted.left_join(
        sent,
        [
            counted.actor == sent.sent_actor,
            counted.day == sent.sent_day,
            counted.platform == sent.sent_platform,
            counted.account == sent.sent_account,
        ],
    )
    return joined.select(*counted.columns, customer_segment=joined.customer_segment.coalesce(""))
