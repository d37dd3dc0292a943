"""Identity rows in bulk: made, locked in order, saved, on SQLite and PostgreSQL alike."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from analytics.people.batch import Seen
from analytics.people.models import Identity
from analytics.people.traits import search_text

_MAP_LOCK = 0x70656F706C65  # "people": any number that no other lock of the database uses
_CHUNK = 1_000  # identities a statement: SQLite takes 32,766 parameters

T = TypeVar("T")


def hold_map() -> None:
    """Make this transaction the only one that may change who belongs to whom, until it ends.

    SQLite has one writer anyway. On PostgreSQL it is a lock of the transaction, taken before any
    row is: links are rare beside events, so that waiting in line costs less than an order of locks
    over rows that the very links decide about.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAP_LOCK])


def intern(seen: Mapping[int, Seen]) -> set[int]:
    """Insert the identities that aren't there yet, each its own person; returns those inserted."""
    inserted: set[int] = set()
    table = connection.ops.quote_name(Identity._meta.db_table)
    for chunk in _chunks(sorted(seen)):
        values: list[int | str] = []
        for identity in chunk:
            one = seen[identity]
            values += [identity, one.kind, one.value, identity, one.first_us, one.first_touch_us]
            values.append(search_text(one.value, {}))
        rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, '{}', 0)"] * len(chunk))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (id, kind, value, person, first_us, first_touch_us, search, traits, traits_us) "  # noqa: S608
                f"VALUES {rows} ON CONFLICT DO NOTHING RETURNING id",
                values,
            )
            inserted.update(identity for (identity,) in cursor.fetchall())
    return inserted


def clusters_of(identities: Collection[int]) -> set[int]:
    """All identities of the persons that these identities belong to. Hold the map to rely on it."""
    persons = _read("person", "pk", identities)
    return _read("pk", "person", persons)


def lock(identities: Collection[int]) -> dict[int, Identity]:
    """The rows of these identities by id, locked in the order of their ids."""
    rows: dict[int, Identity] = {}
    for chunk in _chunks(sorted(identities)):
        locked = Identity.objects.filter(pk__in=chunk).order_by("pk").select_for_update()
        rows.update((row.pk, row) for row in locked)
    return rows


def save(rows: Iterable[Identity]) -> None:
    """Write back rows that were locked and changed."""
    changed = [
        (
            row.person,
            json.dumps(row.traits, cls=DjangoJSONEncoder),
            row.traits_us,
            row.first_us,
            row.first_touch_us,
            row.search,
            row.pk,
        )
        for row in sorted(rows, key=lambda row: row.pk)
    ]
    if not changed:
        return
    table = connection.ops.quote_name(Identity._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET person = %s, traits = %s, traits_us = %s, first_us = %s, first_touch_us = %s, "  # noqa: S608
            "search = %s WHERE id = %s",
            changed,
        )


def _read(column: str, by: str, values: Collection[int]) -> set[int]:
    found: set[int] = set()
    for chunk in _chunks(sorted(values)):
        found.update(Identity.objects.filter(**{f"{by}__in": chunk}).values_list(column, flat=True))
    return found


def _chunks(items: Sequence[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
