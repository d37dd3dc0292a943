"""Time spent against neighbours in sorted lists."""

from collections import defaultdict
from itertools import pairwise

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.metrics.time_spent import time_spent

MINUTE_US = 60_000_000


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def spent(duckdb: ibis.BaseBackend, rows: list[tuple[str, int]]) -> dict[str, int]:
    """By message id; rows are a session and an instant."""
    columns = [
        {"session": session, "at_us": at_us, "message_id": f"{number:02}"}
        for number, (session, at_us) in enumerate(rows)
    ]
    duckdb.con.register("sent", pa.Table.from_pylist(columns))
    found = time_spent(duckdb.table("sent"), ["session"]).to_pyarrow().to_pylist()
    return {row["message_id"]: row["spent_us"] for row in found}


def test_until_the_next_at_most_half_an_hour_and_nothing_after_the_last(duckdb: ibis.BaseBackend) -> None:
    rows = [("a", 1), ("a", 1 + MINUTE_US), ("a", 1 + 31 * MINUTE_US), ("a", 2 + 62 * MINUTE_US), ("b", 5)]
    assert list(spent(duckdb, rows).values()) == [MINUTE_US, 30 * MINUTE_US, 30 * MINUTE_US, 0, 0]


instants = st.integers(0, 8).map(lambda quarter: 1 + quarter * 15 * MINUTE_US)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from("ab"), instants), min_size=1, max_size=12))
def test_equals_brute_force(duckdb: ibis.BaseBackend, rows: list[tuple[str, int]]) -> None:
    sessions: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, (session, at_us) in enumerate(rows):
        sessions[session].append((at_us, f"{number:02}"))
    expected = {}
    for events in sessions.values():
        events.sort()
        expected[events[-1][1]] = 0
        for (at_us, message_id), (next_us, _) in pairwise(events):
            expected[message_id] = min(next_us - at_us, 30 * MINUTE_US)
    assert spent(duckdb, rows) == expected
