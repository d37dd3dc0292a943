"""Putting rows into the inbox: idempotent, fast, in the caller's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from operator import attrgetter
from typing import Any

import psycopg
from django.db import IntegrityError, connection, transaction

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
_COPY = f"COPY {_TABLE} ({_RECORDS.names}) FROM STDIN (FORMAT BINARY)"
_WORTH_COPYING = 30  # rows: each costs half of what INSERT takes, but COPY and its savepoint three round trips more


def insert_events(rows: Sequence[EventRow]) -> list[EventRow]:
    """Insert the rows whose (source, message id) the inbox doesn't hold yet, and return these in their order.

    Of rows with the same pair the first is taken. Runs in the caller's transaction.
    """
    unique: dict[MessageKey, EventRow] = {}
    for row in rows:
        unique.setdefault(_key(row), row)
    if not unique:
        return []
    if connection.vendor == "sqlite":
        return _insert_into_sqlite(unique.values())
    # In the order of their keys, so that two writers with the same messages wait instead of deadlocking.
    ordered = [unique[key] for key in sorted(unique)]
    if len(ordered) >= _WORTH_COPYING:
        with suppress(IntegrityError), transaction.atomic():
            _copy_into_postgres(ordered)
            return list(unique.values())
    inserted = _insert_into_postgres(ordered)
    return [row for key, row in unique.items() if key in inserted]


def _insert_into_sqlite(unique: Iterable[EventRow]) -> list[EventRow]:
    connection.ensure_connection()
    with connection.wrap_database_errors, closing(connection.connection.cursor()) as cursor:
        return [row for row in unique if cursor.execute(_SQLITE, _values(row)).rowcount == 1]


def _copy_into_postgres(ordered: Iterable[EventRow]) -> None:
    """Raises IntegrityError when the inbox holds one of them already, as it seldom does."""
    with _postgres_cursor() as cursor, cursor.copy(_COPY) as copy:
        copy.set_types(_RECORDS.types)
        for values in map(_values, ordered):
            copy.write_row(values)


def _insert_into_postgres(ordered: Iterable[EventRow]) -> set[MessageKey]:
    parameter: Any = _RECORDS.parameter(map(_values, ordered))
    insert: Any = f"{_INTO} SELECT {_RECORDS.names} FROM {_RECORDS.source} {_ONCE} RETURNING source, message_id"  # noqa: S608
    with _postgres_cursor() as cursor:
        cursor.execute(insert, [parameter], prepare=True)
        return set(cursor.fetchall())


@contextmanager
def _postgres_cursor() -> Iterator[psycopg.Cursor]:
    """A cursor whose statements are bound and prepared by the server, as those of Django's are not."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        yield cursor
