"""Compaction rearranges events by month and loses none."""

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from django.utils import timezone

from analytics.models import Segment
from analytics.store import compact, janitor, lifecycle, reading, seal

pytestmark = pytest.mark.django_db


def us(*moment: int) -> int:
    return round(datetime(*moment, tzinfo=UTC).timestamp() * 1_000_000)


def message_ids() -> list[str]:
    with reading.snapshot() as tables:
        return sorted(tables.events.message_id.to_pyarrow().to_pylist())


@pytest.fixture
def sealed(add_event):
    """Seal events of these moments, all in one segment."""

    def seal_events(*moments: tuple[int, ...]) -> None:
        for number, moment in enumerate(moments):
            add_event(f"{moment}", at_us=us(*moment), actor=100 - number)
        seal.seal()

    return seal_events


@pytest.mark.files
def test_mixed_segments_become_one_for_each_local_month(sealed, settings, data_dir):
    settings.PROJECT_TIME_ZONE = "Asia/Tokyo"
    sealed((2024, 1, 5), (2024, 2, 5))
    sealed((2024, 1, 31, 14, 59), (2024, 1, 31, 15))  # the last minute of January in Tokyo, the first of February
    before = message_ids()
    assert compact.compact() == 2
    assert message_ids() == before
    published = Segment.objects.published().order_by("month")
    assert [(segment.month, segment.rows, segment.origin) for segment in published] == [
        ("2024-01", 2, "rewrite"),
        ("2024-02", 2, "rewrite"),
    ]
    for segment in published:
        rows = pq.read_table(data_dir / segment.path)
        assert rows["actor"].to_pylist() == sorted(rows["actor"].to_pylist())
        assert (segment.min_at_us, segment.max_at_us) == (
            min(rows["at_us"].to_pylist()),
            max(rows["at_us"].to_pylist()),
        )
    assert compact.compact() == 0


def test_a_month_of_many_small_segments_is_merged(sealed):
    for day in range(1, compact.FEW + 2):
        sealed((2024, 1, day))
        compact.compact()
    assert [segment.rows for segment in Segment.objects.published()] == [compact.FEW + 1]


def test_a_large_segment_is_left_alone(sealed, monkeypatch):
    monkeypatch.setattr(compact, "LARGE", 2)
    sealed((2024, 1, 1), (2024, 1, 2))
    compact.compact()
    for day in range(3, compact.FEW + 4):
        sealed((2024, 1, day))
        compact.compact()
    assert sorted(segment.rows for segment in Segment.objects.published()) == [2, compact.FEW + 1]


@pytest.mark.files
def test_when_a_segment_is_replaced_meanwhile_nothing_changes(sealed, monkeypatch, data_dir):
    sealed((2024, 1, 1))
    draft = lifecycle.draft

    def slow_draft(*args, **options):
        monkeypatch.setattr(lifecycle, "draft", draft)
        compact.compact()  # another compactor is through first
        return draft(*args, **options)

    monkeypatch.setattr(lifecycle, "draft", slow_draft)
    assert compact.compact() == 0
    assert message_ids() == [str((2024, 1, 1))]
    assert Segment.objects.filter(state="writing").count() == 0
    assert len(list(data_dir.rglob("*.parquet"))) == 2  # the sealed one and the one of the month


def test_a_replaced_file_outlives_its_readers_and_then_goes(sealed, data_dir):
    sealed((2024, 1, 1))
    sealed_file = data_dir / Segment.objects.get().path
    with reading.snapshot() as tables:
        compact.compact()
        janitor.sweep()
        assert tables.events.count().to_pyarrow().as_py() == 1
    Segment.objects.filter(state="replaced").update(replaced_at=timezone.now() - janitor.reader_limit())
    janitor.sweep()
    assert not sealed_file.exists()
    assert Segment.objects.get().month == "2024-01"


@pytest.mark.files
def test_the_janitor_removes_what_crashes_left_and_spares_what_is_young(data_dir, monkeypatch, sealed):
    sealed((2024, 1, 1))
    folder = data_dir / "segments" / "events"
    (folder / "unknown.parquet").touch()
    (folder / "unfinished.writing").touch()
    abandoned = lifecycle.draft("touches", Segment.Origin.DERIVED, [])
    janitor.sweep()
    assert len(list(folder.iterdir())) == 3
    assert Segment.objects.filter(pk=abandoned.segment.pk).exists()
    later = timezone.now() + janitor.writer_limit() + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    janitor.sweep()
    assert [str(file.relative_to(data_dir)) for file in data_dir.rglob("segments/*/*")] == [Segment.objects.get().path]
    with pytest.raises(lifecycle.LostRace):
        lifecycle.publish([abandoned])


def test_sealed_inbox_rows_go_after_the_dedupe_period(add_event, monkeypatch):
    add_event("old")
    seal.seal()
    add_event("unsealed")
    monkeypatch.setattr(janitor, "CHUNK", 1)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + janitor.DEDUPE_PERIOD - timedelta(minutes=1))
    janitor.sweep()
    assert message_ids_in_inbox() == ["old", "unsealed"]
    monkeypatch.setattr(timezone, "now", lambda: now + janitor.DEDUPE_PERIOD + timedelta(minutes=1))
    janitor.sweep()
    assert message_ids_in_inbox() == ["unsealed"]
    assert message_ids() == ["old", "unsealed"]


def message_ids_in_inbox() -> list[str]:
    from analytics.models import Event

    return sorted(Event.objects.values_list("message_id", flat=True))
