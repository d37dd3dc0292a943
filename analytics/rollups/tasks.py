"""What runs in the background; the schedule stands in ``productops.celery``."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from analytics import erasure
from analytics.collect import dead_letters
from analytics.collect.models import Event
from analytics.rollups import dictionary, nightly, quality
from analytics.rollups.locks import Busy
from analytics.rollups.task_runs import working
from analytics.store import janitor, timelines
from analytics.store.compact import compact, widen
from analytics.store.seal import seal

# Readers copy unsealed events with every snapshot; each seal makes one more file.
SEAL_EVENTS = 5_000
SEAL_AFTER = timedelta(minutes=1)
WIDENED_ROWS = 10_000_000  # a night, though questions ask for other properties every day


@shared_task
def seal_inbox() -> None:
    """Seal when many events wait, or some have waited long."""
    unsealed = Event.objects.unsealed()
    waiting_since = unsealed.order_by("pk").values_list("received_us", flat=True).first()
    if waiting_since is None:
        return
    waited_long = waiting_since <= (timezone.now() - SEAL_AFTER).timestamp() * 1_000_000
    if waited_long or unsealed[:SEAL_EVENTS].count() == SEAL_EVENTS:
        _alone("seal", lambda: f"{seal()} events sealed")


@shared_task
def roll_up() -> None:
    """Do the night's work if it has not been done since the last whole day ended, else refresh today."""
    with suppress(Busy):
        nightly.run() if nightly.is_due() else nightly.refresh()
    _keep_timelines()


@shared_task
def compact_segments() -> None:
    _alone("compact", lambda: f"{compact()} segments merged")
    _keep_timelines()


@shared_task
def widen_segments() -> None:
    _alone("widen", lambda: f"{widen(WIDENED_ROWS)} segments given columns")
    _keep_timelines()


@shared_task
def sweep() -> None:
    with suppress(Busy), working("sweep"):
        janitor.sweep()


@shared_task
def purge_dead_letters() -> None:
    _alone("purge", lambda: f"{dead_letters.purge()} dead letters deleted")


@shared_task
def finish_erasures() -> None:
    _alone("erase", lambda: f"{erasure.finish_erasures()} erasures repeated")


@shared_task
def update_dictionary() -> None:
    _alone("dictionary", lambda: f"{dictionary.update()} events described")


@shared_task
def check_quality() -> None:
    _alone("quality", lambda: f"{quality.check()} findings")


def _keep_timelines() -> None:
    if timelines.are_due():
        _alone("timelines", lambda: "timelines written" if timelines.keep() else "too many kinds of events")


def _alone(job: str, do: Callable[[], str]) -> None:
    """Do a job on record, unless someone is at it already."""
    with suppress(Busy), working(job) as work:
        work.summarise(do())
