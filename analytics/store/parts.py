"""Derived tables: parts by month, each replaced as a whole."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from analytics.store import lifecycle
from analytics.store.locks import alone
from analytics.store.models import Segment
from analytics.store.schema import TABLES


def publish(table: str, parts: Mapping[str, pa.Table], *, also: Callable[[], None] | None = None) -> None:
    """Replace the parts of these months (YYYY-MM) of a derived table by new rows, in one transaction.

    Months that aren't named stay as they are; a month without rows loses its part. ``also`` runs
    in the same transaction, so that a watermark moves exactly when the rows do. A column that is
    missing raises KeyError; others than the table's are left out.
    """
    tables = {month: [_conforming(table, rows)] for month, rows in parts.items() if rows.num_rows}
    drafts = lifecycle.draft_each(table, Segment.Origin.DERIVED, tables)
    with lifecycle.discarded_on_failure(drafts), alone(table):
        replaced = Segment.objects.published().of(table).filter(month__in=parts).values_list("pk", flat=True)
        lifecycle.publish(drafts, replacing=list(replaced), also=also)


def _conforming(table: str, rows: pa.Table) -> pa.Table:
    return rows.select(TABLES[table].names).cast(TABLES[table])
