"""What holds sealed events and answers questions about them, chosen by ``EVENTS_URL``.

An engine keeps the rows of a segment under its path and reads any list of segments as one Ibis
table. Which segments are published, and when they come and go, stands in the Django database
and is no engine's business; so another engine is one module that has these methods, and one
line in ``ENGINES``.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from importlib import import_module
from typing import Protocol

import ibis.expr.types as ir
import pyarrow as pa
from django.conf import settings

from analytics.store.written import Written

# Names, not classes: importing an engine loads its libraries, which a web worker never needs.
ENGINES = {
    "segments": "analytics.store.embedded",
    "postgres": "analytics.store.postgresql",
    "postgresql": "analytics.store.postgresql",
    "clickhouse": "analytics.store.clickhouse",
}


class OutOfMemory(Exception):
    """A query needed more memory than one may have."""


class Session(Protocol):
    """A reader's connection. Tables it returns can be joined with one another, until it ends."""

    def stored(self, table: str, paths: Sequence[str], properties: Collection[str] = ()) -> ir.Table:
        """Return the rows of these segments; none: an empty table with the columns of ``table``.

        All of the segments were written with these ``properties``, and maybe more.
        """
        ...

    def lent(self, rows: pa.Table) -> ir.Table:
        """Return rows from memory as a table."""
        ...

    def named(self, name: str, expression: ir.Table) -> ir.Table:
        """Return the expression under a name, by which SQL shown to people refers to it."""
        ...

    def stream(self, expression: ir.Table) -> Iterable[pa.RecordBatch]:
        """Compute the expression and yield its rows without holding them all."""
        ...


class Engine(Protocol):
    most_properties: int
    """How many properties of an event it can keep as columns of their own."""

    def write(
        self, table: str, path: str, batches: Iterable[pa.RecordBatch | pa.Table], properties: Collection[str] = ()
    ) -> Written:
        """Keep rows under ``path``, durably when this returns. They have the columns of ``schema.columns``."""
        ...

    def remove(self, path: str) -> None:
        """Forget the rows under ``path``, if there are any."""
        ...

    def older_than(self, moment: datetime) -> Iterable[str]:
        """Return the path of everything that is kept and was last written before ``moment``."""
        ...

    def session(self) -> AbstractContextManager[Session]:
        """Open a connection for one snapshot or one rewrite."""
        ...

    def interrupt(self) -> None:
        """Stop what this process's sessions are computing; they raise. Called from another thread."""
        ...


def chosen() -> Engine:
    """Return the engine that ``EVENTS_URL`` names."""
    scheme = settings.EVENTS_URL.partition(":")[0]
    return import_module(ENGINES[scheme]).ENGINE
