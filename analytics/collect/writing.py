"""Putting rows into the inbox: idempotent, fast, in the caller's transaction."""

from collections.abc import Sequence
from contextlib import closing
from operator import attrgetter
from typing import Any

import psycopg
from django.db import connection

from analytics.collect.models import Event
from analytics.event import EventRow
from analytics.records import Records

MessageKey = tuple[int, str]  # source, message id

_FIELDS = [field for field in Event._meta.concrete_fields if field.name not in ("id", "segment", "sealed_at")]
_COLUMNS = [field.name for field in _FIELDS]
_TABLE = Event._meta.db_table
_values = attrgetter(*_COLUMNS)
_key = attrgetter("source", "message_id")

_INTO = f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)})"
_ONCE = "ON CONFLICT (source, message_id) DO NOTHING"
_SQLITE = f"{_INTO} VALUES ({', '.join('?' * len(_COLUMNS))}) {_ONCE}"
_RECORDS = Records(Event, _COLUMNS)


def insert_events(rows: Sequence[EventRow]) -> set[MessageKey]:
    """Insert the rows whose (source, message id) the inbox doesn't hold yet, and return these pairs.

    Of rows with the same pair the first is taken. Runs in the caller's transaction.
    """
    unique: dict[MessageKey, EventRow] = {}
    for row in rows:
        unique.setdefault(_key(row), row)
    if not unique:
        return set()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            return _insert_into_postgres(unique)
        return _insert_into_sqlite(unique)


def _insert_into_sqlite(unique: dict[MessageKey, EventRow]) -> set[MessageKey]:
    with closing(connection.connection.cursor()) as cursor:
        return {key for key, row in unique.items() if cursor.execute(_SQLITE, _values(row)).rowcount == 1}


def _insert_into_postgres(unique: dict[MessageKey, EventRow]) -> set[MessageKey]:
    # In the order of their keys, so that two writers with the same messages wait instead of deadlocking.
    parameter: Any = _RECORDS.parameter(_values(unique[key]) for key in sorted(unique))
    insert: Any = f"{_INTO} SELECT {_RECORDS.names} FROM {_RECORDS.source} {_ONCE} RETURNING source, message_id"  # noqa: S608
    with psycopg.Cursor(connection.connection) as cursor:  # bound and prepared by the server, as Django's is not
        cursor.execute(insert, [parameter], prepare=True)
        return set(cursor.fetchall())
