"""From events to ``user_day``, touches, traits and sessions, for the days whose events changed.

``StaleDays`` says which days those are. They are worked off in batches that fit in memory. The
first publication of a batch queues the days whose figures it moves for the rollups, the last
one takes its days off the queue: killed at any moment, a batch is done again as a whole, which
changes nothing. Sessions are published last and at once, for they are worked out from events
and from the sessions of before.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction

from analytics.metrics.calendar import DAY_US, local_day, utc_day
from analytics.metrics.tables import Tables
from analytics.rollups.counted import is_active, of_someone
from analytics.rollups.days import Run, month_of, on_days, runs, whole_months, within
from analytics.rollups.goals import goal_events
from analytics.rollups.keeping import Ahead, working_ahead
from analytics.rollups.models import Goal
from analytics.rollups.plans import Plan, is_one_of, numbers, open_table
from analytics.rollups.queue import Queue, mark_for_rollup
from analytics.rollups.reach import Reach, Spans, reach, to_cut
from analytics.rollups.sessions import COLUMNS, ORDER, ints, sessions
from analytics.rollups.sql import named_tables
from analytics.rollups.touches import touches
from analytics.rollups.traits import trait_history
from analytics.rollups.user_day import user_day
from analytics.stale import StaleDays
from analytics.store import parts
from analytics.store.days import days_of
from analytics.store.reading import snapshot
from analytics.store.schema import EVENTS, SESSIONS, TABLES

BATCH_EVENTS = 1_000_000
MARGIN_US = 2 * DAY_US
IDENTIFIED_BY = ("source", "device", "session_id", "start_us")
SORTED_BY = {
    "user_day": ("actor", "day", "platform", "account"),
    "touches": ("actor", "at_us", "touch"),
    "trait_history": ("subject_kind", "field", "subject", "at_us"),
    "sessions": IDENTIFIED_BY,
}

DAILY = ("user_day", "touches", "trait_history")

Progress = Callable[[float], None]
Step = Callable[[], None]


def nothing(*args: float) -> None:
    """Tell nobody about progress, hold no lock."""


def derive(progress: Progress = nothing, *, also: Step = nothing) -> set[int]:
    """Derive what the queue asks for. Returns the days whose figures may have moved.

    ``also`` runs in every transaction that publishes; whoever lost the lock raises there.
    """
    queue = Queue(StaleDays.Kind.EVENTS)
    moved: set[int] = set()
    batches = list(_batches(queue.days))
    for number, days in enumerate(batches, 1):
        moved |= _redo(days, queue, also)
        progress(number / len(batches))
    with transaction.atomic():  # days without a trace of an event, perhaps since somebody was erased, are in no batch
        also()
        mark_for_rollup(queue.days)
        queue.take_off(queue.days)
    return moved


def _batches(days: set[int]) -> Iterator[list[int]]:
    """The days that hold or held events, in order, in batches of about ``BATCH_EVENTS``."""
    if not days:
        return
    spans = _spans(runs(days))
    with snapshot(*_span(spans)) as tables, working_ahead(tables) as ahead:
        dated = ahead.named(_dated(of_someone(tables.events), spans))
        (counted,) = ahead.follow(_counting(ahead.dialect), {"dated": dated, "asked": numbers(days)})
        by_day = counted.result().to_pylist()
    batch: list[int] = []
    size = 0
    for each in by_day:
        if batch and size + each["events"] > BATCH_EVENTS:
            yield batch
            batch, size = [], 0
        batch.append(each["day"])
        size += each["events"]
    if batch:
        yield batch


@cache
def _counting(dialect: str) -> Plan:
    """``day, events`` of each day asked for that holds events, or left a trace in a derived table."""
    tables, dated = named_tables(), _open_events()
    counts = [dated.group_by("day").agg(events=dated.count())]
    for table in (tables.user_day, tables.sessions, tables.touches, tables.trait_history):
        derived = table.filter(is_one_of(table.day, "asked"))
        counts.append(derived.select("day", events=ibis.literal(0, "int64")).distinct())
    rows = ibis.union(*counts)
    plan = Plan("counting", dialect)
    plan.answer(rows.group_by("day").agg(events=rows.events.sum()).order_by("day"))
    return plan


def _redo(days: list[int], queue: Queue, also: Step) -> set[int]:
    changed = runs(days)
    spans = _spans(changed)
    with _reaching(spans) as (tables, reached), working_ahead(tables) as ahead:
        uncut = ahead.answer(_to_cut(tables, ahead, reached, spans))
        months = whole_months(days)
        daily = _daily(tables, ahead, months, changed)

        cut = sessions(uncut.result())
        del uncut  # as large as the rest together
        moved = {*days, *_days_lasted(_lacking(reached.sessions, cut)), *_days_of(_lacking(cut, reached.sessions))}
        their_months = whole_months({*_days_of(reached.sessions), *_days_of(cut)})
        others = ahead.answer(_other_sessions(tables.sessions, their_months, ahead.lend(reached.sessions)))

        def mark() -> None:
            also()
            mark_for_rollup(moved)

        def finish() -> None:
            also()
            queue.take_off(days)

        for table in tuple(daily):
            step = mark if table == "user_day" else also
            parts.publish(table, _parts(table, months, *(rows.result() for rows in daily.pop(table))), also=step)
        parts.publish("sessions", _parts("sessions", their_months, others.result(), cut), also=finish)
    return moved


def _daily(tables: Tables, ahead: Ahead, months: list[Run], changed: list[Run]) -> dict[str, list["Future[pa.Table]"]]:
    """Of each daily table the rows of these months that stay, and those that the days that changed have now."""
    dated = ahead.named(_dated(of_someone(tables.events), _spans(changed)))
    roles = (Goal.Role.SIGNUP, Goal.Role.KEY_ACTION)
    plan = _fresh(ahead.dialect, *(tuple(goal_events(role)) for role in roles))
    daily = {}
    for table, fresh in zip(DAILY, ahead.follow(plan, {"dated": dated}), strict=True):
        stored = getattr(tables, table)
        kept = stored.filter(on_days(stored.day, months) & ~on_days(stored.day, changed))
        daily[table] = [ahead.answer(kept), fresh]
    return daily


@cache
def _fresh(dialect: str, signups: tuple[str, ...], key_actions: tuple[str, ...]) -> Plan:
    """The rows of the daily tables, from the events of whole days."""
    dated, plan = _open_events(), Plan("fresh", dialect)
    plan.answer(user_day(dated, signups=signups, key_actions=key_actions))
    plan.answer(touches(dated))
    plan.answer(trait_history(dated))
    return plan


def _open_events() -> ir.Table:
    """Events with their local day, of a plan that is told which are ``dated``."""
    return open_table("dated", ibis.Schema({**ibis.Schema.from_pyarrow(EVENTS), "day": "int32"}))


def _spans(days: list[Run]) -> Spans:
    return [run.us(settings.PROJECT_TIME_ZONE) for run in days]


@contextmanager
def _reaching(spans: Spans) -> Iterator[tuple[Tables, Reach]]:
    """A snapshot whose events go as far as a change within ``spans`` reaches, and that reach."""
    first, last = _span(spans)
    while True:
        with snapshot(first, last) as tables:
            changed = _active(tables.events)
            changed = changed.filter(within(changed.at_us, changed.at_us, spans))
            reached = reach(tables.sessions, changed, spans)
            wanted = [first, *reached.extents["from_us"].to_pylist()], [last, *reached.extents["to_us"].to_pylist()]
            if first == min(wanted[0]) and last == max(wanted[1]):
                yield tables, reached
                return
        first, last = min(wanted[0]), max(wanted[1])


def _span(spans: Spans) -> tuple[int, int]:
    """From the first to the last microsecond, with room for what usually goes on beyond midnight."""
    return spans[0][0] - MARGIN_US, spans[-1][1] + MARGIN_US


def _active(events: ir.Table) -> ir.Table:
    counted = of_someone(events)
    return counted.filter(is_active(counted))


def _dated(events: ir.Table, spans: Spans) -> ir.Table:
    """The events within ``spans``, with their local day."""
    return _with_day(events.filter(within(events.at_us, events.at_us, spans)), spans[0][0], spans[-1][1])


def _with_day(events: ir.Table, first_us: int, last_us: int) -> ir.Table:
    zone = settings.PROJECT_TIME_ZONE
    # A day more on either side: the dates are UTC's.
    first, last = utc_day(first_us - DAY_US), utc_day(last_us + DAY_US)
    return events.mutate(day=local_day(events.at_us, zone, first, last))


def _to_cut(tables: Tables, ahead: Ahead, reached: Reach, spans: Spans) -> ir.Table:
    rows = to_cut(_active(tables.events), ahead.lend(reached.extents), spans)
    first = min([spans[0][0], *reached.extents["from_us"].to_pylist()])
    last = max([spans[-1][1], *reached.extents["to_us"].to_pylist()])
    return _with_day(rows, first, last).select(COLUMNS).order_by(ORDER)


def _other_sessions(stored: ir.Table, months: list[Run], replaced: ir.Table) -> ir.Table:
    return stored.filter(on_days(stored.day, months)).anti_join(replaced, IDENTIFIED_BY)


def _lacking(some: pa.Table, others: pa.Table) -> pa.Table:
    """Those of some sessions that aren't among the others, exactly as they are."""
    names = SESSIONS.names
    return some.select(names).join(others.select(names), names, join_type="left anti")


def _parts(table: str, months: list[Run], *rows: pa.Table) -> dict[str, pa.Table]:
    """The rows by month, in the order they are kept in."""
    schema = TABLES[table]
    together = pa.concat_tables([each.select(schema.names).cast(schema) for each in rows])
    order = [(column, "ascending") for column in SORTED_BY[table]]
    return {month_of(month.first): together.filter(_lies_in(together, month)).sort_by(order) for month in months}


def _lies_in(rows: pa.Table, days: Run) -> pa.ChunkedArray:
    return pc.and_(pc.greater_equal(rows["day"], days.first), pc.less_equal(rows["day"], days.last))


def _days_of(rows: pa.Table) -> list[int]:
    return pc.unique(rows["day"]).to_pylist()


def _days_lasted(rows: pa.Table) -> set[int]:
    """All days of these sessions: who spoke on a later one may be whose session it was."""
    at, end = ints(rows, "start_us"), ints(rows, "end_us")
    found = set(days_of(rows["end_us"]))
    while len(at):
        found |= set(days_of(pa.chunked_array([at])))
        # Half a day at a time meets every day, even one that a change of clocks has shortened.
        at, end = at[at + DAY_US // 2 < end] + DAY_US // 2, end[at + DAY_US // 2 < end]
    return found
