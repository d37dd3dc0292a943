"""Runs: questions that their asker named, so as to ask how they stand or to withdraw them.

They stand in the database, which every web process sees: who waits for the answer looks there
whether it is still wanted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from analytics.explore.models import Run
from productops.lib.models import User

REMEMBERED_FOR = timedelta(days=1)


class NameTaken(Exception):
    """Somebody else's run has this name, or one that isn't over."""


@contextmanager
def named_run(name: str, user: User) -> Iterator[Callable[[], bool]]:
    """While this lasts the run is running. Yields what tells whether it was withdrawn. Raises NameTaken."""
    _begin(name, user)
    try:
        yield lambda: Run.objects.filter(pk=name, withdrawn=True).exists()
    finally:
        Run.objects.filter(pk=name).update(finished_at=timezone.now())


def withdraw(run: Run) -> None:
    """Whoever waits for the answer is told within a second that there will be none."""
    Run.objects.filter(pk=run.pk, finished_at=None).update(withdrawn=True)


@transaction.atomic
def _begin(name: str, user: User) -> None:
    Run.objects.filter(started_at__lt=timezone.now() - REMEMBERED_FOR).delete()
    Run.objects.filter(pk=name, user=user, finished_at__isnull=False).delete()
    try:
        with transaction.atomic():
            Run.objects.create(pk=name, user=user)
    except IntegrityError as problem:
        raise NameTaken from problem
