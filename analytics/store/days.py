"""Local days and months on which events lie, and the queue of days to work out again."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from django.conf import settings

from analytics.metrics.calendar import DAY_US, clock_changes, date_of
from analytics.stale import StaleDays, mark_stale


def days_of(at_us: pa.ChunkedArray) -> list[int]:
    """The local days (numbers since 1970) of these UTC microseconds: distinct, in order."""
    us = at_us.to_numpy()
    since, offset = np.array(clock_changes(settings.PROJECT_TIME_ZONE)).T
    change = np.maximum(np.searchsorted(since, us, side="right") - 1, 0)
    return np.unique((us + offset[change]) // DAY_US).tolist()


def month_of(at_us: int) -> str:
    """The local month of an instant, as YYYY-MM."""
    return date_of(days_of(pa.chunked_array([[at_us]]))[0]).strftime("%Y-%m")


def queue(days: Iterable[int]) -> None:
    """Ask, in the caller's transaction, for what is derived from the events of these days to be derived again."""
    for first, last in runs(days):
        mark_stale(StaleDays.Kind.EVENTS, date_of(first), date_of(last))


def runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last day of every unbroken run, in order."""
    ordered = sorted(set(days))
    starts = [day for before, day in zip([None, *ordered], ordered, strict=False) if before != day - 1]
    ends = [day for day, after in zip(ordered, [*ordered[1:], None], strict=False) if after != day + 1]
    return zip(starts, ends, strict=True)
