"""Sealing moves events from the inbox to a segment, each of them exactly once."""

from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest

from analytics.collect.models import Event
from analytics.models import Segment, StaleDays
from analytics.store import reading, seal
from analytics.store.lifecycle import LostRace

pytestmark = pytest.mark.django_db


def us(*moment: int) -> int:
    return round(datetime(*moment, tzinfo=UTC).timestamp() * 1_000_000)


def message_ids() -> list[str]:
    with reading.snapshot() as tables:
        return sorted(tables.events.message_id.to_pyarrow().to_pylist())


def test_sealing_changes_nothing_that_readers_see(add_event):
    for number in range(5):
        add_event(f"m{number}", at_us=number)
    before = message_ids()
    assert seal.seal() == 5
    assert message_ids() == before == ["m0", "m1", "m2", "m3", "m4"]
    assert Event.objects.unsealed().count() == 0
    assert seal.seal() == 0


@pytest.mark.files
def test_a_segment_is_sorted_and_says_what_is_in_it(add_event, data_dir):
    for actor, at_us in [(9, 30), (3, 20), (9, 10)]:
        add_event(f"{actor}-{at_us}", actor=actor, at_us=at_us)
    seal.seal()
    segment = Segment.objects.get()
    file = pq.ParquetFile(data_dir / segment.path)
    assert file.read()["message_id"].to_pylist() == ["3-20", "9-10", "9-30"]
    assert (segment.rows, segment.min_at_us, segment.max_at_us) == (3, 10, 30)
    assert segment.bytes == (data_dir / segment.path).stat().st_size
    assert file.metadata.metadata[b"schema_version"] == b"1"


def test_the_local_days_of_sealed_events_are_queued_as_runs(add_event, settings):
    settings.PROJECT_TIME_ZONE = "America/New_York"
    # 02:00 UTC is still the day before in New York, both before and after its clock change of 10 March.
    for moment in [(2024, 3, 10, 2), (2024, 3, 10, 12), (2024, 3, 12, 3, 59), (2024, 3, 20, 4)]:
        add_event(str(moment), at_us=us(*moment))
    seal.seal()
    queued = StaleDays.objects.order_by("first_day").values_list("kind", "first_day", "last_day")
    assert list(queued) == [
        ("events", date(2024, 3, 9), date(2024, 3, 11)),
        ("events", date(2024, 3, 20), date(2024, 3, 20)),
    ]


@pytest.mark.files
def test_of_two_sealers_with_the_same_events_the_second_leaves_nothing_behind(add_event, data_dir):
    ids = [add_event("m1").pk, add_event("m2").pk]
    drafts = seal.lifecycle.draft

    def overtaken(*args, **options):
        draft = drafts(*args, **options)
        seal.lifecycle.draft = drafts
        seal._seal(ids)  # the other one is through before this one marks
        return draft

    seal.lifecycle.draft = overtaken
    with pytest.raises(LostRace):
        seal._seal(ids)
    assert Segment.objects.count() == len(list(data_dir.rglob("*.parquet"))) == 1
    assert message_ids() == ["m1", "m2"]


def test_an_event_that_was_erased_meanwhile_takes_the_segment_with_it(add_event):
    ids = [add_event("m1").pk, add_event("m2").pk]
    Event.objects.filter(message_id="m1").delete()
    with pytest.raises(LostRace):
        seal._seal(ids)
    assert message_ids() == ["m2"]
    assert not Segment.objects.exists()


def test_a_limit_is_kept(add_event):
    for number in range(5):
        add_event(f"m{number}")
    assert seal.seal(limit=2) == 2
    assert Event.objects.unsealed().count() == 3
