"""Background work that leaves a trace: what ran, how far it came, how it ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from analytics.rollups.locks import Lock, hold
from analytics.rollups.models import TaskRun

KEPT_RUNS = 200
STOPPED = "It stopped without finishing: its process was ended or the machine went down. The next run takes it up."


class Work:
    """A job under way: its lock, and its line on the health page."""

    def __init__(self, run: TaskRun, lock: Lock) -> None:
        self._run, self._lock = run, lock

    def renew(self) -> None:
        self._lock.renew()

    def progress(self, share: float) -> None:
        """Say how much is done, 0 to 1."""
        self.renew()
        TaskRun.objects.filter(pk=self._run.pk).update(progress=share)

    @property
    def summary(self) -> str:
        return self._run.summary

    def summarise(self, summary: str) -> None:
        """Say in a few words what came of it."""
        self._run.summary = summary[:300]


@contextmanager
def working(job: str, *, lock: str = "") -> Iterator[Work]:
    """Do ``job`` alone and on record. Jobs that name the same lock don't run at once either.

    Raises Busy, and whatever goes wrong within.
    """
    with hold(lock or job) as held:
        # Who holds the lock is the only one at it, so any other run that seems to go on is dead.
        left = TaskRun.objects.filter(task=job, state=TaskRun.State.RUNNING)
        left.update(state=TaskRun.State.FAILED, error=STOPPED, finished_at=timezone.now())
        run = TaskRun.objects.create(task=job)
        work = Work(run, held)
        try:
            yield work
        except BaseException as error:
            _close(run, TaskRun.State.FAILED, error=f"{type(error).__name__}: {error}")
            raise
        _close(run, TaskRun.State.FINISHED, progress=1)


def _close(run: TaskRun, state: str, **columns: object) -> None:
    TaskRun.objects.filter(pk=run.pk).update(state=state, summary=run.summary, finished_at=timezone.now(), **columns)
    kept = TaskRun.objects.filter(task=run.task).order_by("-pk").values_list("pk", flat=True)[:KEPT_RUNS]
    TaskRun.objects.filter(task=run.task).exclude(pk__in=list(kept)).delete()
