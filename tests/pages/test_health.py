"""What the health page says of the work that waits."""

from datetime import date

import pytest

from analytics.dashboards.data import health
from analytics.stale import StaleDays

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("waiting", "days"),
    [
        ([], 0),
        ([("events", "2026-01-01", "2026-01-01"), ("events", "2026-11-20", "2026-11-20")], 2),
        ([("events", "2026-02-27", "2026-03-02"), ("identity", "2026-03-01", "2026-03-03")], 5),
        ([("events", "2026-03-01", "2026-03-05"), ("events", "2026-03-02", "2026-03-03")], 5),
    ],
)
def test_only_days_that_wait_are_counted_and_each_once(waiting: list[tuple[str, str, str]], days: int) -> None:
    for kind, first, last in waiting:
        StaleDays.objects.create(kind=kind, first_day=date.fromisoformat(first), last_day=date.fromisoformat(last))
    assert health.lag().stale_days == days
