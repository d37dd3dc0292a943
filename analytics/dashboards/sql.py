"""The SQL of a metric for every engine, as the pages show it."""

from functools import lru_cache

from analytics.store.pool import ask


@lru_cache(maxsize=64)
def sql_of(metric: str) -> dict[str, str]:
    """Dialect → text. Written in a query process, since a web worker loads no engine; then remembered."""
    return ask(written_sql, metric)


def written_sql(metric: str) -> dict[str, str]:
    from analytics.metrics.sql import DIALECTS, metric_sql

    return {label: metric_sql(metric, dialect) for dialect, label in DIALECTS.items()}
