"""Events by hand, in the inbox or sealed, and the derived tables as plain rows."""

from collections.abc import Callable, Iterable

import pytest

from analytics.collect.models import Event
from analytics.metrics.calendar import date_of
from analytics.rollups.models import Rollup, StaleDays
from analytics.store.models import Segment
from analytics.store.reading import snapshot
from analytics.store.schema import TABLES
from analytics.store.seal import seal

DERIVED = ("user_day", "sessions", "touches", "trait_history")
Row = dict[str, object]


def event(message_id: str, at_us: int, **columns: object) -> Row:
    """All columns of an event; those that a test doesn't care about have some value."""
    columns = {"actor": 7, **columns}
    return {
        "source": 1,
        "message_id": message_id,
        "type": "track",
        "event": "seen",
        "at_us": at_us,
        "received_us": at_us,
        "anon": 0,
        "device": columns["actor"],
        "session_id": "",
        "account": "",
        "platform": "web",
        "page": "",
        "touch": "",
        "customer_segment": "",
        "value": None,
        "flags": 0,
        "properties": "{}",
        "context": "{}",
    } | columns


def arrive(events: Iterable[Row]) -> None:
    """Commit events, of which some may have come before, and seal them."""
    Event.objects.bulk_create([Event(**each) for each in events], ignore_conflicts=True)
    seal()


def stored(table: str) -> list[Row]:
    with snapshot() as tables:
        rows = getattr(tables, table).select(TABLES[table].names).to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: [str(value) for value in row.values()])


def derived() -> dict[str, list[Row]]:
    return {table: stored(table) for table in DERIVED}


def forget_derived() -> None:
    """Throw all derived tables away and ask for all days again."""
    Segment.objects.exclude(table="events").delete()
    StaleDays.objects.all().delete()
    StaleDays.objects.create(kind=StaleDays.Kind.EVENTS, first_day=date_of(0), last_day=date_of(30_000))


def forget_all() -> None:
    for model in (Event, Segment, StaleDays, Rollup):
        model.objects.all().delete()


@pytest.fixture
def berlin(settings) -> str:
    settings.PROJECT_TIME_ZONE = "Europe/Berlin"
    return settings.PROJECT_TIME_ZONE


Sorted = Callable[[list[Row]], list[Row]]


def in_order(rows: list[Row], table: str) -> list[Row]:
    named = [{name: row[name] for name in TABLES[table].names} for row in rows]
    return sorted(named, key=lambda row: [str(value) for value in row.values()])
