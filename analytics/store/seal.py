"""Seal: move events from the inbox into a segment; at no moment is one missing or there twice."""

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from analytics.collect.models import Event
from analytics.store import days, inbox, lifecycle
from analytics.store.lifecycle import LostRace
from analytics.store.models import Segment

# On SQLite the write lock is held while events are marked: about 40 ms for so many.
BATCH = {"sqlite": 10_000, "postgresql": 100_000}

# A hint for speed: the events of an actor lie together, so that readers skip most of a file.
ORDER = [("actor", "ascending"), ("at_us", "ascending")]


def seal(limit: int | None = None) -> int:
    """Seal what is unsealed when this begins, at most ``limit`` events; return how many this call sealed.

    Any number of sealers may run: of two that took the same events one publishes, and the other
    throws its file away and goes on.
    """
    newest, sealed = inbox.newest_unsealed(), 0
    while limit is None or sealed < limit:
        batch = BATCH[connection.vendor]
        # An explicit set of rows. PostgreSQL's sequences hand out numbers in one order and
        # transactions commit in another: below the newest id there may be events still unseen.
        ids = inbox.unsealed_ids(batch if limit is None else min(batch, limit - sealed), up_to=newest)
        if not ids:
            break
        try:
            _seal(ids)
        except LostRace:
            continue
        sealed += len(ids)
    return sealed


def _seal(ids: Sequence[int]) -> None:
    rows = inbox.as_table(Event.objects.unsealed().filter(pk__in=inbox.among(ids)))
    touched = days.days_of(rows["at_us"])
    draft = lifecycle.draft(Segment.Table.EVENTS, Segment.Origin.SEAL, [rows.sort_by(ORDER)])

    def mark() -> None:
        events = Event.objects.unsealed().filter(pk__in=inbox.among(ids))
        if connection.features.has_select_for_update:
            # In the order of their ids: two sealers wait for one another, but never each for the other.
            list(events.order_by("pk").select_for_update().values_list("pk"))
        marked = events.update(segment=draft.segment.pk, sealed_at=timezone.now())
        if not marked == rows.num_rows == len(ids):
            raise LostRace(f"{marked} of {len(ids)} events were still unsealed")
        days.queue(touched)

    lifecycle.publish([draft], also=mark)
