"""Local days on which events lie, and the queue of those to work out again."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from django.apps import apps
from django.conf import settings

from analytics.metrics.calendar import DAY_US, clock_changes, date_of


def days_of(at_us: pa.ChunkedArray) -> list[int]:
    """The local days (numbers since 1970) of these UTC microseconds: distinct, in order."""
    return np.unique(local_days(at_us.to_numpy())).tolist()


def local_days(at_us: np.ndarray) -> np.ndarray:
    since, offset = np.array(clock_changes(settings.PROJECT_TIME_ZONE)).T
    change = np.maximum(np.searchsorted(since, at_us, side="right") - 1, 0)
    return (at_us + offset[change]) // DAY_US


def queue(days: Iterable[int]) -> None:
    """Ask, in the caller's transaction, for what is derived from the events of these days to be derived again."""
    stale = apps.get_model("analytics", "StaleDays")  # belongs to the room above, which consumes it
    stale.objects.bulk_create(
        stale(kind="events", first_day=date_of(first), last_day=date_of(last)) for first, last in runs(days)
    )


def runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last day of every unbroken run."""
    first = last = None
    for day in sorted(days):
        if last is not None and day > last + 1:
            yield first, last
            first = day
        first = day if first is None else first
        last = day
    if last is not None:
        yield first, last
