"""What a source's health page shows, and the list of dead letters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet, Sum
from django.utils import timezone

from analytics.collect.models import DeadLetter, Source, SourceKey, SourceMinute

COUNTS = ("accepted", "duplicates", "refused", "suppressed")


@dataclass(frozen=True)
class Minute:
    at: datetime
    accepted: int
    duplicates: int
    refused: int
    suppressed: int


@dataclass(frozen=True)
class Reason:
    reason: str
    count: int
    latest: datetime
    example: str


@dataclass(frozen=True)
class SourceHealth:
    """``minutes`` has a row for each of the last 60 minutes, the current one included, oldest first."""

    source: Source
    keys: list[SourceKey]
    last_event: datetime | None
    minutes: list[Minute]
    refused: list[Reason]  # in the last seven days and not replayed since, most frequent first

    @property
    def accepted(self) -> int:
        return sum(minute.accepted for minute in self.minutes)

    @property
    def duplicates(self) -> int:
        return sum(minute.duplicates for minute in self.minutes)

    @property
    def suppressed(self) -> int:
        return sum(minute.suppressed for minute in self.minutes)

    @property
    def refused_events(self) -> int:
        return sum(minute.refused for minute in self.minutes)


@dataclass(frozen=True)
class SourceLine:
    """One line of the list of sources; the counts are those of the last hour."""

    source: Source
    last_event: datetime | None
    accepted: int
    duplicates: int
    refused: int
    suppressed: int


def sources() -> list[SourceLine]:
    """Every source by name. Three queries, however many there are."""
    hour = SourceMinute.objects.filter(minute__gt=timezone.now() - timedelta(hours=1))
    sums = hour.values_list("source").annotate(*(Sum(name) for name in COUNTS))
    by_source = {source: counts for source, *counts in sums}
    latest = _last_events()
    return [
        SourceLine(source, latest.get(source.pk), *by_source.get(source.pk, (0, 0, 0, 0)))
        for source in Source.objects.order_by("name")
    ]


def source_health(source: Source) -> SourceHealth:
    this_minute = timezone.now().replace(second=0, microsecond=0)
    first = this_minute - timedelta(minutes=59)
    sums = source.minutes.filter(minute__gte=first).values_list("minute").annotate(*(Sum(name) for name in COUNTS))
    counted = {minute: counts for minute, *counts in sums}
    minutes = [first + timedelta(minutes=number) for number in range(60)]
    return SourceHealth(
        source=source,
        keys=list(source.keys.order_by("kind", "-id")),
        last_event=_last_events().get(source.pk),
        minutes=[Minute(minute, *counted.get(minute, (0, 0, 0, 0))) for minute in minutes],
        refused=refused_reasons(source),
    )


def refused_reasons(source: Source) -> list[Reason]:
    letters = dead_letters(sources=[source]).filter(replayed_at=None).order_by()
    rows = letters.values("reason").annotate(total=Sum("count"), latest=Max("received_at"), example=Max("detail"))
    return [
        Reason(row["reason"], row["total"], row["latest"], row["example"]) for row in rows.order_by("-total", "reason")
    ]


def dead_letters(*, sources: Iterable[Source] | None = None, reason: str = "") -> QuerySet[DeadLetter]:
    """Dead letters, newest first, without their bodies until these are asked for."""
    letters = DeadLetter.objects.saying_what_is_withheld().select_related("source").defer("body")
    if sources is not None:
        letters = letters.filter(source__in=list(sources))
    return letters.filter(reason=reason) if reason else letters


def _last_events() -> dict[int, datetime]:
    """The minute in which each source's newest event came in."""
    minutes = SourceMinute.objects.filter(accepted__gt=0).values("source").annotate(latest=Max("minute"))
    return {row["source"]: row["latest"] for row in minutes}
