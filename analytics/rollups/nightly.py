"""The nightly work, and the same by day, every few minutes: seal, derive, personas, rollups.

Each step takes what it does off a queue in the transaction that publishes it, so that there is
nothing to resume but the queues: a run that died is taken up where it stopped, and one that
failed for nights is caught up by the next.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pyarrow as pa
from django.conf import settings
from django.db import transaction

from analytics.metrics.calendar import today, utc_day
from analytics.people.channel_rules import ensure_default_rules
from analytics.rollups import versions
from analytics.rollups.build import build
from analytics.rollups.derive import derive, nothing
from analytics.rollups.goals import ensure_goals
from analytics.rollups.models import Watermark
from analytics.rollups.persona_history import refresh_personas
from analytics.rollups.queue import Queue
from analytics.rollups.task_runs import Work, working
from analytics.stale import StaleDays, mark_stale
from analytics.store.models import Segment
from analytics.store.reading import snapshot
from analytics.store.seal import seal

LOCK = "rollups"

Progress = Callable[[float], None]


def run(first: date | None = None, last: date | None = None, progress: Progress = nothing) -> str:
    """Do the whole night's work; returns a summary. Raises locks.Busy when another process is at it.

    With ``first`` or ``last``, these days are derived and rolled up again though nothing in them changed.
    """
    with working(Watermark.Step.NIGHT, lock=LOCK) as work, _collecting_rarely():
        through = _last_whole_day()
        if first or last:
            _redo(first, last)
        _catch_up(work, through, progress)
        Watermark.objects.update_or_create(
            step=Watermark.Step.NIGHT, defaults={"day": through, "version": versions.current()}
        )
    return work.summary


def is_due() -> bool:
    """Whether the night after the last whole day has not been done, be it new, missed or failed."""
    return not Watermark.objects.filter(step=Watermark.Step.NIGHT, day__gte=_last_whole_day()).exists()


def refresh() -> str:
    """Bring today and late days up to date. Raises locks.Busy."""
    with working("refresh", lock=LOCK) as work, _collecting_rarely():
        _catch_up(work, _last_whole_day(), nothing)
    return work.summary


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Let Python look for cycles less often: building queries makes many objects, and most of them are short-lived."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _last_whole_day() -> date:
    return today(settings.PROJECT_TIME_ZONE) - timedelta(days=1)


def _catch_up(work: Work, through: date, progress: Progress) -> None:
    ensure_goals()
    ensure_default_rules()
    sealed = seal()
    _queue_all_if_definitions_changed()
    derived = derive(_part(work, progress, 0, 0.4), also=work.renew)
    queue = Queue(StaleDays.Kind.IDENTITY)
    refresh_personas(through, queue, also=work.renew)
    rows = _roll_up(queue, work, _part(work, progress, 0.45, 1))
    work.summarise(f"{sealed} events sealed, {len(derived)} days derived, {rows} figures written")


def _roll_up(queue: Queue, work: Work, progress: Progress) -> int:
    days = set(queue.days)
    if not days and _figures_are_current():
        return 0
    pa.default_memory_pool().release_unused()  # else what deriving took is held while the rollups need as much
    with snapshot() as tables:
        rows = build(tables, days, progress)
    with transaction.atomic():
        work.renew()
        queue.take_off(days)
    return rows


def _figures_are_current() -> bool:
    """Whether there are figures of today, by the definitions that hold now."""
    rolled_up = Watermark.objects.filter(step=Watermark.Step.ROLLUPS, version=versions.current())
    return rolled_up.filter(day__gte=today(settings.PROJECT_TIME_ZONE)).exists()


def _queue_all_if_definitions_changed() -> None:
    """Another time zone or other goals: everything ever derived is to be derived again."""
    version = versions.derived()
    if Watermark.objects.filter(step=Watermark.Step.DERIVED, version=version).exists():
        return
    with transaction.atomic():
        _redo(None, None)
        Watermark.objects.update_or_create(step=Watermark.Step.DERIVED, defaults={"version": version})
        # Were the old definition chosen again before the figures are made, they would pass for right.
        Watermark.objects.filter(step=Watermark.Step.ROLLUPS).update(version="")


def _redo(first: date | None, last: date | None) -> None:
    """Ask for these days again, as far as there are events."""
    events = Segment.objects.published().of(Segment.Table.EVENTS).filter(rows__gt=0)
    known = list(events.values_list("min_at_us", "max_at_us"))
    if not known:
        return
    # Whatever zone the days were counted in before, they are a day away at most.
    earliest = utc_day(min(low for low, _ in known)) - timedelta(days=1)
    latest = utc_day(max(high for _, high in known)) + timedelta(days=1)
    first, last = max(first or earliest, earliest), min(last or latest, latest)
    if first <= last:
        mark_stale(StaleDays.Kind.EVENTS, first, last)


def _part(work: Work, progress: Progress, begin: float, end: float) -> Progress:
    """Progress of a step that goes from ``begin`` to ``end`` of the whole."""

    def tell(share: float) -> None:
        whole = begin + share * (end - begin)
        work.progress(whole)
        progress(whole)

    return tell
