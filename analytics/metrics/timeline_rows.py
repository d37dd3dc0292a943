"""What timelines are made of: rows of events, sorted by the engine."""

from collections.abc import Iterable

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.metrics.facts import BOT, PASSIVE, is_action, item, of_persons
from analytics.metrics.timelines import Kind, Places, Timelines, without_pages

NAMES = ("event", "item", "page")
MOST_KINDS = 250_000


class TooManyKinds(Exception):
    """Even where pages aren't told."""


def in_order(events: ir.Table, identities: ir.Table) -> ir.Table:
    """``person, at_us, session, event, item, page, passive`` of the events that timelines hold, in their order.

    A session is known by a number that its id gives, so that it is the same whenever it is read.
    """
    rows = events.filter(events.actor != 0, (events.flags & BOT) == 0)
    rows = of_persons(identities, rows)
    rows = rows.order_by("person", "at_us", "source", "message_id")
    counts = is_action(rows)
    passive = ~counts | ((rows.flags & PASSIVE) != 0)
    return rows.select(
        "person",
        "at_us",
        session=ibis.ifelse(rows.session_id == "", 0, rows.session_id.hash()),
        event=ibis.ifelse(counts, rows.event, ""),
        item=ibis.ifelse(counts, item(rows), ""),
        page=ibis.ifelse(passive, "", rows.page),
        passive=passive,
    )


def timelines_of(batches: Iterable[pa.RecordBatch]) -> Timelines:
    """From rows of ``in_order``; those of different people may come in parts. Raises TooManyKinds."""
    columns: dict[str, list[npt.NDArray[np.int64]]] = {name: [] for name in ("person", "at_us", "session")}
    codes = [np.empty(0, np.int32)]
    numbers: dict[Kind, int] = {}
    tell_pages = True
    for batch in batches:
        for name, parts in columns.items():
            parts.append(batch[name].to_numpy())
        codes.append(_numbered(batch, numbers, tell_pages))
        if len(numbers) > MOST_KINDS and tell_pages:
            kinds, of = without_pages(numbers)
            numbers, codes, tell_pages = {kind: n for n, kind in enumerate(kinds)}, [of[each] for each in codes], False
        if len(numbers) > MOST_KINDS:
            raise TooManyKinds
    person, at_us, session = (np.concatenate([np.empty(0, np.int64), *parts]) for parts in columns.values())
    begins = np.flatnonzero(np.append(len(person) > 0, person[1:] != person[:-1])[: len(person)])
    starts = np.append(begins, len(person))
    return Timelines(person[begins], starts, at_us, np.concatenate(codes), session, tuple(numbers))


def _numbered(batch: pa.RecordBatch, numbers: dict[Kind, int], tell_pages: bool) -> Places:
    """The number of each event's kind; kinds that are new get the next ones."""
    encoded = [batch[name].dictionary_encode() for name in NAMES]
    events, items, pages = (column.dictionary.to_pylist() for column in encoded)
    passive = batch["passive"].to_numpy(zero_copy_only=False).astype(np.int64)
    places = (*(column.indices.to_numpy() for column in encoded), passive)
    sizes = (len(events), len(items), len(pages), 2)
    here, place = np.unique(np.ravel_multi_index(places, sizes), return_inverse=True)
    found = []
    for event, named, page, is_passive in zip(*(of.tolist() for of in np.unravel_index(here, sizes)), strict=True):
        kind = Kind(events[event], bool(is_passive), items[named], pages[page] if tell_pages else None)
        found.append(numbers.setdefault(kind, len(numbers)))
    return np.array(found, np.int32)[place]
