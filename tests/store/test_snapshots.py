"""What a process keeps between snapshots never shows anything old."""

import pytest

from analytics.models import ChannelRule, Event, Identity, IdentityEdge, Segment
from analytics.store import reading, seal
from analytics.store.contents import UnreadableSegment
from analytics.store.identity_map import IdentityMap
from analytics.store.inbox import Unsealed
from analytics.store.version import data_version
from tests.store.installations import Installation

pytestmark = pytest.mark.django_db


def know(*pairs: tuple[int, int]) -> None:
    for identity, person in pairs:
        Identity.objects.update_or_create(
            pk=identity, defaults={"kind": "a", "value": str(identity), "person": person, "first_us": 0}
        )


def decide(identity: int, into: int, **columns) -> IdentityEdge:
    return IdentityEdge.objects.create(
        identity=identity, into=into, **{"rule": "seen_together", "accepted": True, "at_us": 0} | columns
    )


def pairs(identities: IdentityMap) -> dict[int, int]:
    table = identities.current()
    return dict(zip(table["actor"].to_pylist(), table["person"].to_pylist(), strict=True))


def truth() -> dict[int, int]:
    return {pk: person for pk, person in Identity.objects.values_list("pk", "person") if pk != person}


class TestIdentityMap:
    def test_it_follows_merges_and_undone_ones(self, django_assert_max_num_queries):
        known = IdentityMap()
        know((1, 1), (2, 2), (3, 3), (4, 4))
        assert pairs(known) == {}
        know((1, 9), (9, 9))
        decide(1, 9)
        assert pairs(known) == truth() == {1: 9}
        know((2, 9), (3, 9))
        decide(3, 2)
        decide(2, 9)
        with django_assert_max_num_queries(6):
            assert pairs(known) == truth() == {1: 9, 2: 9, 3: 9}
        know((2, 2), (3, 2))
        decide(2, 9, rule="undo")
        assert pairs(known) == truth() == {1: 9, 3: 2}

    def test_without_a_decision_it_costs_one_query(self, django_assert_num_queries):
        known = IdentityMap()
        know((1, 9), (9, 9))
        decide(1, 9)
        before = pairs(known)
        with django_assert_num_queries(1):
            assert pairs(known) == before

    def test_an_edge_committed_after_one_with_a_higher_id_counts(self):
        known = IdentityMap()
        know((1, 9), (9, 9), (2, 2))
        decide(1, 9, pk=20)
        assert pairs(known) == {1: 9}
        know((2, 9))
        decide(2, 9, pk=10)
        assert pairs(known) == truth() == {1: 9, 2: 9}

    def test_removed_identities_go(self):
        known = IdentityMap()
        know((1, 9), (9, 9), (2, 9))
        edges = [decide(1, 9), decide(2, 9)]
        assert pairs(known) == {1: 9, 2: 9}
        edges[0].delete()
        Identity.objects.filter(pk=1).delete()
        assert pairs(known) == truth() == {2: 9}


def test_unsealed_events_come_and_go_and_are_read_once(add_event, django_assert_num_queries):
    kept = Unsealed()
    ids = [add_event(f"m{number}").pk for number in range(4)]
    assert kept.current()["message_id"].to_pylist() == ["m0", "m1", "m2", "m3"]
    Event.objects.filter(pk=ids[1]).delete()
    Event.objects.filter(pk=ids[2]).update(segment=1)
    add_event("m4")
    assert sorted(kept.current()["message_id"].to_pylist()) == ["m0", "m3", "m4"]
    with django_assert_num_queries(1):
        kept.current()


def test_touches_of_segments_and_inbox_have_their_channel(add_event):
    email, search = '["","news","email","may","",""]', '["gclid","","","","",""]'
    add_event("a", touch=email)
    seal.seal()
    add_event("b", touch=search)
    with reading.snapshot() as tables:
        found = {row["touch"]: row for row in tables.touch_channels.to_pyarrow().to_pylist()}
    assert set(found) == {email, search}
    assert found[email]["campaign"] == "may"


@pytest.mark.files
def test_a_range_leaves_segments_outside_it_unread_and_no_event_within(add_event, data_dir):
    add_event("old", at_us=10)
    seal.seal()
    (data_dir / Segment.objects.get().path).unlink()  # whoever opens it now, fails
    add_event("sealed", at_us=20)
    seal.seal()
    add_event("unsealed", at_us=30)
    with reading.snapshot(first_us=20, last_us=30) as tables:
        assert sorted(tables.events.message_id.to_pyarrow().to_pylist()) == ["sealed", "unsealed"]
    with reading.snapshot(first_us=11, last_us=29) as tables:
        assert tables.events.message_id.to_pyarrow().to_pylist() == ["sealed"]


@pytest.mark.parametrize("version", [0, 2])
def test_a_segment_of_another_version_is_refused_and_not_misread(add_event, version):
    add_event("a")
    seal.seal()
    Segment.objects.update(schema_version=version)
    with pytest.raises(UnreadableSegment, match=f"has version {version}"), reading.snapshot():
        pass


def test_the_data_version_changes_with_everything_a_reader_can_see(add_event):
    versions = [data_version().text]
    add_event("a")
    versions.append(data_version().text)
    decide(1, 2)
    versions.append(data_version().text)
    seal.seal()
    versions.append(data_version().text)
    ChannelRule.objects.create(position=1, field="utm_source", pattern="a b", channel="c")
    versions.append(data_version().text)
    ChannelRule.objects.update(pattern="a", channel="b c")
    versions.append(data_version().text)
    assert len(set(versions)) == 6
    assert data_version().text == versions[-1]


def test_the_newest_event_is_told_with_the_version_in_one_query(add_event, django_assert_num_queries):
    assert data_version().newest_us == 0
    add_event("late", at_us=30)
    add_event("early", at_us=20)
    assert data_version().newest_us == 20
    seal.seal()
    with django_assert_num_queries(1):
        assert data_version().newest_us == 30


def test_the_data_version_tells_segments_apart_that_got_the_same_number_before_and_after_a_restore(add_event):
    add_event("a")
    seal.seal()
    before = data_version().text
    Segment.objects.update(path="segments/events/another.parquet")
    assert data_version().text != before


# Another connection commits an event, and on SQLite then holds the write lock.
WHILE_SOMEONE_WRITES = """
from django.db import connections, transaction
from analytics.models import Event
from analytics.store import reading
from analytics.store.contents import one_moment

def add(message_id):
    Event.objects.using("other").create(
        source=1, message_id=message_id, type="track", event="e", at_us=1, received_us=1, actor=1, device=1
    )

connections.settings["other"] = connections.settings["default"]
with one_moment():
    counts = [Event.objects.count()]
    add("a")
    counts.append(Event.objects.count())
with transaction.atomic(using="other"):
    add("b")
    with reading.snapshot() as tables:
        counts.append(tables.events.count().to_pyarrow().as_py())
with reading.snapshot() as tables:
    counts.append(tables.events.count().to_pyarrow().as_py())
answer = counts
"""


def test_a_snapshot_stays_at_its_moment_and_waits_for_no_writer(empty_database, tmp_path):
    assert Installation(empty_database, tmp_path).run(WHILE_SOMEONE_WRITES) == [0, 0, 1, 2]
