"""Small made-up worlds: rows of the derived tables as plain Python, and as tables on an engine."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import ibis
import pyarrow as pa
from hypothesis import strategies as st

from analytics.metrics.calendar import DAY_US
from analytics.metrics.tables import Tables
from analytics.store.schema import TABLES
from tests.engines.loading import put

SCHEMAS = {
    **TABLES,
    "identities": pa.schema({"actor": pa.int64(), "person": pa.int64()}),
    "touch_channels": pa.schema({"touch": pa.string(), "channel": pa.string(), "campaign": pa.string()}),
}
FIRST = 20_108  # 2025-01-20, a Monday
LAST = FIRST + 45  # 2025-03-06: a month's end and a short month lie between
CHANNELS = {"t-none": "direct", "t-ad": "google_ads", "t-mail": "email"}
Row = dict[str, Any]


@dataclass
class World:
    user_day: list[Row] = field(default_factory=list)
    sessions: list[Row] = field(default_factory=list)
    touches: list[Row] = field(default_factory=list)
    trait_history: list[Row] = field(default_factory=list)
    persona_history: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    identities: dict[int, int] = field(default_factory=dict)

    def rows(self, table: str) -> list[Row]:
        if table == "identities":
            return [{"actor": actor, "person": person} for actor, person in self.identities.items()]
        if table == "touch_channels":
            return [{"touch": touch, "channel": channel, "campaign": ""} for touch, channel in CHANNELS.items()]
        return getattr(self, table)

    def arrow(self, table: str) -> pa.Table:
        schema = SCHEMAS[table]
        blank: Row = {name: "" if pa.types.is_string(schema.field(name).type) else 0 for name in schema.names}
        return pa.Table.from_pylist([blank | row for row in self.rows(table)], schema=schema)

    def on(self, engine: ibis.BaseBackend) -> Tables:
        """These rows as tables of an engine, in place of those of the world before."""
        return Tables({name: put(engine, name, self.arrow(name)) for name in SCHEMAS}.__getitem__)


def day_row(actor: int, day: int, **columns: Any) -> Row:
    """A row of ``user_day`` for an actor who sent one active event at noon."""
    noon = day * DAY_US + DAY_US // 2
    return {
        "actor": actor,
        "day": day,
        "platform": "web",
        "first_us": noon,
        "last_us": noon,
        "events": 1,
        "active_events": 1,
        "account": "",
        "customer_segment": "",
        "signup_us": 0,
    } | columns


actors = st.integers(1, 6)
days = st.integers(FIRST, LAST)
platforms = st.sampled_from(["web", "ios", ""])
segments = st.sampled_from(["", "", "enterprise", "education"])
accounts = st.sampled_from(["", "", "acme", "initech"])


@st.composite
def user_days(draw: st.DrawFn) -> list[Row]:
    keys = draw(st.sets(st.tuples(actors, days, platforms, accounts), max_size=30))
    return [
        day_row(
            actor,
            day,
            platform=platform,
            account=account,
            customer_segment=draw(segments),
            active_events=draw(st.integers(0, 2)),
            signup_us=draw(st.sampled_from([0, 0, 0, day * DAY_US + 1, day * DAY_US + 2])),
        )
        for actor, day, platform, account in sorted(keys)
    ]


@st.composite
def visits(draw: st.DrawFn) -> Row:
    day, events = draw(days), draw(st.integers(1, 3))
    start = day * DAY_US + draw(st.integers(0, 10))
    length = draw(st.sampled_from([0, 9_999_999, 10_000_000, 59_000_000, 61_500_000, 7_200_000_000]))
    return {
        "actor": draw(actors),
        "day": day,
        "start_us": start,
        "end_us": start + (length if events > 1 else 0),
        "active_events": events,
        "platform": draw(platforms),
        "account": draw(accounts),
        "customer_segment": draw(segments),
    }


def _with_days_of(sessions: list[Row], rows: list[Row]) -> list[Row]:
    """The rows, and one for every session whose actor would not have been seen on its day."""
    seen = {(row["actor"], row["day"]) for row in rows}
    unseen = sorted({(session["actor"], session["day"]) for session in sessions} - seen)
    return rows + [day_row(actor, day) for actor, day in unseen]


@st.composite
def touches(draw: st.DrawFn) -> Row:
    day = draw(st.integers(FIRST - 120, LAST))
    return {
        "actor": draw(actors),
        "day": day,
        "at_us": day * DAY_US + draw(st.integers(0, 3)),
        "touch": draw(st.sampled_from(list(CHANNELS))),
    }


@st.composite
def traits(draw: st.DrawFn) -> Row:
    day = draw(st.integers(FIRST - 10, LAST))
    kind = draw(st.sampled_from(["actor", "account"]))
    field_name = draw(st.sampled_from(["customer_segment", "account"])) if kind == "actor" else "customer_segment"
    return {
        "subject_kind": kind,
        "subject": str(draw(actors)) if kind == "actor" else draw(st.sampled_from(["acme", "initech"])),
        "field": field_name,
        "day": day,
        "at_us": day * DAY_US + draw(st.integers(0, 10**6)),
        "value": draw(
            st.sampled_from(["acme", "initech"] if field_name == "account" else ["individual", "small_team"])
        ),
    }


@st.composite
def personas(draw: st.DrawFn) -> list[Row]:
    """Spans of each person that don't overlap."""
    spans = []
    for person in range(1, 7):
        cuts = sorted(draw(st.sets(days, max_size=3)))
        for first, following in pairwise([*cuts, LAST + 1]):
            spans.append(
                {
                    "person": person,
                    "from_day": first,
                    "to_day": draw(st.integers(first, following - 1)),
                    "ability": draw(st.sampled_from(["power", "casual"])),
                    "experience": "noob",
                    "wallet": "whale",
                }
            )
    return spans


@st.composite
def worlds(draw: st.DrawFn) -> World:
    merged = draw(st.dictionaries(st.integers(4, 6), st.integers(1, 3), max_size=3))
    history = draw(st.lists(traits(), max_size=10, unique_by=lambda row: (row["subject"], row["field"], row["at_us"])))
    # Merged actors share their history: two changes in the same microsecond would have no order.
    seen: set[tuple[int | str, str, int]] = set()
    ordered = []
    for row in history:
        subject = merged.get(int(row["subject"]), int(row["subject"])) if row["subject"].isdigit() else row["subject"]
        key = (subject, row["field"], row["at_us"])
        if key not in seen:
            seen.add(key)
            ordered.append(row)
    sessions = draw(st.lists(visits(), max_size=15))
    return World(
        user_day=_with_days_of(sessions, draw(user_days())),
        sessions=sessions,
        touches=draw(st.lists(touches(), max_size=8)),
        trait_history=ordered,
        persona_history=draw(personas()),
        identities=merged,
    )
