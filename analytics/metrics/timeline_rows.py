"""What timelines are made of: rows of events, sorted by the engine."""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.metrics.facts import BOT, PASSIVE, is_action, item, of_persons
from analytics.metrics.timelines import Kind, Places, Timelines

NAMES = ("event", "item")


def in_order(events: ir.Table, identities: ir.Table) -> ir.Table:
    """``person, at_us, session, event, item, passive`` of those of ``events`` that timelines hold, in their order.

    A session is known by a number that its id gives, so that it is the same whenever it is read.
    """
    rows = events.filter(events.actor != 0, (events.flags & BOT) == 0)
    rows = of_persons(identities, rows)
    rows = rows.order_by("person", "at_us", "source", "message_id")
    counts = is_action(rows)
    return rows.select(
        "person",
        "at_us",
        session=ibis.ifelse(rows.session_id == "", 0, rows.session_id.hash()),
        event=ibis.ifelse(counts, rows.event, ""),
        item=ibis.ifelse(counts, item(rows), ""),
        passive=~counts | ((rows.flags & PASSIVE) != 0),
    )


def timelines_of(batches: Iterable[pa.RecordBatch]) -> Timelines:
    """From rows of ``in_order``; those of different people may come in parts."""
    columns: dict[str, list[npt.NDArray[np.int64]]] = {name: [] for name in ("person", "at_us", "session")}
    codes = [np.empty(0, np.int32)]
    numbers: dict[Kind, int] = {}
    for batch in batches:
        for name, parts in columns.items():
            parts.append(batch[name].to_numpy())
        codes.append(_numbered(batch, numbers))
    person, at_us, session = (np.concatenate([np.empty(0, np.int64), *parts]) for parts in columns.values())
    begins = np.flatnonzero(np.append(len(person) > 0, person[1:] != person[:-1])[: len(person)])
    starts = np.append(begins, len(person))
    return Timelines(person[begins], starts, at_us, np.concatenate(codes), session, tuple(numbers))


def _numbered(batch: pa.RecordBatch, numbers: dict[Kind, int]) -> Places:
    """The number of each event's kind; kinds that are new get the next ones."""
    event, named = (batch[name].dictionary_encode() for name in NAMES)
    passive = batch["passive"].to_numpy(zero_copy_only=False)
    codes = (event.indices.to_numpy().astype(np.int64) * len(named.dictionary) + named.indices.to_numpy()) * 2 + passive
    here, place = np.unique(codes, return_inverse=True)
    found = []
    for code in here.tolist():
        names, is_passive = divmod(code, 2)
        of_event, of_item = divmod(names, len(named.dictionary))
        kind = Kind(event.dictionary[of_event].as_py(), bool(is_passive), named.dictionary[of_item].as_py())
        found.append(numbers.setdefault(kind, len(numbers)))
    return np.array(found, np.int32)[place]
