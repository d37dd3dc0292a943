"""Is the installation well: background tasks, lag, storage, refused events."""

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Max, Min, Sum
from django.utils import timezone

from analytics.collect.models import DeadLetter, Event
from analytics.rollups.models import StaleDays, TaskRun, Watermark
from analytics.store.models import Segment

DEAD_LETTER_DAYS = 7


@dataclass(frozen=True)
class TaskHealth:
    task: str
    last: TaskRun
    last_success: datetime | None

    @property
    def failed(self) -> bool:
        return self.last.state == TaskRun.State.FAILED


@dataclass(frozen=True)
class Lag:
    unsealed: int
    oldest_unsealed: datetime | None
    stale_days: int
    rolled_up_to: date | None


@dataclass(frozen=True)
class TableStorage:
    table: str
    files: int
    rows: int
    bytes: int

    @property
    def bytes_per_row(self) -> int | None:
        return round(self.bytes / self.rows) if self.rows else None


@dataclass(frozen=True)
class Storage:
    tables: list[TableStorage]
    waiting_bytes: int
    inbox_rows: int
    disk_free: int
    disk_total: int


@dataclass(frozen=True)
class RefusedReason:
    reason: str
    count: int
    latest: datetime


def task_health() -> list[TaskHealth]:
    """The newest run of every task that ever ran, and when it last went well. Two queries."""
    newest = TaskRun.objects.values("task").annotate(newest=Max("id")).values("newest")
    successes = dict(
        TaskRun.objects.filter(state=TaskRun.State.FINISHED).values_list("task").annotate(at=Max("finished_at"))
    )
    return [
        TaskHealth(task=run.task, last=run, last_success=successes.get(run.task))
        for run in TaskRun.objects.filter(id__in=newest).order_by("task")
    ]


def lag() -> Lag:
    unsealed = Event.objects.unsealed().aggregate(count=Count("id"), oldest=Min("received_us"))
    return Lag(
        unsealed=unsealed["count"],
        oldest_unsealed=datetime.fromtimestamp(unsealed["oldest"] / 1e6, UTC) if unsealed["oldest"] else None,
        stale_days=waiting_days(),
        rolled_up_to=Watermark.objects.filter(step=Watermark.Step.NIGHT).values_list("day", flat=True).first(),
    )


def waiting_days() -> int:
    """How many days wait to be worked out again, each once however many rows of the queue name it."""
    spans = StaleDays.objects.values_list("first_day", "last_day")
    return len({day for first, last in spans for day in range(first.toordinal(), last.toordinal() + 1)})


def storage() -> Storage:
    published = Segment.objects.published().values("table")
    totals = published.annotate(files=Count("id"), total_rows=Sum("rows"), total_bytes=Sum("bytes")).order_by("table")
    waiting = Segment.objects.exclude(state=Segment.State.PUBLISHED).aggregate(total=Sum("bytes"))["total"] or 0
    disk = shutil.disk_usage(settings.DATA_DIR)
    return Storage(
        tables=[TableStorage(row["table"], row["files"], row["total_rows"], row["total_bytes"]) for row in totals],
        waiting_bytes=waiting,
        inbox_rows=inbox_rows(),
        disk_free=disk.free,
        disk_total=disk.total,
    )


def inbox_rows() -> int:
    """At most so many: counting them would take longer the more there are, their first and last id don't."""
    ids = Event.objects.aggregate(first=Min("id"), last=Max("id"))
    return ids["last"] - ids["first"] + 1 if ids["last"] else 0


def refused() -> list[RefusedReason]:
    """Dead letters of the last week by reason, most frequent first."""
    since = timezone.now() - timedelta(days=DEAD_LETTER_DAYS)
    reasons = DeadLetter.objects.filter(received_at__gte=since, replayed_at=None).values("reason")
    counted = reasons.annotate(total=Sum("count"), latest=Max("received_at")).order_by("-total")
    return [RefusedReason(row["reason"], row["total"], row["latest"]) for row in counted]
