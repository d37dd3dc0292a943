"""Background tasks: how they are delivered, and when they are due.

Redis delivers a task again when it takes long or its worker dies, and two installed beats send
everything twice. So each task takes a lock or does no harm when it runs twice, and what is sent
while no worker listens expires instead of piling up.
"""

import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init
from django.conf import settings

from productops.lib.background import stand_back

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "productops.settings")

app = Celery("productops")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["analytics.rollups"])
worker_init.connect(stand_back)

MINUTE = 60


def every(seconds: int, task: str) -> dict[str, object]:
    return {"task": f"analytics.rollups.tasks.{task}", "schedule": seconds, "options": {"expires": seconds}}


def nightly(hour: int, minute: int, task: str) -> dict[str, object]:
    """At a time of the project's zone."""
    return {"task": f"analytics.rollups.tasks.{task}", "schedule": crontab(hour=str(hour), minute=str(minute))}


app.conf.update(
    timezone=settings.PROJECT_TIME_ZONE,
    task_ignore_result=True,
    # A task is acknowledged when it is done: one whose worker was killed is delivered again.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # What a night has left behind in a worker's memory goes with the worker.
    worker_max_memory_per_child=500_000,
    broker_connection_retry_on_startup=True,
    beat_schedule={
        "seal": every(10, "seal_inbox"),
        "roll up": every(5 * MINUTE, "roll_up"),
        "compact": every(15 * MINUTE, "compact_segments"),
        "sweep": every(60 * MINUTE, "sweep"),
        "purge": nightly(1, 10, "purge_dead_letters"),
        "erase": nightly(1, 15, "finish_erasures"),
        "dictionary": nightly(1, 20, "update_dictionary"),
        "quality": nightly(1, 40, "check_quality"),
        "widen": nightly(2, 10, "widen_segments"),
    },
)
