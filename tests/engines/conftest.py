"""The engines that definitions run on: DuckDB, a PostgreSQL and ClickHouse's own engine, chDB."""

from collections.abc import Iterator

import ibis
import pytest

from tests.lib import clickhouse

NAMES = ("duckdb", "postgres", "clickhouse")


@pytest.fixture(scope="session")
def engines(postgres) -> Iterator[dict[str, ibis.BaseBackend]]:
    server = ibis.connect(postgres.create_database())
    yield dict(
        zip(NAMES, (ibis.duckdb.connect(), server, ibis.clickhouse.from_connection(clickhouse.shared())), strict=True)
    )
    server.disconnect()
