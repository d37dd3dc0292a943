"""The newest events as they come in, for people who are wiring up an SDK."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Q

from analytics.collect.models import Event, Flag, Source
from analytics.people.ids import ids_of_value
from analytics.people.models import Identity

SHOWN = 50
SEARCHED = 20_000  # newest events that a filter looks through, so that a rare one costs no full scan


@dataclass(frozen=True)
class LiveEvent:
    id: int
    received: datetime
    happened: datetime
    type: str
    event: str
    source: str
    platform: str
    person: str
    person_value: str
    page: str
    flags: list[str]
    message_id: str
    properties: dict[str, Any]
    context: dict[str, Any]


@dataclass(frozen=True)
class LiveFilter:
    event: str = ""
    source: int | None = None
    person: str = ""

    def conditions(self) -> Q:
        wanted = Q()
        if self.event:
            wanted &= Q(event__icontains=self.event)
        if self.source:
            wanted &= Q(source=self.source)
        if self.person:
            ids = ids_of_value(self.person)
            wanted &= Q(actor__in=ids) | Q(anon__in=ids)
        return wanted


def newest_events(wanted: LiveFilter, after: int = 0, limit: int = SHOWN) -> list[LiveEvent]:
    """Events that arrived after the one numbered ``after``, newest first, at most ``limit``.

    Four queries whatever their number: the newest number, the events, their sources, their people.
    """
    newest = Event.objects.aggregate(newest=Max("id"))["newest"] or 0
    after = max(after, newest - SEARCHED)
    events = list(Event.objects.filter(wanted.conditions(), id__gt=after).order_by("-id")[:limit])
    sources = dict(Source.objects.filter(id__in={event.source for event in events}).values_list("id", "name"))
    people = Identity.objects.in_bulk({event.actor for event in events})
    return [
        LiveEvent(
            id=event.id,
            received=_time(event.received_us),
            happened=_time(event.at_us),
            type=event.type,
            event=event.event,
            source=sources.get(event.source, ""),
            platform=event.platform,
            person=str(people[event.actor].person) if event.actor in people else "",
            person_value=people[event.actor].value if event.actor in people else "",
            page=event.page,
            flags=[str(flag.label) for flag in Flag if event.flags & flag],
            message_id=event.message_id,
            properties=json.loads(event.properties),
            context=json.loads(event.context),
        )
        for event in events
    ]


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)
