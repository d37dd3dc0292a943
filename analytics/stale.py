"""Days whose stored figures are no longer right: written where data changes, read by the nightly work."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class StaleDays(models.Model):
    """A queue of days to work out again, written in the transaction that changed them.

    ``events``: events came or went, so that the derived tables must be redone first. ``identity``:
    a merge moved people's past; until it is rolled up again, figures are answered from ``user_day``.

    Whoever works off the queue deletes the rows it read before it began, by id.
    """

    class Kind(models.TextChoices):
        EVENTS = "events", _("events came or went")
        IDENTITY = "identity", _("identities were merged or parted")

    kind = models.CharField(max_length=10, choices=Kind)
    first_day = models.DateField()
    last_day = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "analytics"

    def __str__(self) -> str:
        return f"{self.kind} {self.first_day} to {self.last_day}"


def mark_stale(kind: str, first_day: date, last_day: date) -> None:
    """Queue these days, both included, in the caller's transaction.

    The row is always new, and replaces older ones within its range: were it left out because an
    older row covers it, a rollup that has read that row already would delete it without having
    seen this change. Rows that someone is just deleting are passed over, so that nobody waits.
    """
    covered = StaleDays.objects.filter(kind=kind, first_day__gte=first_day, last_day__lte=last_day)
    replaced = list(covered.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if replaced:
        StaleDays.objects.filter(pk__in=replaced).delete()
    StaleDays.objects.create(kind=kind, first_day=first_day, last_day=last_day)


def local_date(us: int) -> date:
    """The project's calendar day of a time in UTC microseconds."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).astimezone(ZoneInfo(settings.PROJECT_TIME_ZONE)).date()
