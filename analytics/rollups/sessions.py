"""``sessions``: runs of active events of one device, cut as the SDK says or else by silence and length.

The cut is one pass over sorted arrays. It is exact for whole runs of events only: who works out
a part of the past again takes in the sessions around it first, see ``analytics.rollups.reach``.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

MINUTE_US = 60_000_000
SILENCE_US = 30 * MINUTE_US
LONGEST_US = 24 * 60 * MINUTE_US

ORDER = ("source", "device", "session_id", "at_us", "message_id")
COLUMNS = (*ORDER, "actor", "anon", "day", "platform", "account", "customer_segment")

Int64s = npt.NDArray[np.int64]


def sessions(events: pa.Table) -> pa.Table:
    """Cut active events, sorted by ``ORDER``, into the rows of ``store.schema.SESSIONS``.

    A session id that was sent makes the session, however long it is silent. Without one, a
    session ends before an event that comes more than 30 minutes after the last one or more
    than 24 hours after the first one.
    """
    if not events.num_rows:
        return _rows(events, *(np.empty(0, np.int64),) * 3)
    at, untold = ints(events, "at_us"), flags(pc.equal(events["session_id"], ""))
    begins = np.concatenate([[True], _other_key(events) | (untold[1:] & (np.diff(at) > SILENCE_US))])
    firsts, lasts = _spans(begins)
    for chain in np.flatnonzero(untold[firsts] & (at[lasts] - at[firsts] > LONGEST_US)):
        for start in _splits(at[firsts[chain] : lasts[chain] + 1]):
            begins[firsts[chain] + start] = True
    firsts, lasts = _spans(begins)
    with_user_id = ints(events, "actor") != ints(events, "anon")
    named = np.maximum.reduceat(np.where(with_user_id, np.arange(len(at)), -1), firsts)
    return _rows(events, firsts, lasts, np.where(named < 0, lasts, named))


def _other_key(events: pa.Table) -> npt.NDArray[np.bool_]:
    """For each event but the first, whether its source, device or session id differs from the one before."""
    columns = [events[name].combine_chunks() for name in ("source", "device", "session_id")]
    return np.logical_or.reduce([flags(pc.not_equal(column[1:], column[:-1])) for column in columns])


def _splits(at: Int64s) -> Iterator[int]:
    """Where a chain without a long silence is cut because it lasts too long."""
    start = 0
    while (start := int(np.searchsorted(at, at[start] + LONGEST_US, side="right"))) < len(at):
        yield start


def _spans(begins: npt.NDArray[np.bool_]) -> tuple[Int64s, Int64s]:
    firsts = np.flatnonzero(begins)
    return firsts, np.append(firsts[1:], len(begins)) - 1


def _rows(events: pa.Table, firsts: Int64s, lasts: Int64s, speakers: Int64s) -> pa.Table:
    of_first = events.take(pa.array(firsts))
    of_last = events["at_us"].take(pa.array(lasts))
    return pa.table(
        {
            **{name: of_first[name] for name in ("source", "device", "session_id")},
            "actor": events["actor"].take(pa.array(speakers)),
            "day": of_first["day"],
            "start_us": of_first["at_us"],
            "end_us": of_last,
            "active_events": pa.array(lasts - firsts + 1),
            **{name: of_first[name] for name in ("platform", "account", "customer_segment")},
        }
    )


def ints(table: pa.Table, name: str) -> Int64s:
    return table[name].to_numpy()


def flags(values: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(values)
