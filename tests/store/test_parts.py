"""Parts of a derived table are replaced by month, together with what their writer keeps in the database."""

import pyarrow as pa
import pytest

from analytics.models import Segment, Watermark
from analytics.store import parts, reading
from analytics.store.schema import TOUCHES, USER_DAY

pytestmark = pytest.mark.django_db


def touch(actor: int) -> pa.Table:
    return pa.table({"actor": [actor], "day": [1], "at_us": [5], "touch": [""]}, schema=TOUCHES)


def actors() -> list[int]:
    with reading.snapshot() as tables:
        return sorted(tables.touches.to_pyarrow()["actor"].to_pylist())


def test_only_the_named_months_are_replaced():
    parts.publish("touches", {"2026-01": touch(1), "2026-02": touch(2)})
    parts.publish("touches", {"2026-02": touch(3)})
    assert actors() == [1, 3]
    parts.publish("touches", {"2026-01": TOUCHES.empty_table()})
    assert actors() == [3]


def test_other_tables_of_the_month_stay():
    parts.publish("touches", {"2026-01": touch(1)})
    parts.publish("user_day", {"2026-01": USER_DAY.empty_table()})
    assert actors() == [1]


def test_what_runs_with_it_is_committed_with_it():
    parts.publish("touches", {"2026-01": touch(1)}, also=lambda: Watermark.objects.create(step="derive"))
    assert Watermark.objects.exists()


@pytest.mark.files
def test_when_that_fails_the_old_parts_stay_and_no_file_is_left(data_dir):
    parts.publish("touches", {"2026-01": touch(1)})

    def fail() -> None:
        Watermark.objects.create(step="derive")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        parts.publish("touches", {"2026-01": touch(2)}, also=fail)
    assert actors() == [1]
    assert not Watermark.objects.exists()
    assert len(list(data_dir.rglob("*.parquet"))) == Segment.objects.count() == 1


def test_columns_come_into_the_order_and_types_of_the_table_and_a_missing_one_is_told():
    shuffled = pa.table({"touch": ["x"], "at_us": pa.array([5], pa.int32()), "more": [0], "day": [1], "actor": [4]})
    parts.publish("touches", {"2026-01": shuffled})
    with reading.snapshot() as tables:
        assert tables.touches.to_pyarrow().schema == TOUCHES
    with pytest.raises(KeyError, match="actor"):
        parts.publish("touches", {"2026-01": shuffled.drop_columns("actor")})
