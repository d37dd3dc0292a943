"""Timelines say what a snapshot says, whatever has happened since they were written."""

from random import Random

import pytest
from django.conf import settings

from analytics.collect.models import Event
from analytics.metrics import timeline_rows
from analytics.metrics.timeline_rows import in_order, timelines_of
from analytics.metrics.timelines import Timelines
from analytics.people.models import Identity, IdentityEdge
from analytics.store import engine, timelines
from analytics.store.compact import compact
from analytics.store.erase import erase_actors
from analytics.store.reading import snapshot
from analytics.store.seal import seal

pytestmark = pytest.mark.django_db

ACTORS = range(1, 12)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun, where nothing was ever written."""
    monkeypatch.setattr(timelines, "KEPT", timelines.Kept())
    timelines.forget()


def both() -> tuple[Timelines | None, Timelines]:
    """What is kept, and what there is."""
    with snapshot() as tables:
        now = timelines_of(in_order(tables.events, tables.identities).to_pyarrow().to_batches())
        return tables.timelines(), now


def told(lines: Timelines) -> list[tuple]:
    """Everything, one person after the other by their ids."""
    rows = zip(
        lines.people[lines.who].tolist(),
        range(len(lines)),
        lines.at_us.tolist(),
        [lines.kinds[kind] for kind in lines.kind.tolist()],
        lines.session.tolist(),
        strict=True,
    )
    return [(person, *rest) for person, _, *rest in sorted(rows, key=lambda row: row[:2])]


def agree() -> None:
    found, now = both()
    assert found is not None
    assert told(found) == told(now)


def send(add_event, chance: Random, number: int) -> None:
    for each in range(number):
        add_event(
            f"m{chance.randrange(10**9)}-{each}",
            actor=chance.choice(ACTORS),
            at_us=chance.randrange(10**12),
            event=chance.choice("abc"),
            type=chance.choice(["track", "track", "page", "identify"]),
            page=chance.choice(["/", "/a"]),
            session_id=chance.choice(["", "s", "t"]),
            flags=chance.choice([0, 0, 0, 1, 2]),
        )


def merge(identity: int, into: int) -> None:
    for each in (identity, into):
        Identity.objects.get_or_create(
            pk=each, defaults={"kind": "u", "value": str(each), "person": each, "first_us": 0}
        )
    person = Identity.objects.get(pk=into).person
    Identity.objects.filter(person=Identity.objects.get(pk=identity).person).update(person=person)
    IdentityEdge.objects.create(identity=identity, into=into, rule="seen_together", accepted=True, at_us=0)


def test_there_are_none_before_they_are_written_and_none_of_nothing(add_event) -> None:
    assert timelines.keep() is False
    add_event("m1")
    assert timelines.keep() is False  # nothing is sealed
    assert both()[0] is None


@pytest.mark.parametrize("seed", range(4))
def test_they_follow_whatever_is_sent_sealed_merged_and_compacted(add_event, seed: int) -> None:
    chance = Random(seed)
    send(add_event, chance, 60)
    seal()
    assert timelines.keep() is True
    assert timelines.keep() is False
    agree()
    for _ in range(5):
        send(add_event, chance, chance.choice([0, 3, 20]))
        if chance.random() < 0.6:
            merge(*chance.sample(ACTORS, 2))
        agree()
        seal()
        agree()
    compact()
    timelines.keep()
    agree()


def test_what_is_kept_and_whole_asks_no_engine(add_event, monkeypatch: pytest.MonkeyPatch) -> None:
    add_event("m1")
    seal()
    timelines.keep()
    agree()
    monkeypatch.setattr(type(engine.chosen()), "session", None)
    with snapshot(when_used=True) as tables:
        assert len(tables.timelines()) == 1
        with pytest.raises(TypeError):
            tables.events  # noqa: B018


def test_a_person_who_comes_apart_is_read_anew(add_event) -> None:
    send(add_event, Random(1), 40)
    seal()
    merge(2, 1)
    timelines.keep()
    agree()
    Identity.objects.filter(pk=2).update(person=2)
    IdentityEdge.objects.all().delete()
    assert both()[0] is None
    assert timelines.keep() is True
    agree()


def test_which_of_two_comes_first_at_the_same_instant_is_left_to_who_reads_all(add_event) -> None:
    add_event("m2", at_us=5)
    seal()
    timelines.keep()
    add_event("m1", at_us=5)
    assert both()[0] is None
    Event.objects.filter(message_id="m1").delete()
    add_event("m0", at_us=5, actor=3, device=3)
    agree()
    merge(3, 7)
    assert both()[0] is None


def test_the_erased_are_gone_from_disk_and_memory(add_event) -> None:
    send(add_event, Random(2), 40)
    seal()
    timelines.keep()
    agree()
    erase_actors([1, 2])
    assert not list((settings.DATA_DIR / timelines.FOLDER).glob("*"))
    assert both()[0] is None
    timelines.keep()
    agree()
    assert not {1, 2} & set(both()[1].people.tolist())


def test_they_are_written_again_when_much_has_been_sealed_since(add_event) -> None:
    send(add_event, Random(5), 40)
    seal()
    assert timelines.keep() is True
    send(add_event, Random(6), 3)
    seal()
    assert timelines.keep() is False
    send(add_event, Random(7), 40)
    seal()
    assert timelines.keep() is True
    agree()


def test_what_a_crash_left_is_passed_over_and_removed(add_event) -> None:
    add_event("m1")
    seal()
    left = settings.DATA_DIR / timelines.FOLDER / "unfinished-1"
    left.mkdir(parents=True)
    assert both()[0] is None
    assert timelines.keep() is True
    agree()
    assert not left.exists()


def test_more_than_memory_may_hold_is_not_kept(add_event, settings) -> None:
    add_event("m1")
    seal()
    settings.QUERY_MEMORY_MB = 0
    assert not timelines.are_due()
    assert timelines.keep() is False


def test_too_many_kinds_are_not_kept(add_event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline_rows, "MOST_KINDS", 1)
    add_event("m1", event="a")
    add_event("m2", event="b")
    seal()
    assert timelines.keep() is False
    assert not timelines.are_due()  # not again, until much has come
    with snapshot() as tables:
        assert tables.timelines() is None
    add_event("m3", event="c")
    seal()
    assert timelines.are_due()


def test_pages_of_too_many_kinds_are_told_neither_of_what_is_kept_nor_of_what_comes(
    add_event, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(add_event, Random(5), 60)
    seal()
    monkeypatch.setattr(timeline_rows, "MOST_KINDS", len(both()[1].kinds) - 1)
    assert timelines.keep() is True
    send(add_event, Random(6), 9)
    found, now = both()
    assert found is not None
    assert not found.tell_pages
    assert told(found) == told(now.without_pages())


def test_those_of_another_engine_are_not_read(add_event, monkeypatch: pytest.MonkeyPatch) -> None:
    add_event("m1")
    seal()
    timelines.keep()
    monkeypatch.setattr(timelines, "version", lambda _: "of the next year")
    assert both()[0] is None
    assert timelines.keep() is True


def test_people_are_read_in_parts_where_there_are_many(add_event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "SORTED_AT_ONCE", 7)
    send(add_event, Random(3), 50)
    seal()
    timelines.keep()
    agree()
    send(add_event, Random(4), 5)
    agree()
