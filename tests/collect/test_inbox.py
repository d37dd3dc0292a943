"""Rows, letters and counts in the database that the tests run on."""

import asyncio
import json
import threading
from collections.abc import Callable, Sequence

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.collect.groupcommit import QUEUE_ROWS, GroupCommit, Overloaded
from analytics.collect.inbox import ROW_PATH, commit
from analytics.collect.messages import Ids
from analytics.collect.models import DeadLetter, Event, Source, SourceMinute
from analytics.collect.requests import Delivery, Letter
from analytics.collect.writing import insert_events
from analytics.event import EventRow
from analytics.people.suppression import digest_of, suppress

RECEIVED = 1_772_366_400_000_000


@pytest.fixture
def source(db) -> Source:
    return Source.objects.create(name="shop")


@pytest.fixture(params=[1, 10_000], ids=["copied", "inserted"])
def worth_copying(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How PostgreSQL is told the rows: by COPY, which falls back on INSERT, or by INSERT."""
    monkeypatch.setattr("analytics.collect.writing._WORTH_COPYING", request.param)


def row(source: int, message_id: str, **columns) -> EventRow:
    needed = {"type": "track", "event": "A", "at_us": RECEIVED, "received_us": RECEIVED}
    return EventRow(source=source, message_id=message_id, **needed | columns)


def letter(source: Source, reason: str = "missing_id", **fields) -> Letter:
    needed = {"path": "/v1/batch", "detail": "…", "body": b"{}", "received_us": RECEIVED}
    return Letter(source=source.pk, reason=reason, **needed | fields)


def delivery(rows: Sequence[EventRow] = (), letters: Sequence[Letter] = (), **suppressed: int) -> Delivery:
    return Delivery(list(rows), list(letters), {int(key[1:]): count for key, count in suppressed.items()})


def counted() -> dict[str, int]:
    names = ("accepted", "duplicates", "refused", "suppressed")
    totals = dict.fromkeys(names, 0)
    for minute in SourceMinute.objects.values(*names):
        totals = {name: totals[name] + minute[name] for name in names}
    return totals


@pytest.mark.usefixtures("worth_copying")
def test_every_column_comes_back_as_it_went_in(source: Source) -> None:
    columns = {
        "actor": 2**63 - 1,
        "anon": 5,
        "device": 6,
        "session_id": "s",
        "account": "ac",
        "platform": "ios",
        "page": "/ü",
        "touch": '["","a","b","c","d",""]',
        "customer_segment": "education",
        "value": -0.1,
        "flags": 255,
        "properties": '{"a":"quote \\" backslash \\\\ 😀"}',
        "context": '{"b":[1]}',
    }
    made = row(source.pk, "m", **columns)
    assert insert_events([made]) == [made]
    (event,) = Event.objects.all()
    assert {name: getattr(event, name) for name in columns} == columns
    assert (event.source, event.message_id, event.type, event.event) == (source.pk, "m", "track", "A")
    assert (event.at_us, event.received_us, event.segment, event.sealed_at) == (RECEIVED, RECEIVED, None, None)
    assert len(insert_events([row(source.pk, "n", value=None)])) == 1
    assert Event.objects.get(message_id="n").value is None


pairs = st.lists(st.tuples(st.integers(1, 2), st.sampled_from("abcde")), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(batches=st.lists(pairs, max_size=5))
@pytest.mark.usefixtures("worth_copying")
def test_the_inbox_is_the_set_of_what_was_inserted(db, batches: list[list[tuple[int, str]]]) -> None:
    with transaction.atomic():
        expected: dict[tuple[int, str], str] = {}
        for number, batch in enumerate(batches):
            rows = [row(*pair, event=f"{number}-{at}") for at, pair in enumerate(batch)]
            new = []
            for made in rows:
                if (made.source, made.message_id) not in expected:
                    expected[made.source, made.message_id] = made.event
                    new.append(made)
            assert insert_events(rows) == new
        stored = {(event.source, event.message_id): event.event for event in Event.objects.all()}
        assert stored == expected
        assert Event.objects.count() == len(expected)
        transaction.set_rollback(True)


def test_a_commit_writes_events_letters_and_counts(source: Source) -> None:
    again = [row(source.pk, "1"), row(source.pk, "1")]
    commit([delivery([row(source.pk, "1"), row(source.pk, "2")]), delivery(again, [letter(source, events=3)])])
    commit([delivery([row(source.pk, "2")], **{f"s{source.pk}": 4})])
    assert sorted(Event.objects.values_list("message_id", flat=True)) == ["1", "2"]
    assert DeadLetter.objects.get().count == 3
    assert counted() == {"accepted": 2, "duplicates": 3, "refused": 3, "suppressed": 4}
    assert SourceMinute.objects.values("minute").distinct().count() == SourceMinute.objects.count()


@pytest.mark.usefixtures("worth_copying")
@pytest.mark.parametrize("position", [0, 3, 6])
def test_a_row_the_database_refuses_is_put_aside_and_the_others_are_kept(source: Source, position: int) -> None:
    too_much = 2**63  # for a column of 64 bits on either database
    rows = [row(source.pk, str(number)) for number in range(7)]
    rows[position] = row(source.pk, "bad", at_us=too_much)
    commit([delivery(rows[:3]), delivery(rows[3:5], [letter(source)]), delivery(rows[5:])])
    assert sorted(Event.objects.values_list("message_id", flat=True)) == sorted(
        str(number) for number in range(7) if number != position
    )
    put_aside = DeadLetter.objects.get(reason="refused_by_database")
    assert (put_aside.message_id, put_aside.path) == ("bad", ROW_PATH)
    assert json.loads(bytes(put_aside.body))["at_us"] == too_much
    assert counted() == {"accepted": 6, "duplicates": 0, "refused": 2, "suppressed": 0}


@pytest.mark.usefixtures("worth_copying")
def test_a_nul_that_slips_through_costs_one_event(source: Source) -> None:
    commit([delivery([row(source.pk, "1"), row(source.pk, "2", page="a\0b"), row(source.pk, "3")])])
    kept = set(Event.objects.values_list("message_id", flat=True))
    if connection.vendor == "postgresql":
        assert (kept, DeadLetter.objects.get().message_id) == ({"1", "3"}, "2")
    else:
        assert kept == {"1", "2", "3"}


def test_suppressed_ids_leave_nothing_but_a_number(source: Source) -> None:
    suppress(digests=[digest_of("u", "gone"), digest_of("a", "gone")])
    rows = [row(source.pk, "1", user_id="gone"), row(source.pk, "2", anonymous_id="gone"), row(source.pk, "3")]
    commit([delivery(rows, [letter(source, ids=Ids("here", "gone")), letter(source, ids=Ids("here"))])])
    assert list(Event.objects.values_list("message_id", flat=True)) == ["3"]
    assert DeadLetter.objects.count() == 1
    assert counted() == {"accepted": 1, "duplicates": 0, "refused": 1, "suppressed": 2}


def test_a_flood_of_letters_is_counted_but_not_all_kept(source: Source) -> None:
    flood = [letter(source, events=2) for _ in range(130)]
    commit([delivery([], [*flood, letter(source, reason="other")])])
    assert DeadLetter.objects.filter(reason="missing_id").count() == 51
    last = DeadLetter.objects.filter(reason="missing_id").first()
    assert (last.count, bytes(last.body)) == (160, b"")
    assert counted()["refused"] == 261


def test_a_letter_keeps_no_more_than_64_kib(source: Source) -> None:
    commit([delivery([], [letter(source, body=b"x" * 100_000)])])
    assert bytes(DeadLetter.objects.get().body) == b"x" * 65_536


def test_a_failed_commit_leaves_nothing(source: Source, monkeypatch) -> None:
    monkeypatch.setattr("analytics.people.linking.link", lambda rows: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        commit([delivery([row(source.pk, "1")], [letter(source)])])
    assert Event.objects.count() == DeadLetter.objects.count() == SourceMinute.objects.count() == 0


# --- Group commit ---------------------------------------------------------------------------------


class Gate:
    """Writes nowhere, and holds each write until it is let through."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()
        self.groups: list[int] = []
        self.fault: Exception | None = None

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.begun.set()
        assert self.open.wait(30)
        self.groups.append(len(deliveries))
        if self.fault:
            raise self.fault


def grouped(scenario: Callable) -> Gate:
    gate = Gate()
    asyncio.run(asyncio.wait_for(scenario(gate, GroupCommit(gate)), 60))
    return gate


def test_what_comes_during_a_commit_goes_into_the_next_one() -> None:
    async def scenario(gate: Gate, group: GroupCommit) -> None:
        first = group.submit(delivery([row(1, "first")]))
        await asyncio.to_thread(gate.begun.wait)
        others = [group.submit(delivery([row(1, str(number))])) for number in range(10)]
        assert not first.done()
        gate.open.set()
        await asyncio.gather(first, *others)
        await group.drain()

    assert grouped(scenario).groups == [1, 10]


def test_after_a_commit_for_several_the_next_one_waits_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.collect.groupcommit.LINGER_SECONDS", 1.0)

    async def scenario(gate: Gate, group: GroupCommit) -> None:
        first = group.submit(delivery([row(1, "first")]))
        await asyncio.to_thread(gate.begun.wait)
        several = [group.submit(delivery([row(1, str(number))])) for number in range(2)]
        gate.open.set()
        await asyncio.gather(first, *several)
        more = []
        for number in range(2, 5):
            more.append(group.submit(delivery([row(1, str(number))])))
            await asyncio.sleep(0.01)
        await asyncio.gather(*more)
        await group.drain()

    assert grouped(scenario).groups == [1, 2, 3]


def test_a_failed_commit_fails_those_in_it_and_no_others() -> None:
    async def scenario(gate: Gate, group: GroupCommit) -> None:
        gate.open.set()
        gate.fault = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            await group.submit(delivery([row(1, "1")]))
        gate.fault = None
        await group.submit(delivery([row(1, "1")]))
        await group.drain()

    assert grouped(scenario).groups == [1, 1]


def test_more_than_a_full_queue_is_sent_away() -> None:
    async def scenario(gate: Gate, group: GroupCommit) -> None:
        rows = [row(1, str(number)) for number in range(QUEUE_ROWS + 1)]
        first = group.submit(delivery(rows))
        with pytest.raises(Overloaded):
            group.submit(delivery([row(1, "more")]))
        gate.open.set()
        await first
        await group.submit(delivery([row(1, "more")]))
        await group.drain()

    assert grouped(scenario).groups == [1, 1]


def test_draining_commits_what_was_submitted() -> None:
    async def scenario(gate: Gate, group: GroupCommit) -> None:
        submitted = [group.submit(delivery([row(1, str(number))])) for number in range(3)]
        gate.open.set()
        await group.drain()
        await asyncio.gather(*submitted)

    assert sum(grouped(scenario).groups) == 3


def test_a_client_that_left_does_not_disturb_the_others() -> None:
    async def scenario(gate: Gate, group: GroupCommit) -> None:
        left, stayed = (group.submit(delivery([row(1, str(number))])) for number in range(2))
        left.cancel()
        gate.open.set()
        await stayed
        await group.drain()

    assert sum(grouped(scenario).groups) == 2
