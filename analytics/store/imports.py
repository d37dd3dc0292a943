"""History comes in as segments, past the inbox: each event once, however often it is imported."""

import ibis
import pyarrow as pa

from analytics.store import days, lifecycle, reading
from analytics.store.locks import alone
from analytics.store.models import Segment
from analytics.store.schema import EVENTS
from analytics.store.seal import ORDER

KEY = ["source", "message_id"]


def write_segment(table: pa.Table) -> Segment | None:
    """Publish the events of a table (columns of EVENTS) that are neither stored nor in the inbox yet.

    Two events are the same when source and message id are; of several in the table the first is
    taken. Returns the segment, or None when nothing was new. The caller interns identities.
    """
    rows = table.select(EVENTS.names).cast(EVENTS)
    with alone("imports"):
        new = _unknown(rows)
        if not new.num_rows:
            return None
        draft = lifecycle.draft(Segment.Table.EVENTS, Segment.Origin.IMPORT, [new.sort_by(ORDER)])
        lifecycle.publish([draft], also=lambda: days.queue(days.days_of(new["at_us"])))
    return Segment.objects.get(pk=draft.segment.pk)


def _unknown(rows: pa.Table) -> pa.Table:
    numbered = rows.select(KEY).append_column("row", pa.array(range(rows.num_rows), pa.int64()))
    firsts = numbered.group_by(KEY).aggregate([("row", "min")])
    with reading.snapshot() as tables:
        # The few that come in are what is held in memory, not the many that are stored.
        known = tables.events.select(KEY).semi_join(ibis.memtable(firsts.select(KEY)), KEY).to_pyarrow()
    unknown = firsts.join(known.cast(firsts.select(KEY).schema), KEY, join_type="left anti")
    return rows.take(unknown["row_min"].sort())
