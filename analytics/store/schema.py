"""The physical columns of every table that is kept as Parquet, and their version.

Types are fixed so that any engine reads the files alike: signed integers, doubles and UTF-8
text, no nulls but in ``events.value``, no dictionaries or nesting. Columns ending in ``_us``
are UTC microseconds since 1970; ``day`` is days since 1970-01-01 in the project's zone.
"""

from collections.abc import Collection

import pyarrow as pa

from analytics.metrics.properties import property_column

SCHEMA_VERSION = 1

_I64, _I32, _TEXT, _DOUBLE = pa.int64(), pa.int32(), pa.string(), pa.float64()

EVENTS = pa.schema(
    {
        "source": _I64,
        "message_id": _TEXT,
        "type": _TEXT,  # track page screen identify group alias
        "event": _TEXT,  # a track's name; else the type
        "at_us": _I64,  # when it happened, clock corrected
        "received_us": _I64,
        "actor": _I64,  # the user id's identity, else the anonymous id's; 0: sent without an id that names someone
        "anon": _I64,  # the anonymous id's identity; 0: none
        "device": _I64,  # what sessions are cut by: anonymous id, else device id, else actor
        "session_id": _TEXT,  # the SDK's own; empty: none
        "account": _TEXT,  # group id sent with the event; empty: none
        "platform": _TEXT,
        "page": _TEXT,  # path of the page, or the screen's name
        "touch": _TEXT,  # analytics.people.channels.Touch as text; empty: none
        "customer_segment": _TEXT,  # as sent with this very event; empty: not sent
        "value": _DOUBLE,
        "flags": _I32,  # bits of analytics.collect.models.Flag
        "properties": _TEXT,  # JSON object; traits for identify and group
        "context": _TEXT,  # JSON object
    }
)

USER_DAY = pa.schema(
    {
        "actor": _I64,
        "day": _I32,
        "platform": _TEXT,
        "account": _TEXT,  # as sent; empty: none, resolved when read
        "customer_segment": _TEXT,  # the last one sent that day; empty: none, resolved when read
        "first_us": _I64,  # earliest event of any kind
        "last_us": _I64,  # latest active event; 0: none
        "events": _I64,  # of any kind
        "active_events": _I64,  # 0: the actor was seen, not active
        "key_actions": _I64,
        "signup_us": _I64,  # first signup of that day; 0: none
    }
)

SESSIONS = pa.schema(
    {
        "source": _I64,
        "device": _I64,
        "session_id": _TEXT,  # the SDK's; empty: cut by us
        "actor": _I64,  # of the last active event that was sent with a user id, else of the last
        "day": _I32,  # of the start
        "start_us": _I64,
        "end_us": _I64,  # last active event
        "active_events": _I64,
        "platform": _TEXT,  # of the first event
        "account": _TEXT,
        "customer_segment": _TEXT,
    }
)

TOUCHES = pa.schema({"actor": _I64, "day": _I32, "at_us": _I64, "touch": _TEXT})

TRAIT_HISTORY = pa.schema(
    {
        "subject_kind": _TEXT,  # actor or account
        "subject": _TEXT,  # identity number as text, or account id
        "field": _TEXT,  # customer_segment, account, wallet_balance
        "day": _I32,
        "at_us": _I64,
        "value": _TEXT,
    }
)

PERSONA_HISTORY = pa.schema(
    {"person": _I64, "from_day": _I32, "to_day": _I32, "ability": _TEXT, "experience": _TEXT, "wallet": _TEXT}
)

TABLES = {
    "events": EVENTS,
    "user_day": USER_DAY,
    "sessions": SESSIONS,
    "touches": TOUCHES,
    "trait_history": TRAIT_HISTORY,
    "persona_history": PERSONA_HISTORY,
}


def columns(table: str, properties: Collection[str] = ()) -> pa.Schema:
    """The columns of a file of this table; one of events has some properties besides, as text, empty where unset."""
    return pa.schema([*TABLES[table], *(pa.field(property_column(name), _TEXT) for name in properties)])


def without_rows(schema: pa.Schema) -> pa.Table:
    """An empty table. ``schema.empty_table()`` would import pandas, which no web worker needs."""
    return pa.Table.from_batches([], schema)
