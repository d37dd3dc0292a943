"""A metric's SQL for each engine, from the very expression that the portal runs."""

from datetime import UTC, date, datetime

import ibis

from analytics.metrics.calendar import Grain, day_number
from analytics.metrics.registry import METRICS
from analytics.metrics.scope import scope
from analytics.metrics.tables import Tables
from analytics.store.schema import TABLES

DIALECTS = {
    "postgres": "PostgreSQL",
    "duckdb": "DuckDB",
    "clickhouse": "ClickHouse",
    "bigquery": "BigQuery",
    "snowflake": "Snowflake",
}
DAYS_SHOWN = 28


def named_tables() -> Tables:
    """Tables that exist by name only, for writing SQL about them."""
    columns = {
        **{name: ibis.Schema.from_pyarrow(schema) for name, schema in TABLES.items()},
        "identities": {"actor": "int64", "person": "int64"},
        "touch_channels": dict.fromkeys(("touch", "channel", "campaign"), "string"),
    }
    return Tables(lambda name: ibis.table(columns[name], name=name))


def metric_sql(
    metric: str,
    dialect: str,
    *,
    last: date | None = None,
    days: int = DAYS_SHOWN,
    grain: Grain | None = None,
    by: tuple[str, ...] = (),
    zone: str = "UTC",
    week_start: int = 0,
) -> str:
    """The metric over the ``days`` up to ``last`` (today), in the SQL of ``dialect``, one of ``DIALECTS``."""
    end = day_number(last or datetime.now(UTC).date())
    chosen = METRICS[metric]
    asked = scope(
        named_tables(), end - days + 1, end, grain or chosen.grains[0], zone=zone, week_start=week_start, by=by
    )
    return str(ibis.to_sql(chosen.table(asked), dialect=dialect))
