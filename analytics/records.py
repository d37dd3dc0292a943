"""Rows that go to the database many at once, as the JSON of one parameter.

Parameters of their own cost more than the rows themselves, on SQLite and PostgreSQL alike.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection, models
from django.db.models.expressions import RawSQL

_POSTGRES_TYPES = {
    "BigIntegerField": "bigint",
    "IntegerField": "integer",
    "FloatField": "double precision",
    "BooleanField": "boolean",
    "DateField": "date",
    "JSONField": "jsonb",
}


class Records:
    """Some columns of a model, of these ``types`` on PostgreSQL.

    ``source`` is a table expression over one parameter, made by ``parameter``.
    """

    def __init__(self, model: type[models.Model], columns: Sequence[str]) -> None:
        self._columns = columns
        fields = {field.name: field for field in model._meta.concrete_fields}
        self.names = ", ".join(f'"{name}"' for name in columns)
        self.types = [_POSTGRES_TYPES.get(fields[name].get_internal_type(), "text") for name in columns]
        typed = ", ".join(f'"{name}" {type_}' for name, type_ in zip(columns, self.types, strict=True))
        taken_out = ", ".join(f"value->>'{name}' AS \"{name}\"" for name in columns)
        self._sources = {
            "postgresql": f"json_to_recordset(%s::json) AS r({typed})",
            "sqlite": f"(SELECT {taken_out} FROM json_each(%s)) AS r",  # noqa: S608  (names of columns)
        }

    @property
    def source(self) -> str:
        return self._sources[connection.vendor]

    def parameter(self, rows: Iterable[Sequence[Any]]) -> str:
        return msgspec.json.encode([dict(zip(self._columns, row, strict=True)) for row in rows], enc_hook=str).decode()


def among(ids: Collection[int]) -> RawSQL:
    """For ``pk__in``: any number of ids as one parameter, where a list of parameters has a limit."""
    numbers = ",".join(map(str, ids))
    if connection.vendor == "sqlite":
        return RawSQL("SELECT value FROM json_each(%s)", [f"[{numbers}]"])
    # An array tells the planner how many there are, and so whether to use the index; JSON doesn't.
    return RawSQL("SELECT unnest(%s::bigint[])", [f"{{{numbers}}}"])
