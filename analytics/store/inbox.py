"""The inbox as Arrow tables, and sets of its rows named by their ids."""

import numpy as np
import pyarrow as pa

from analytics.collect.models import Event, EventQuerySet
from analytics.records import among
from analytics.store.schema import EVENTS, without_rows

PAGE = 10_000
NUMBERED = EVENTS.insert(0, pa.field("id", pa.int64()))


def unsealed_ids(limit: int, up_to: int) -> list[int]:
    """The oldest ids that no segment holds, at most ``limit`` of them and none above ``up_to``."""
    events = Event.objects.unsealed().filter(pk__lte=up_to).order_by("pk")
    return list(events.values_list("pk", flat=True)[:limit])


def newest_unsealed() -> int:
    return Event.objects.unsealed().order_by("-pk").values_list("pk", flat=True).first() or 0


def as_table(events: EventQuerySet) -> pa.Table:
    """These events as a table with the columns of EVENTS, in the order they arrived."""
    return _numbered(events).drop_columns("id")


def _numbered(events: EventQuerySet) -> pa.Table:
    batches, newest = [], 0
    # By pages of the primary key: neither driver then holds all rows as Python objects at once.
    while rows := list(events.filter(pk__gt=newest).order_by("pk").values_list(*NUMBERED.names)[:PAGE]):
        newest = rows[-1][0]
        batches.append(pa.record_batch(list(zip(*rows, strict=True)), schema=NUMBERED))
    return pa.Table.from_batches(batches, NUMBERED)


class Unsealed:
    """The events that no segment holds, kept by each process: rows of the inbox come and go, but never change.

    Used within one database snapshot.
    """

    def __init__(self) -> None:
        self._rows = without_rows(NUMBERED)

    def current(self) -> pa.Table:
        """Return them with the columns of EVENTS; only rows that came since are read."""
        ids = np.fromiter(Event.objects.unsealed().values_list("pk", flat=True), np.int64)
        held = self._rows["id"].to_numpy()
        missing = np.setdiff1d(ids, held)
        kept = self._rows.filter(np.isin(held, ids))
        if len(missing):
            new = _numbered(Event.objects.filter(pk__in=among(missing.tolist())))
            kept = pa.concat_tables([kept, new]).combine_chunks()
        self._rows = kept
        return kept.drop_columns("id")


UNSEALED = Unsealed()
