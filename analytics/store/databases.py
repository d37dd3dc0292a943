"""The whole database as files and back, with nothing but the drivers: each kind of database in its own form."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

SQLITE_FILE = "portal.sqlite3"
COLUMNS_FILE = "columns.json"
BLOCK = 1 << 20


def migrations() -> list[str]:
    """The migrations that are applied: data go only into tables of the very same form."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def dump(folder: Path) -> None:
    """Write the database into ``folder`` as the running snapshot (``contents.one_moment``) sees it."""
    folder.mkdir()
    if connection.vendor == "sqlite":
        # The open read transaction is the copy's source: it stays at its moment, and nobody waits.
        with closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            connection.connection.backup(copy)
    else:
        _dump_postgres(folder)


def load(folder: Path) -> None:
    """Replace everything in the database by what ``dump`` wrote."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(folder / SQLITE_FILE)) as copy:
            copy.backup(connection.connection)
    else:
        with transaction.atomic():
            _load_postgres(folder)


def _dump_postgres(folder: Path) -> None:
    columns = dict(_tables())
    with connection.cursor() as cursor:
        for table, names in columns.items():
            with (folder / table).open("wb") as file, cursor.copy(f"COPY {_columns(table, names)} TO STDOUT") as rows:
                for block in rows:
                    file.write(block)
    (folder / COLUMNS_FILE).write_text(json.dumps(columns))


def _load_postgres(folder: Path) -> None:
    columns: dict[str, list[str]] = json.loads((folder / COLUMNS_FILE).read_text())
    with connection.cursor() as cursor:
        # In one statement and one transaction: foreign keys are looked at when it is committed.
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, columns))}")
        for table, names in columns.items():
            with (folder / table).open("rb") as file, cursor.copy(f"COPY {_columns(table, names)} FROM STDIN") as rows:
                while block := file.read(BLOCK):
                    rows.write(block)
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)


def _tables() -> Iterator[tuple[str, list[str]]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model._meta.db_table, [str(field.column) for field in model._meta.local_concrete_fields]


def _columns(table: str, names: list[str]) -> str:
    quoted = ", ".join(map(connection.ops.quote_name, names))
    return f"{connection.ops.quote_name(table)} ({quoted})"
