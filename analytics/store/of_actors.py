"""A few rows of one table, without what a whole snapshot brings along."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import ibis.expr.types as ir
import pyarrow as pa

from analytics.collect.models import Event
from analytics.store import engine, inbox
from analytics.store.contents import one_moment
from analytics.store.models import Segment
from analytics.store.schema import TABLES


@contextmanager
def rows_with(table: str, column: str, values: Collection[int]) -> Iterator[ir.Table]:
    """Yield the rows of a table whose column has one of these values; of ``events``, sealed or not.

    The table is one of ``analytics.store.schema.TABLES``, the column one of its integers.
    """
    with one_moment():
        paths = list(Segment.objects.published().of(table).order_by("pk").values_list("path", flat=True))
        unsealed = TABLES[table].empty_table()
        if table == Segment.Table.EVENTS:
            unsealed = inbox.as_table(Event.objects.unsealed().filter(**{f"{column}__in": inbox.among(values)}))
    with engine.chosen().session() as session:
        stored = session.stored(table, paths)
        # Lent and joined: as literals of a question, thousands of values take seconds to be put into words.
        found = stored.semi_join(session.lent(pa.table({column: pa.array(values, pa.int64())})), column)
        yield found.union(session.lent(unsealed)) if unsealed.num_rows else found
