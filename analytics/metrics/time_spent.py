"""How long people stay with what they do: until they do something else."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

LONGEST_US = 30 * 60 * 1_000_000


def time_spent(events: ir.Table, session: Sequence[str], order: Sequence[str] = ("at_us", "message_id")) -> ir.Table:
    """``events`` with ``spent_us``: until the next one of their session, and at most half an hour; of the last one 0.

    ``events`` are all that happen in sessions, which the columns ``session`` tell apart: leave some
    out, and those before last longer. ``order`` is how they follow each other.
    """
    following = ibis.window(group_by=session, order_by=order)
    next_us = events.at_us.lead(1, 0).over(following)
    return events.mutate(spent_us=ibis.ifelse(next_us == 0, 0, ibis.least(next_us - events.at_us, LONGEST_US)))
