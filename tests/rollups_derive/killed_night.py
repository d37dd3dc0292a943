"""A worker that is killed in the middle of the night, and the next one: run as a program of its own.

It has an installation of its own by DATABASE_URL, DATA_DIR and REDIS_URL, and prints what became of it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from analytics.collect.models import Event  # noqa: E402
from analytics.rollups.models import Rollup, StaleDays, TaskRun, Watermark  # noqa: E402
from analytics.rollups.tasks import roll_up  # noqa: E402
from analytics.store.models import Segment  # noqa: E402
from analytics.store.reading import snapshot  # noqa: E402
from productops.celery import app  # noqa: E402
from tests.rollups_derive.conftest import event  # noqa: E402

DAYS, PEOPLE, EVENTS = 40, 25, 8  # in each: so many days, people a day, events of each
PATIENCE = 120


def main() -> None:
    call_command("migrate", verbosity=0)
    fill_inbox()
    with worker():
        roll_up.delay()
        wait_for(lambda: Segment.objects.published().of("user_day").exists(), 0.002)
    killed = {
        "still said to run": TaskRun.objects.filter(state="running").count(),
        "queue": StaleDays.objects.filter(kind="events").count() > 0,
        "lock": Watermark.objects.exclude(locked_by="").count(),
        "night": Watermark.objects.filter(step="night").count(),
    }
    with worker():
        roll_up.delay()  # as beat does every five minutes
        roll_up.delay()  # and a second beat too
        wait_for(lambda: TaskRun.objects.filter(task="night", state="finished").exists(), 0.1)
        wait_for(has_nothing_to_do, 0.1)
    with snapshot() as tables:
        active = tables.user_day.active_events.sum().to_pyarrow().as_py()
        sessions = tables.sessions.count().to_pyarrow().as_py()
    dau = Rollup.objects.filter(grain="day", platform="", customer_segment="", channel="", persona="", event="")
    print(
        json.dumps(
            {
                "killed": killed,
                "nights": list(TaskRun.objects.filter(task="night").order_by("pk").values_list("state", flat=True)),
                "error": TaskRun.objects.filter(task="night").order_by("pk").first().error,
                "active events": active,
                "sessions": sessions,
                "dau": sorted(values["dau"] for values in dau.values_list("values", flat=True) if "dau" in values),
                "queue": StaleDays.objects.filter(kind="events").count(),
                "locks": Watermark.objects.exclude(locked_by="").count(),
            }
        )
    )


def fill_inbox() -> None:
    """Everyone has one session a day, an event each minute from noon on, up to yesterday."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    rows = [
        event(
            f"{day}-{person}-{number}",
            round((noon - timedelta(days=day) + timedelta(minutes=number)).timestamp()) * 1_000_000,
            actor=1000 + person,
        )
        for day in range(1, DAYS + 1)
        for person in range(PEOPLE)
        for number in range(EVENTS)
    ]
    Event.objects.bulk_create([Event(**row) for row in rows], batch_size=500)


@contextmanager
def worker() -> Iterator[None]:
    """A worker for as long as this lasts; then it is killed."""
    command = [sys.executable, "-m", "celery", "--app", "productops.celery", "--quiet", "worker"]
    command += ["--concurrency=2", "--loglevel=ERROR", "--without-mingle", "--without-gossip"]
    process = subprocess.Popen(command, start_new_session=True, stdout=sys.stderr)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def has_nothing_to_do() -> bool:
    """Whether the worker says so; a busy machine may leave it no time to answer."""
    answers = app.control.inspect(timeout=1).active()
    return bool(answers) and not any(answers.values())


def wait_for(true: Callable[[], bool], pause: float) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(pause)


if __name__ == "__main__":
    main()
