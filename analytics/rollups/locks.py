"""One process at a time does a job: the row of its ``Watermark`` is the lock.

A lock is a lease. Whoever works renews it, best in the transactions that publish, where losing
it undoes what was about to be published. A lease that ran out, or whose process on this machine
is gone, is anyone's: a job that died is taken up by the next who comes.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import psutil
from django.db.models import Q
from django.utils import timezone

from analytics.rollups.models import Watermark

LEASE = timedelta(minutes=15)


class Busy(Exception):
    """Another process is at this job."""


class LockLost(Exception):
    """The lease ran out and another process took the job over."""


class Lock:
    def __init__(self, job: str, owner: str) -> None:
        self._mine = Watermark.objects.filter(step=job, locked_by=owner)

    def renew(self) -> None:
        """Hold on for another lease. Raises LockLost."""
        if not self._mine.update(locked_until=timezone.now() + LEASE):
            raise LockLost

    def release(self) -> None:
        self._mine.update(locked_by="", locked_until=None)


@contextmanager
def hold(job: str) -> Iterator[Lock]:
    """Be the only one at ``job`` while this lasts. Raises Busy."""
    owner = f"{socket.gethostname()}/{os.getpid()}/{uuid4().hex[:8]}"
    row, _ = Watermark.objects.get_or_create(step=job)
    free = Q(locked_until=None) | Q(locked_until__lt=timezone.now())
    if row.locked_by and _is_dead(row.locked_by):
        free |= Q(locked_by=row.locked_by)
    taken = Watermark.objects.filter(free, step=job).update(locked_by=owner, locked_until=timezone.now() + LEASE)
    if not taken:
        raise Busy(f"{job} is being done by {row.locked_by}, who holds it until {row.locked_until:%H:%M} UTC at least.")
    lock = Lock(job, owner)
    try:
        yield lock
    finally:
        lock.release()


def _is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine that has ended."""
    host, pid, _ = owner.split("/")
    if host != socket.gethostname():
        return False
    try:
        # Who was killed stays listed until its parent looks, which in a container may be never.
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
