"""Derived tables: parts by month, each replaced as a whole."""

from collections.abc import Callable, Mapping

import pyarrow as pa
from django.db import transaction

from analytics.store import lifecycle
from analytics.store.lifecycle import LostRace
from analytics.store.locks import alone
from analytics.store.models import Segment
from analytics.store.schema import TABLES


def publish(table: str, parts: Mapping[str, pa.Table], *, also: Callable[[], None] | None = None) -> None:
    """Replace the parts of these months (YYYY-MM) of a derived table by new rows, in one transaction.

    Months that aren't named stay as they are; a month without rows loses its part. ``also`` runs
    in the same transaction, so that a watermark moves exactly when the rows do.
    """
    drafts = [
        lifecycle.write(table, Segment.Origin.DERIVED, [_conforming(table, rows)], month=month)
        for month, rows in parts.items()
        if rows.num_rows
    ]
    try:
        with alone(f"parts-{table}"), transaction.atomic():
            replaced = Segment.objects.published().of(table).filter(month__in=parts)
            lifecycle.retire(list(replaced.values_list("pk", flat=True)))
            for segment, written in drafts:
                lifecycle.publish(segment, written)
            if also:
                also()
    except BaseException:
        for segment, _ in drafts:
            lifecycle.discard(segment)
        raise


def _conforming(table: str, rows: pa.Table) -> pa.Table:
    """The columns of the table, in its order and types; a missing one raises KeyError."""
    return rows.select(TABLES[table].names).cast(TABLES[table])


__all__ = ["LostRace", "publish"]
