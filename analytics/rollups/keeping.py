"""Tables that are worked out once and used several times."""

import ibis

from analytics.metrics.facts import Keep
from analytics.metrics.tables import Tables


def keeper(tables: Tables) -> Keep:
    """Returns what stores a table until the snapshot ends."""
    engine = ibis.get_backend(tables.user_day)
    return lambda table: engine.create_table(ibis.util.gen_name("kept"), table, temp=True)
