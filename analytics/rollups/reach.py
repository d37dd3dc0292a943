"""Which sessions a change of some days' events can reach, and over which time they must be cut again.

A late event may begin a session earlier, join two that were apart, or move the places where a
day-long one is split. The sessions of the last run tell how far that goes without looking at
events: outside the changed days no event has come or gone.

* With a session id of the SDK: the sessions that have an event on those days, or had one.
* Without: a chain, which is sessions of a device with at most 30 minutes between them, so that
  only length parted them. Those chains that come within 30 minutes of the changed days.
"""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from analytics.rollups.days import within
from analytics.rollups.sessions import LONGEST_US, SILENCE_US, ints

KEY = ("source", "device", "session_id")
SPAN = (*KEY, "start_us", "end_us")
Spans = list[tuple[int, int]]  # from, until before; UTC microseconds; in order, disjoint


@dataclass(frozen=True)
class Reach:
    """``sessions`` are to be replaced; ``extents`` (KEY, from_us, to_us) are to be cut again."""

    sessions: pa.Table
    extents: pa.Table


def reach(old: ir.Table, events: ir.Table, changed: Spans) -> Reach:
    """Work out the reach from the sessions of the last run and the active events of the changed days."""
    told, told_extents = _told(old.filter(old.session_id != ""), events.filter(events.session_id != ""), changed)
    untold, untold_extents = _untold(old.filter(old.session_id == ""), changed)
    return Reach(pa.concat_tables([told, untold]), pa.concat_tables([told_extents, untold_extents]))


def _told(old: ir.Table, events: ir.Table, changed: Spans) -> tuple[pa.Table, pa.Table]:
    found = old.filter(within(old.start_us, old.end_us, changed))
    named = events.select(*KEY).distinct().to_pyarrow()
    if named.num_rows:  # however long ago it began
        found = found.union(old.semi_join(ibis.memtable(named), list(KEY)), distinct=True)
    rows = found.to_pyarrow()
    return rows, rows.select(SPAN).rename_columns([*KEY, "from_us", "to_us"])


def _untold(old: ir.Table, changed: Spans) -> tuple[pa.Table, pa.Table]:
    """Chains may be longer than any margin, so look around further until all of them end in sight."""
    margin = 2 * LONGEST_US
    while True:
        seen = [(first - margin, before + margin) for first, before in changed]
        near = old.filter(within(old.start_us, old.end_us, seen))
        rows = near.order_by("source", "device", "start_us").to_pyarrow()
        starts, ends, chain = _chains(rows)
        touched = _meets(starts, ends, [(first - SILENCE_US, before + SILENCE_US) for first, before in changed])
        if _in_sight(starts[touched], ends[touched], seen):
            break
        margin *= 2
    extents = pa.table(
        {
            **{name: rows[name].take(pa.array(np.unique(chain, return_index=True)[1])) for name in KEY},
            "from_us": starts,
            "to_us": ends,
        }
    )
    return rows.filter(pa.array(touched[chain])), extents.filter(pa.array(touched))


def _chains(rows: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """First and last microsecond of each chain, and the number of each session's chain."""
    if not rows.num_rows:
        return (np.empty(0, np.int64),) * 3
    source, device, start, end = (ints(rows, name) for name in ("source", "device", "start_us", "end_us"))
    apart = (np.diff(source) != 0) | (np.diff(device) != 0) | (start[1:] - end[:-1] > SILENCE_US)
    chain = np.concatenate([[0], np.cumsum(apart)])
    firsts = np.flatnonzero(np.concatenate([[True], apart]))
    return start[firsts], end[np.append(firsts[1:], len(start)) - 1], chain


def _meets(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], spans: Spans) -> npt.NDArray[np.bool_]:
    hits = [(ends >= first) & (starts < before) for first, before in spans]
    return np.logical_or.reduce(hits, axis=0)


def _in_sight(starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], seen: Spans) -> bool:
    """Whether all 30 minutes before and after each chain were looked at, so that nothing can continue it."""
    before = [(starts - SILENCE_US >= first) & (starts < until) for first, until in seen]
    after = [(ends >= first) & (ends + SILENCE_US < until) for first, until in seen]
    return bool(np.all(np.logical_or.reduce(before, axis=0) & np.logical_or.reduce(after, axis=0)))


def to_cut(active: ir.Table, extents: ir.Table, changed: Spans) -> ir.Table:
    """The active events that the sessions in reach are made of: all of the changed days, and those of the extents."""
    on_changed = within(active.at_us, active.at_us, changed)
    around = active.filter(~on_changed).semi_join(
        extents,
        [
            *KEY,
            active.at_us >= extents.from_us,
            active.at_us <= extents.to_us,
        ],
    )
    return ibis.union(active.filter(on_changed), around)
