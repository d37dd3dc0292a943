"""The queues of days to derive or to roll up again, taken off as they are done."""

from collections.abc import Collection, Iterable

from analytics.metrics.calendar import date_of, day_number
from analytics.rollups.days import runs
from analytics.stale import StaleDays, mark_stale


class Queue:
    """What the queue asked for when it was read. Rows that come later ask for themselves."""

    def __init__(self, kind: StaleDays.Kind) -> None:
        rows = list(StaleDays.objects.filter(kind=kind).values_list("pk", "first_day", "last_day"))
        self._kind = kind
        self._ids = [pk for pk, _, _ in rows]
        self.days = {day for _, first, last in rows for day in range(day_number(first), day_number(last) + 1)}

    def add(self, days: Collection[int]) -> None:
        """Have these days done as well, in the caller's transaction."""
        self._ids += self._queued(days)
        self.days |= set(days)

    def take_off(self, done: Collection[int]) -> None:
        """Take days off, in the caller's transaction: the rows read are replaced by rows for the days left."""
        self.days -= set(done)
        StaleDays.objects.filter(pk__in=self._ids).delete()
        self._ids = self._queued(self.days)

    def _queued(self, days: Iterable[int]) -> list[int]:
        spans = [(date_of(run.first), date_of(run.last)) for run in runs(days)]
        rows = [StaleDays(kind=self._kind, first_day=first, last_day=last) for first, last in spans]
        return [row.pk for row in StaleDays.objects.bulk_create(rows)]


def mark_for_rollup(days: Iterable[int]) -> None:
    """Have these days rolled up again, in the caller's transaction; until then ``user_day`` answers for them."""
    for run in runs(days):
        mark_stale(StaleDays.Kind.IDENTITY, date_of(run.first), date_of(run.last))
