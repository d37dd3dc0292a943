"""The engines that definitions run on: DuckDB, a PostgreSQL and ClickHouse's own engine, chDB."""

from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import ibis
import pytest

NAMES = ("duckdb", "postgres", "clickhouse")


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ibis.BaseBackend]:
    """ClickHouse's engine in this very process, which can hold one of it only."""
    folder: Path = tmp_path_factory.mktemp("clickhouse")
    client = clickhouse_connect.get_client(dsn=f"chdb://{folder}")
    yield ibis.clickhouse.from_connection(client)
    client.close()


@pytest.fixture(scope="session")
def engines(postgres, clickhouse: ibis.BaseBackend) -> Iterator[dict[str, ibis.BaseBackend]]:
    server = ibis.connect(postgres.create_database())
    yield dict(zip(NAMES, (ibis.duckdb.connect(), server, clickhouse), strict=True))
    server.disconnect()
