"""Figures straight from the derived tables: what rollups don't hold, or not yet. Runs in a query process."""

from collections.abc import Mapping, Sequence

from django.conf import settings

from analytics.metrics.calendar import Grain
from analytics.metrics.registry import METRICS
from analytics.metrics.scope import scope
from analytics.store.reading import snapshot

Figure = tuple[str, int, str, float | None, float | None, float | None]
"""metric, number of the period's first day, value of the dimension asked by, value, numerator, denominator"""


def figures(
    metrics: Sequence[str], first: int, last: int, grain: Grain, where: Mapping[str, str], by: str | None
) -> list[Figure]:
    """The figures of the periods from the one of day ``first`` to the one of day ``last``, as far as there are any."""
    found: list[Figure] = []
    with snapshot() as tables:
        for key in metrics:
            metric = METRICS[key]
            own = metric.own_dimension
            general = {name: value for name, value in where.items() if name != own}
            chosen = (by,) if by and by != own else ()
            asked = scope(
                tables,
                first,
                last,
                grain,
                zone=settings.PROJECT_TIME_ZONE,
                week_start=settings.WEEK_START,
                by=chosen,
                where=general,
            )
            table = metric.table(asked)
            if own and own in where:
                table = table.filter(table[own] == where[own])
            for row in table.to_pyarrow().to_pylist():
                at, upper, lower = row.get("value"), row.get("numerator"), row.get("denominator")
                found.append((key, row["period"], row[by] if by else "", at, upper, lower))
    return found
