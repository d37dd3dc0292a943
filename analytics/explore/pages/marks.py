"""What happened on the days of a page, and where its charts by time mark it."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from analytics.explore.models import Annotation
from productops.lib.charts import Mark
from productops.lib.periods import Filters

MOST_READ = 500
MOST_MARKED = 30
LONGEST_BEFORE = timedelta(days=31)  # the first day asked about may lie so late in its period

Happening = tuple[date, datetime | None, str]


def happened(filters: Filters) -> list[Happening]:
    """Day, instant if one is known, and text of what is noted of the days asked about and shortly before. One query."""
    found = Annotation.objects.filter(day__gte=filters.first - LONGEST_BEFORE, day__lte=filters.last)
    return list(found.order_by("day", "instant").values_list("day", "instant", "text")[:MOST_READ])


def marks(happenings: Iterable[Happening], periods: Sequence[str], zone: str) -> list[Mark]:
    """At the period of an answer in which each lies; of several in one period one mark.

    A whole day lies in its first hour.
    """
    here = ZoneInfo(zone)
    starts = [_aware(datetime.fromisoformat(period), here) for period in periods]
    texts: dict[int, list[str]] = {}
    marked = 0
    for day, instant, text in happenings:
        index = bisect_right(starts, instant or datetime.combine(day, time.min, here)) - 1
        if index >= 0 and marked < MOST_MARKED:
            texts.setdefault(index, []).append(text)
            marked += 1
    return [Mark(index, "; ".join(told)) for index, told in sorted(texts.items())]


def _aware(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
