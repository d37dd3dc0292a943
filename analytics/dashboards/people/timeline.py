"""One person's events and sessions, unsealed ones included. These functions run in a query process."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import ibis
import ibis.expr.types as ir

from analytics.rollups.counted import is_active, of_someone
from analytics.rollups.sessions import COLUMNS, ORDER, sessions
from analytics.store.of_actors import rows_with

EVENT_COLUMNS = (
    "message_id",
    "type",
    "event",
    "at_us",
    "received_us",
    "actor",
    "source",
    "device",
    "session_id",
    "account",
    "platform",
    "page",
    "value",
    "flags",
    "properties",
    "context",
)
SHOWN_OF_A_SESSION = 100  # events on the person's page; the session's own page has all


@dataclass(frozen=True)
class PersonEvent:
    """An event as it was sent; ``sent_session`` is the SDK's session id."""

    message_id: str
    type: str
    event: str
    at: datetime
    received_at: datetime
    actor: int
    source: int
    device: int
    sent_session: str
    account: str
    platform: str
    page: str
    value: float | None
    flags: int
    properties: dict[str, Any]
    context: dict[str, Any]


@dataclass(frozen=True)
class PersonSession:
    """A session of one device; ``id`` names it for as long as it begins with the same event."""

    id: str
    source: int
    device: int
    sent_session: str
    started_at: datetime
    ended_at: datetime
    active_events: int
    platform: str
    account: str
    events: Sequence[PersonEvent] = field(default=())

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class Slice:
    """Some of a list, and how many there are in all."""

    items: Sequence[Any]
    count: int


def events_of(actors: Collection[int], offset: int, limit: int) -> Slice:
    """Events of these actors, newest first."""
    with rows_with("events", "actor", actors) as rows:
        newest = rows.order_by(rows.at_us.desc(), rows.message_id.desc()).limit(limit, offset=offset)
        return Slice(_events(newest), rows.count().to_pyarrow().as_py())


def sessions_of(actors: Collection[int], offset: int, limit: int) -> Slice:
    """Sessions of these actors without their events, newest first."""
    found = _sessions(actors)
    return Slice(found[offset : offset + limit], len(found))


def timeline(actors: Collection[int], offset: int, limit: int) -> Slice:
    """Sessions of these actors, newest first, each with its latest events."""
    found = _sessions(actors)
    shown = found[offset : offset + limit]
    if not shown:
        return Slice([], len(found))
    first, last = min(one.started_at for one in shown), max(one.ended_at for one in shown)
    events = _events_between(actors, first, last)
    return Slice([_with_events(one, events, SHOWN_OF_A_SESSION) for one in shown], len(found))


def session_of(actors: Collection[int], session: str) -> PersonSession | None:
    """One session with all of its events, oldest first; None when these actors have no such session."""
    found = next((one for one in _sessions(actors) if one.id == session), None)
    if found is None:
        return None
    return _with_events(found, _events_between(actors, found.started_at, found.ended_at), limit=None)


def _sessions(actors: Collection[int]) -> list[PersonSession]:
    """Cut from all events of the devices these actors used, as the nightly run cuts them."""
    with rows_with("events", "actor", actors) as rows:
        devices = [row["device"] for row in rows.select("device").distinct().to_pyarrow().to_pylist()]
    with rows_with("events", "device", devices) as rows:
        active = of_someone(rows.filter(is_active(rows)))
        # Nobody asks for the local day here: it would only make the query longer.
        rows = active.mutate(day=ibis.literal(0, "int32")).select(*COLUMNS)
        table = sessions(rows.order_by(*ORDER).to_pyarrow())
    among = frozenset(actors)
    theirs = [row for row in table.to_pylist() if row["actor"] in among]
    return [_session(row) for row in sorted(theirs, key=lambda row: (-row["start_us"], row["device"]))]


def _session(row: dict[str, Any]) -> PersonSession:
    return PersonSession(
        id=f"{row['source']}-{row['device']}-{row['start_us']}",
        source=row["source"],
        device=row["device"],
        sent_session=row["session_id"],
        started_at=moment(row["start_us"]),
        ended_at=moment(row["end_us"]),
        active_events=row["active_events"],
        platform=row["platform"],
        account=row["account"],
    )


def _events_between(actors: Collection[int], first: datetime, last: datetime) -> list[PersonEvent]:
    with rows_with("events", "actor", actors) as rows:
        within = rows.filter(rows.at_us.between(_us(first), _us(last)))
        return _events(within.order_by("at_us", "message_id"))


def _with_events(session: PersonSession, events: Sequence[PersonEvent], limit: int | None) -> PersonSession:
    """The session with those of its device's events that lie in it, passive ones included."""
    key = (session.source, session.device, session.sent_session)
    own = [
        event
        for event in events
        if (event.source, event.device, event.sent_session) == key
        and session.started_at <= event.at <= session.ended_at
    ]
    shown = own if limit is None else own[-limit:]
    return PersonSession(**{**vars(session), "events": tuple(shown)})


def _events(rows: ir.Table) -> list[PersonEvent]:
    return [
        PersonEvent(
            at=moment(row.pop("at_us")),
            received_at=moment(row.pop("received_us")),
            sent_session=row.pop("session_id"),
            properties=json.loads(row.pop("properties")),
            context=json.loads(row.pop("context")),
            **row,
        )
        for row in rows.select(*EVENT_COLUMNS).to_pyarrow().to_pylist()
    ]


def moment(us: int) -> datetime:
    """The time of UTC microseconds since 1970, exactly."""
    return datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)


def _us(time: datetime) -> int:
    return int(time.replace(microsecond=0).timestamp()) * 1_000_000 + time.microsecond
