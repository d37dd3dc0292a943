"""Checks of yesterday's data. Each finding is a sentence that says what is odd and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

import ibis
import ibis.expr.types as ir
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from analytics.collect.models import Flag, Source
from analytics.metrics.calendar import bounds_us, day_number, local_day, today
from analytics.rollups.models import EventDefinition, QualityFinding
from analytics.store.reading import snapshot

FEWEST_EVENTS = 20  # below it a share says little
DISORDER_US = 5 * 60 * 1_000_000
JUMP = 3  # times more or fewer than on the same weekday of the four weeks before
WEEKS = 4

# Of a source's events at most this share may be so.
SHARES = {
    "missing_ids": (
        0.01,
        _("%(share)s of its events name nobody: have it send a userId or an anonymousId with each event."),
    ),
    "odd_clock": (
        0.01,
        _(
            "%(share)s of its events bear a time in the future or far in the past: "
            "have it send sentAt, so that clocks can be corrected."
        ),
    ),
    "out_of_order": (
        0.05,
        _(
            "%(share)s of its events came after later ones of the same device: "
            "look at how its client queues and resends them."
        ),
    ),
    "bots": (
        0.2,
        _("%(share)s of its events are from bots, which no figure counts: keep crawlers off the pages that send."),
    ),
}
VOLUME_JUMP = _(
    "It came %(count)s times, on this weekday usually about %(usual)s: see whether a release changed how it is sent."
)
UNEXPECTED = _("Nobody expects this event: mark it as expected and describe it, or have it no longer sent.")
TYPE_CHANGE = _("It came as %(kind)s, so far as %(usual)s: have it sent in one type.")


@dataclass(frozen=True)
class Finding:
    check: str
    subject: str
    detail: str


def check(day: date | None = None) -> int:
    """Look at a local day, by default yesterday, and keep what is odd; returns how many findings there are.

    Checking a day again renews its findings and leaves dismissed ones dismissed.
    """
    day = day or today(settings.PROJECT_TIME_ZONE) - timedelta(days=1)
    first = day - timedelta(weeks=WEEKS)
    zone = settings.PROJECT_TIME_ZONE
    first_us, last_us = bounds_us(first, zone)[0], bounds_us(day, zone)[1] - 1
    with snapshot(first_us, last_us) as tables:
        events = tables.events.filter(tables.events.at_us.between(first_us, last_us))
        events = events.mutate(day=local_day(events.at_us, zone, first, day))
        that_day = events.filter(events.day == day_number(day))
        findings = [*_of_sources(that_day), *_jumps(events, day)]
    findings += [*_unexpected(day), *_new_types(day)]
    QualityFinding.objects.bulk_create(
        [
            QualityFinding(check_name=each.check, day=day, subject=each.subject[:200], detail=each.detail[:300])
            for each in findings
        ],
        update_conflicts=True,
        unique_fields=["check_name", "day", "subject"],
        update_fields=["detail"],
    )
    return len(findings)


def _of_sources(events: ir.Table) -> Iterator[Finding]:
    """Sources of which too many events came without an id, with an odd time, out of order or from bots."""
    before = events.at_us.lag().over(group_by=["source", "device"], order_by=[events.received_us, events.at_us])
    marks = {
        "missing_ids": events.actor == 0,
        "odd_clock": (events.flags & (Flag.FUTURE.value | Flag.PAST.value)) > 0,
        "out_of_order": (before.fill_null(0) - events.at_us > DISORDER_US)
        & ((events.flags & Flag.IMPORTED.value) == 0),
        "bots": (events.flags & Flag.BOT.value) > 0,
    }
    marked = events.mutate(**marks)
    counts = marked.group_by("source").agg(
        events=marked.count(), **{name: ibis.ifelse(marked[name], 1, 0).sum() for name in marks}
    )
    names = dict(Source.objects.values_list("pk", "name"))
    for row in counts.filter(counts.events >= FEWEST_EVENTS).order_by("source").to_pyarrow().to_pylist():
        for name, (most, text) in SHARES.items():
            share = row[name] / row["events"]
            if share > most:
                source = names.get(row["source"], str(row["source"]))
                yield Finding(name, source, text % {"share": f"{100 * share:.0f} %"})


def _jumps(events: ir.Table, day: date) -> Iterator[Finding]:
    """Event names that came far more or less often than on the same weekday of the weeks before."""
    number = day_number(day)
    weekday = events.filter((events.day - number) % 7 == 0)
    rows = weekday.group_by("event", "day").agg(count=weekday.count()).to_pyarrow().to_pylist()
    counts = {(row["event"], row["day"]): row["count"] for row in rows}
    established = EventDefinition.objects.filter(first_seen__date__lte=day - timedelta(weeks=WEEKS), volume__gt=0)
    for name in established.order_by("name").values_list("name", flat=True):
        usual = median(counts.get((name, number - 7 * week), 0) for week in range(1, WEEKS + 1))
        count = counts.get((name, number), 0)
        if max(count, usual) < FEWEST_EVENTS or usual / JUMP < count < usual * JUMP:
            continue
        yield Finding("volume_jump", name, VOLUME_JUMP % {"count": count, "usual": round(usual)})


def _unexpected(day: date) -> Iterator[Finding]:
    """Names that nobody expects and that were sent."""
    for name in EventDefinition.objects.filter(expected=False, last_seen__date__gte=day).values_list("name", flat=True):
        yield Finding("unexpected_event", name, str(UNEXPECTED))


def _new_types(day: date) -> Iterator[Finding]:
    """Properties that came in a type they never had before."""
    for name, properties in EventDefinition.objects.order_by("name").values_list("name", "properties"):
        for key, seen in properties.items():
            since = {kind: first for kind, first in seen["since"].items() if kind != "null"}
            usual = [kind for kind, first in since.items() if first < day.isoformat()]
            for kind in since.keys() - set(usual) if usual else ():
                words = {"kind": kind, "usual": ", ".join(sorted(usual))}
                yield Finding("type_change", f"{name}.{key}", TYPE_CHANGE % words)
