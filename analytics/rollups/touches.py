"""``touches``: when an actor first came by a touch on a day."""

import ibis.expr.types as ir


def touches(events: ir.Table) -> ir.Table:
    """Rows of ``store.schema.TOUCHES`` from events of someone that carry their local ``day``."""
    touched = events.filter(events.touch != "")
    return touched.group_by(["actor", "day", "touch"]).agg(at_us=touched.at_us.min())
