"""Random worlds of events, with the tables that the night derives from them."""

from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from analytics.metrics.calendar import DAY_US
from analytics.rollups.sessions import COLUMNS, ORDER, sessions
from analytics.store.schema import EVENTS
from tests.explore.conftest import at
from tests.metrics.world import Row, World

NOON = at("2025-03-08T12:00")  # clocks change in New York the night after
MINUTE_US = 60_000_000
GAPS = (0, 0, MINUTE_US, 29 * MINUTE_US, 30 * MINUTE_US, 30 * MINUTE_US + 1, 5 * 60 * MINUTE_US)
NAMES = ("a", "b", "c", "page", "page")
PAGES = ("/", "/b", "/b/")
MERGED = {4: 1}


@st.composite
def event_rows(draw: st.DrawFn) -> list[Row]:
    """Events a while apart from each other, so that sessions end at every one of the rules."""
    rows: list[Row] = []
    when = NOON
    for number in range(draw(st.integers(0, 25))):
        when += draw(st.sampled_from(GAPS))
        name = draw(st.sampled_from(NAMES))
        kind = draw(st.sampled_from(["track"] * 7 + ["identify"])) if name != "page" else "page"
        anon = draw(st.sampled_from([0, 2]))
        rows.append(
            {
                "source": 1,
                "message_id": f"{draw(st.integers(0, 9))}-{number}",
                "type": kind,
                "event": "identify" if kind == "identify" else name,
                "page": draw(st.sampled_from(PAGES)),
                "at_us": when,
                "actor": draw(st.sampled_from([1, 1, 2, 3, 4])),
                "anon": anon,
                "device": draw(st.sampled_from([1, 2])),
                "session_id": draw(st.sampled_from(["", "", "", "s"])),
                "platform": draw(st.sampled_from(["web", "ios"])),
                "flags": draw(st.sampled_from([0] * 8 + [1, 2])),  # passive, a bot's
                "properties": "{}",
            }
        )
    return rows


@st.composite
def activity(draw: st.DrawFn) -> World:
    return derived(draw(event_rows()), draw(st.sampled_from([{}, MERGED])))


def derived(events: list[Row], identities: dict[int, int]) -> World:
    """The events with their sessions, and on which days each actor was seen."""
    counted = [row for row in events if not row["flags"] & 2]
    active = [row | {"day": 0} for row in counted if row["type"] != "identify" and not row["flags"] & 1]
    blank: dict[str, Any] = {name: "" if pa.types.is_string(EVENTS.field(name).type) else 0 for name in EVENTS.names}
    schema = pa.schema([EVENTS.field(name) if name in EVENTS.names else (name, pa.int32()) for name in COLUMNS])
    table = pa.Table.from_pylist([blank | row for row in active], schema=schema)
    seen: dict[tuple[int, int], Row] = {}
    for row in sorted(counted, key=lambda row: row["at_us"]):
        day = row["at_us"] // DAY_US
        seen.setdefault((row["actor"], day), {"actor": row["actor"], "day": day, "first_us": row["at_us"]})
    return World(
        events=events,
        identities=identities,
        sessions=sessions(table.sort_by([(name, "ascending") for name in ORDER])).to_pylist(),
        user_day=list(seen.values()),
    )
