"""Whatever comes, in whatever order and as often as it likes: the derived tables are those of all events at once."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.collect.models import Flag
from analytics.rollups import derive as deriving
from analytics.rollups.derive import derive
from analytics.rollups.models import StaleDays
from analytics.store.erase import erase_actors
from tests.rollups_derive import reference
from tests.rollups_derive.conftest import DERIVED, arrive, derived, event, forget_all, forget_derived, in_order, stored

ZONE = "Europe/Berlin"
MINUTE = reference.MINUTE
# Saturday before the clocks go forward, 21:30 in Berlin.
BEGIN = round(datetime(2025, 3, 29, 20, 30, tzinfo=UTC).timestamp()) * 1_000_000

NAMES = {
    "track": ["seen", "signed_up", "video_created"],
    "page": ["page"],
    "identify": ["identify"],
    "group": ["group"],
}


@st.composite
def bursts(draw) -> list[dict]:
    """Events of one device that follow each other closely, now and then for longer than a day."""
    start = BEGIN + draw(st.sampled_from([0, 1, 2, 4, 40])) * 24 * 60 * MINUTE + draw(st.integers(0, 300)) * MINUTE
    gap = draw(st.sampled_from([1, 10 * MINUTE, 30 * MINUTE, 30 * MINUTE + 1]))
    count = draw(st.one_of(st.integers(1, 5), st.sampled_from([49, 50, 60])))
    shared = {
        "source": draw(st.sampled_from([1, 2])),
        "device": draw(st.sampled_from([11, 12])),
        "session_id": draw(st.sampled_from(["", "", "one", "two"])),
        "platform": draw(st.sampled_from(["web", "ios"])),
        "anon": 101,
    }
    result = []
    for number in range(count):
        kind = draw(st.sampled_from(["track", "track", "page", "identify", "group"])) if count < 10 else "page"
        result.append(
            event(
                f"{draw(st.integers(0, 10**6))}-{number}",
                start + number * gap,
                **shared,
                type=kind,
                event=draw(st.sampled_from(NAMES[kind])),
                actor=draw(st.sampled_from([101, 101, 5, 6, 0])) if count < 10 else 101,
                account=draw(st.sampled_from(["", "acme", "bolt"])) if count < 10 else "",
                flags=draw(st.sampled_from([0, 0, 0, Flag.PASSIVE.value, Flag.BOT.value])) if count < 10 else 0,
                touch=draw(st.sampled_from(["", '["","ads","","","",""]'])),
                customer_segment=draw(st.sampled_from(["", "", "education", "enterprise"])),
                properties=draw(st.sampled_from(["{}", '{"wallet_balance": 12.5}', '{"wallet_balance": 3}'])),
            )
        )
    return result


@st.composite
def arrivals(draw) -> list[list[dict]]:
    """Several deliveries: out of order, late, and with events that have come before."""
    events = [each for burst in draw(st.lists(bursts(), min_size=1, max_size=6)) for each in burst]
    distinct = {(each["source"], each["message_id"]): each for each in events}
    places = draw(st.lists(st.integers(0, 2), min_size=len(distinct), max_size=len(distinct)))
    deliveries: list[list[dict]] = [[], [], []]
    for place, each in zip(places, distinct.values(), strict=True):
        deliveries[place].append(each)
    again = draw(st.lists(st.sampled_from(list(distinct.values())), max_size=3))
    return [*deliveries, again]


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(deliveries=arrivals())
def test_derived_step_by_step_equals_from_nothing_and_equals_the_definitions(berlin, deliveries) -> None:
    forget_all()
    for delivery in deliveries:
        arrive(delivery)
        derive()
    step_by_step = derived()
    forget_derived()
    derive()
    assert derived() == step_by_step

    events = list({(each["source"], each["message_id"]): each for part in deliveries for each in part}.values())
    expected = {
        "user_day": reference.expected_user_day(events, ZONE, ["signed_up"], ["video_created"]),
        "sessions": reference.expected_sessions(events, ZONE),
        "touches": reference.expected_touches(events, ZONE),
    }
    for table, rows in expected.items():
        assert step_by_step[table] == in_order(rows, table), table
    assert as_of(step_by_step["trait_history"]) == changes(reference.expected_traits_as_of(events))


def changes(stated: dict) -> dict:
    """Statements without those that say what is known already."""
    return {
        key: [each for before, each in zip([(0, None), *steps], steps, strict=False) if before[1] != each[1]]
        for key, steps in stated.items()
    }


def as_of(history: list[dict]) -> dict:
    steps: dict = {}
    for row in history:
        steps.setdefault((row["subject_kind"], row["subject"], row["field"]), []).append((row["at_us"], row["value"]))
    return changes({key: sorted(each) for key, each in steps.items()})


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(deliveries=arrivals(), size=st.integers(1, 20))
def test_batches_of_any_size_give_the_same(berlin, monkeypatch, deliveries, size) -> None:
    forget_all()
    for delivery in deliveries:
        arrive(delivery)
    derive()
    at_once = derived()
    forget_derived()
    with monkeypatch.context() as patched:
        patched.setattr(deriving, "BATCH_EVENTS", size)
        derive()
    assert derived() == at_once


@pytest.mark.django_db
def test_a_second_run_has_nothing_to_do() -> None:
    arrive([event("a", BEGIN), event("b", BEGIN + MINUTE)])
    assert derive() == {reference.local_day(BEGIN, "UTC")}
    before = derived()
    assert derive() == set()
    assert derived() == before
    assert not StaleDays.objects.filter(kind=StaleDays.Kind.EVENTS).exists()


class Killed(Exception):
    pass


@pytest.mark.django_db
@pytest.mark.parametrize("survived", range(5))
def test_a_run_that_dies_between_two_publications_is_done_again(berlin, survived) -> None:
    """Each publication in turn is the last that went through; then events are late and the next run comes."""
    day = 24 * 60 * MINUTE
    arrive([event(f"a{number}", BEGIN + number * 20 * MINUTE) for number in range(30)])
    derive()
    # The late one makes the session begin earlier, before the month's first midnight in Berlin.
    late = [event("late", BEGIN - 25 * MINUTE), event("b", BEGIN + 3 * day), event("c", BEGIN + 3 * day + MINUTE)]
    arrive(late)
    published = 0

    def die() -> None:
        nonlocal published
        published += 1
        if published > survived:
            raise Killed

    with pytest.raises(Killed):
        derive(also=die)
    assert published == survived + 1
    derive()
    after_crash = derived()
    forget_derived()
    derive()
    assert derived() == after_crash
    assert set(after_crash) == set(DERIVED)


@pytest.mark.django_db
def test_erasing_someone_leaves_the_others_of_a_shared_session() -> None:
    """The session was the erased person's; what another did in it lies on a day of its own."""
    before_midnight = BEGIN + 3 * 60 * MINUTE + 25 * MINUTE  # 23:55 UTC
    theirs = event("known", before_midnight, actor=5, device=9)
    others = event("unknown", before_midnight + 10 * MINUTE, actor=101, anon=101, device=9)
    arrive([theirs, others])
    derive()
    assert [row["actor"] for row in stored("sessions")] == [5]
    erase_actors([5])
    derive()
    assert stored("sessions") == in_order(reference.expected_sessions([others], "UTC"), "sessions")
