"""Sessions a week, where a session begins before its person was first seen."""

import ibis

from analytics.metrics.registry import METRICS
from analytics.metrics.scope import scope
from tests.metrics.world import FIRST, World, day_row

SUNDAY = FIRST + 6  # the last day of a week


def test_a_session_over_midnight_of_someone_seen_only_afterwards() -> None:
    """Begun without an id, and taken by whoever was there with one the day after: a day of the week counts for them."""
    session = {"actor": 1, "day": SUNDAY, "start_us": 10, "end_us": 20, "active_events": 2, "platform": "web"}
    world = World(user_day=[day_row(1, SUNDAY + 1)], sessions=[session])
    week = scope(world.on(ibis.duckdb.connect()), FIRST, SUNDAY, "week")
    found = METRICS["sessions_per_week"].table(week).to_pyarrow().to_pylist()
    assert found == [{"period": FIRST, "numerator": 7.0, "denominator": 1}]
