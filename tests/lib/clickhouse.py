"""ClickHouse's own engine, chDB, inside this very process, which can hold one of it only."""

import secrets
from functools import cache

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from analytics.store import engine

URL = "chdb://memory"


@cache
def shared() -> Client:
    """Open until the process ends: with the last client everything stored would be gone."""
    # The portal's module for servers, since the client is the same; for other processes there is nothing to see.
    engine.ENGINES["chdb"] = engine.ENGINES["clickhouse"]
    return clickhouse_connect.get_client(dsn=f"{URL}/default")


def new_database() -> str:
    """The URL of an empty database; what writes to it first makes it."""
    shared()
    return f"{URL}/portal_{secrets.token_hex(6)}"
