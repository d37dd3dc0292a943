"""Any order of sending, sealing, compacting, importing, erasing and sweeping shows the same as a plain list."""

import json
from datetime import timedelta

import pyarrow as pa
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from analytics.collect.writing import insert_events
from analytics.event import EventRow
from analytics.metrics.properties import property_of
from analytics.models import Event, Segment, StaleDays
from analytics.store import asked, compact, erase, imports, janitor, reading, seal
from analytics.store.schema import EVENTS

DAY_US = 86_400_000_000
ACTORS = strategies.integers(1, 4)
NAMES = ("plan", "Plan", "price")
messages = strategies.lists(
    strategies.tuples(strategies.integers(0, 30), ACTORS, strategies.integers(0, 70)), min_size=1, max_size=8
)


def row(message: int, actor: int, day: int) -> EventRow:
    at_us = day * DAY_US
    return EventRow(
        source=1,
        message_id=str(message),
        type="track",
        event="e",
        at_us=at_us,
        received_us=at_us,
        actor=actor,
        properties=json.dumps({NAMES[message % len(NAMES)]: message}),
    )


class Store(RuleBasedStateMachine):
    """The store beside a dictionary from message to (actor, day)."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.events: dict[int, tuple[int, int]] = {}
        self.swept: set[int] = set()  # messages that the inbox no longer knows, so that it takes them again

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(sent=messages)
    def send(self, sent):
        sent = [message for message in sent if message[0] not in self.swept]
        insert_events([row(*message) for message in sent])
        self._take(sent)

    @rule(sent=messages)
    def import_history(self, sent):
        rows = [row(*message) for message in sent]
        columns = {name: [getattr(each, name) for each in rows] for name in EVENTS.names}
        segment = imports.write_segment(pa.table(columns, schema=EVENTS))
        new = len({message for message, _, _ in sent} - set(self.events))
        assert (segment.rows if segment else 0) == new
        self.swept |= {message for message, _, _ in sent if message not in self.events}
        self._take(sent)

    def _take(self, sent):
        for message, actor, day in sent:
            self.events.setdefault(message, (actor, day))

    @rule(limit=strategies.none() | strategies.integers(1, 5))
    def seal(self, limit):
        waiting = Event.objects.unsealed().count()
        assert seal.seal(limit) == min(waiting, limit or waiting)

    @rule()
    def compact(self):
        compact.compact()
        for segment in Segment.objects.published():
            assert segment.month

    @rule(names=strategies.sets(strategies.sampled_from(NAMES), min_size=1), most_rows=strategies.integers(0, 9))
    def make_columns(self, names, most_rows):
        asked.remember(names)
        compact.widen(most_rows)

    @rule(actors=strategies.sets(ACTORS, min_size=1, max_size=2))
    def erase(self, actors):
        theirs = {message for message, (actor, _) in self.events.items() if actor in actors}
        StaleDays.objects.all().delete()
        assert erase.erase_actors(actors) == len(theirs)
        queued = StaleDays.objects.values_list("first_day", "last_day")
        days = {(first + timedelta(n)).toordinal() for first, last in queued for n in range((last - first).days + 1)}
        epoch = timezone.datetime(1970, 1, 1).toordinal()
        assert days == {epoch + self.events[message][1] for message in theirs}
        for message in theirs:
            del self.events[message]
            self.swept.discard(message)

    @rule()
    def sweep_when_all_is_old(self):
        Event.objects.exclude(segment=None).update(sealed_at=timezone.now() - 2 * janitor.DEDUPE_PERIOD)
        Segment.objects.filter(state="replaced").update(replaced_at=timezone.now() - 2 * janitor.reader_limit())
        self.swept |= {int(message) for message in sealed_messages()}
        janitor.sweep()
        assert not Segment.objects.exclude(state="published").exists()
        assert Event.objects.count() == Event.objects.unsealed().count()

    @invariant()
    def a_snapshot_is_the_list(self):
        with reading.snapshot(properties=NAMES) as tables:
            texts = {f"n{place}": property_of(tables.events, name).coalesce("") for place, name in enumerate(NAMES)}
            rows = tables.events.select("message_id", "actor", "at_us", **texts).to_pyarrow().to_pylist()
        for each in rows:
            own = int(each["message_id"]) % len(NAMES)
            assert [each[f"n{place}"] for place in range(3)] == [
                each["message_id"] if place == own else "" for place in range(3)
            ]
        seen = sorted((int(row["message_id"]), row["actor"], row["at_us"] // DAY_US) for row in rows)
        assert seen == sorted((message, *columns) for message, columns in self.events.items())


def sealed_messages():
    return Event.objects.exclude(segment=None).values_list("message_id", flat=True)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_store_is_a_list():
    run_state_machine_as_test(Store, settings=settings(max_examples=8, stateful_step_count=15, deadline=None))
