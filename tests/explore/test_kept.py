"""Answers that are kept, and when they aren't good any more."""

import pytest
from django.core.cache import cache

from analytics.collect.track import track
from analytics.explore import answering, kept
from analytics.explore.models import PeopleSegment, SegmentMember
from analytics.explore.requests.trend import TrendSerializer
from analytics.people.ids import identity_id
from analytics.people.merging import merge_people
from analytics.people.models import ChannelRule
from productops.lib.models import User
from tests.explore.conftest import event
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

QUESTION = {"series": [{"event": "video_created", "measure": "people"}]}


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture
def times_run(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A line for each question that is really asked."""
    ran: list[str] = []
    answer = answering.answer

    def noted(kind, *asked):
        ran.append(kind)
        return answer(kind, *asked)

    monkeypatch.setattr(answering, "answer", noted)
    return ran


def test_the_same_question_is_run_once(ask, use, times_run) -> None:
    use(World(events=[event(1, "2025-03-01T10:00")]))
    first, second = ask(), ask()
    assert times_run == ["trend"]
    assert [first["cached"], second["cached"]] == [False, True]
    assert {**first, "cached": True} == second
    assert first["as_of"].startswith("20")
    assert ask(run="named")["cached"]
    assert ask(role="viewer")["cached"]


def test_the_sql_of_an_answer_that_a_page_has_asked_for_is_written_for_the_api(ask, use, times_run) -> None:
    use(World(events=[event(1, "2025-03-01T10:00")]))
    expected = ask()
    cache.clear()
    body = TrendSerializer(data={"from": "2025-03-01", "to": "2025-03-04", "series": [{"event": "video_created"}]})
    body.is_valid(raise_exception=True)
    assert "sql" not in kept.answered("trend", body, kept.Version())
    found = ask()
    assert (found["cached"], found["sql"]) == (True, expected["sql"])
    assert times_run == ["trend"] * 2


@pytest.mark.parametrize(
    "other",
    [
        {"to": "2025-03-05"},
        {"timezone": "Europe/Berlin"},
        {"grain": "week"},
        {"series": [{"event": "deposit"}]},
        {"filters": [{"property": "plan", "operator": "is", "value": "pro"}]},
        {"breakdown": "platform"},
    ],
)
def test_another_question_is_another_answer(ask, use, times_run, other) -> None:
    use(World(events=[event(1, "2025-03-01T10:00")]))
    ask()
    assert not ask(**other)["cached"]


def test_a_segment_that_changes_is_another_question(ask, use) -> None:
    use(World(events=[event(1, "2025-03-01T10:00"), event(2, "2025-03-01T10:00")]))
    segment = PeopleSegment.objects.create(name="List", kind="static")
    SegmentMember.objects.create(segment=segment, identity=1)
    assert ask(segment=segment.pk, **QUESTION)["series"][0]["values"] == [1, 0, 0, 0]
    SegmentMember.objects.create(segment=segment, identity=2)
    assert ask(segment=segment.pk, **QUESTION)["series"][0]["values"] == [2, 0, 0, 0]
    assert ask(segment=segment.pk, **QUESTION)["cached"]


def test_new_data_is_a_new_answer(ask, times_run) -> None:
    """On the real store: an event, a merge and a rule that is about channels."""

    def changed() -> bool:
        before, cached = len(times_run), ask(**QUESTION)["cached"]
        assert cached == (len(times_run) == before)
        return not cached

    track("video_created", user_id="ada", properties={})
    assert changed()
    assert not changed()
    track("video_created", user_id="bob", properties={})
    assert changed()
    assert not changed()
    root = User.objects.create_user("root", role="admin")
    merge_people(person=identity_id("u", "ada"), other=identity_id("u", "bob"), user=root)
    assert changed()
    assert not changed()
    ChannelRule.objects.create(position=1, field="utm_source", pattern="x", channel="email")
    assert changed()
    assert not changed()


def test_another_hour_is_another_answer(ask, use, times_run, monkeypatch) -> None:
    use(World(events=[event(1, "2025-03-01T10:00")]))
    ask()
    real = kept.datetime

    class Later(real):
        @classmethod
        def now(cls, zone=None):
            return super().now(zone).replace(year=2050)

    monkeypatch.setattr(kept, "datetime", Later)
    assert not ask()["cached"]


def test_large_answers_and_those_that_tell_who_somebody_is_are_not_kept(ask, use, monkeypatch) -> None:
    use(World(events=[event(1, "2025-03-01T10:00", properties={"email": "ada@x.example"})]))
    for _ in range(2):
        assert not ask(breakdown="email")["cached"]
    monkeypatch.setattr(kept, "LARGEST", 100)
    for _ in range(2):
        assert not ask()["cached"]
