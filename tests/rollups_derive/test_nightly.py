"""The night as a whole: once, again, after a failure, after a kill, after another definition."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from analytics import erasure
from analytics.collect.models import Event
from analytics.people.models import Identity
from analytics.rollups import nightly
from analytics.rollups.locks import Busy, LockLost, hold
from analytics.rollups.models import Goal, Rollup, StaleDays, TaskRun, Watermark
from analytics.rollups.tasks import roll_up
from analytics.store.models import Segment
from tests.rollups_derive import killed_night
from tests.rollups_derive.conftest import derived, event, stored

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
TODAY = NOON.date()


def us(days_ago: int, minute: int = 0) -> int:
    return round((NOON - timedelta(days=days_ago) + timedelta(minutes=minute)).timestamp()) * 1_000_000


def come(*events: dict) -> None:
    Event.objects.bulk_create([Event(**each) for each in events])


def figures() -> dict[tuple, dict]:
    keys = ("grain", "period", "platform", "customer_segment", "channel", "persona", "event")
    return {row[:-1]: row[-1] for row in Rollup.objects.values_list(*keys, "values")}


def dau(days_ago: int) -> int:
    rows = Rollup.objects.filter(grain="day", period=TODAY - timedelta(days=days_ago))
    whole = rows.filter(platform="", customer_segment="", channel="", persona="", event="").first()
    return whole.values.get("dau", 0) if whole else 0


@pytest.mark.django_db
def test_from_the_inbox_to_figures() -> None:
    come(event("a", us(3), actor=1), event("b", us(3), actor=2), event("c", us(1), actor=1))
    assert nightly.is_due()
    shares: list[float] = []
    summary = nightly.run(progress=shares.append)
    assert summary.startswith("3 events sealed, 2 days derived")
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert (dau(3), dau(2), dau(1)) == (2, 0, 1)
    assert not nightly.is_due()
    assert Watermark.objects.get(step="night").day == TODAY - timedelta(days=1)
    run = TaskRun.objects.get()
    assert (run.task, run.state, run.progress, run.summary) == ("night", "finished", 1, summary)


@pytest.mark.slow
@pytest.mark.django_db
def test_a_second_night_changes_nothing() -> None:
    come(*(event(f"{n}", us(n % 7 + 1, n), actor=n % 5 + 1) for n in range(40)))
    nightly.run()
    tables, rows, pks = derived(), figures(), set(Rollup.objects.values_list("pk", flat=True))
    nightly.run(first=TODAY - timedelta(days=30), last=TODAY)
    assert derived() == tables
    assert figures() == rows
    assert set(Rollup.objects.values_list("pk", flat=True)) == pks
    assert not StaleDays.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_night_by_night_equals_one_night_for_all() -> None:
    events = [
        event(f"{n}", us((n * 11) % 40 + 1, n), actor=n % 5 + 1, event="video_created", session_id=f"{n % 30}")
        for n in range(90)
    ]
    for part in range(2):
        come(*events[part::2])
        nightly.run()
    by_night, personas = figures(), stored("persona_history")
    Rollup.objects.all().delete()
    Segment.objects.exclude(table="events").delete()
    Watermark.objects.all().delete()
    nightly.run()
    assert figures() == by_night
    assert stored("persona_history") == personas


@pytest.mark.django_db
def test_who_loses_a_session_to_a_later_speaker_has_another_persona() -> None:
    """A visitor begins a session of three days, 1 speaks on its second; a late event has 2 speak last, on its third."""
    ours = [event(f"{day}", us(day), actor=1, session_id=f"{day}") for day in range(52, 61)]
    shared = {"session_id": "long", "device": 500}
    come(*ours, event("begun", us(20), actor=500, anon=500, **shared), event("mine", us(19), actor=1, **shared))
    nightly.run()
    assert experiences(1) == ["noob", "lapsed", "veteran"]  # the shared session is the tenth
    come(event("late", us(18), actor=2, **shared))
    nightly.run()
    assert experiences(1) == ["noob"]


def experiences(person: int) -> list[str]:
    rows = [row for row in stored("persona_history") if row["person"] == person]
    in_order = [row["experience"] for row in sorted(rows, key=lambda row: row["from_day"])]
    return [each for each, before in zip(in_order, [None, *in_order], strict=False) if each != before]


@pytest.mark.django_db
def test_late_events_move_the_past_by_refreshing() -> None:
    come(event("a", us(10), actor=1))
    nightly.run()
    come(event("late", us(10, 5), actor=2), event("now", us(0, -600), actor=3))
    assert nightly.refresh().startswith("2 events sealed")
    assert dau(10) == 2
    assert TaskRun.objects.latest("pk").task == "refresh"
    assert nightly.refresh() == "0 events sealed, 0 days derived, 0 figures written"


@pytest.mark.django_db
def test_another_start_of_the_week_is_not_left_for_the_night(settings) -> None:
    come(event("a", us(10)))
    nightly.run()
    weeks = set(Rollup.objects.filter(grain="week").values_list("period", flat=True))
    settings.WEEK_START = 6
    nightly.refresh()
    sundays = set(Rollup.objects.filter(grain="week").values_list("period", flat=True))
    assert {week.weekday() for week in weeks} == {0}
    assert {week.weekday() for week in sundays} == {6}


@pytest.mark.django_db
def test_an_empty_installation_has_quiet_nights() -> None:
    assert nightly.run() == "0 events sealed, 0 days derived, 0 figures written"
    assert not nightly.is_due()


@pytest.mark.django_db
def test_other_goals_have_everything_derived_again() -> None:
    come(event("a", us(10), event="paid"), event("b", us(2), event="paid"))
    nightly.run()
    assert sum(row["key_actions"] for row in stored("user_day")) == 0
    Goal.objects.filter(role=Goal.Role.KEY_ACTION).update(events=["paid"])
    nightly.run()
    assert sum(row["key_actions"] for row in stored("user_day")) == 2


@pytest.mark.django_db
def test_another_time_zone_moves_the_days(settings) -> None:
    midnight = us(5, -12 * 60)  # 00:00 UTC is the evening before in New York
    come(event("a", midnight))
    nightly.run()
    assert dau(5) == 1
    settings.PROJECT_TIME_ZONE = "America/New_York"
    nightly.run()
    assert (dau(6), dau(5)) == (1, 0)
    assert len(stored("user_day")) == len(stored("sessions")) == 1


@pytest.mark.django_db
def test_a_night_that_fails_is_on_record_and_caught_up(monkeypatch) -> None:
    come(event("a", us(1)))

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(nightly, "refresh_personas", fail)
        with pytest.raises(OSError, match="disk full"):
            nightly.run()
    failed = TaskRun.objects.get()
    assert (failed.state, failed.error) == ("failed", "OSError: disk full")
    assert failed.finished_at is not None
    assert nightly.is_due()
    roll_up()
    assert TaskRun.objects.latest("pk").state == "finished"
    assert dau(1) == 1
    assert not nightly.is_due()


@pytest.mark.django_db
def test_who_was_erased_is_counted_no_more_on_a_day_that_was_theirs_alone() -> None:
    Identity.objects.create(pk=1, kind="u", value="one", person=1, first_us=1)
    come(event("a", us(3), actor=1), event("b", us(1), actor=2))
    nightly.run()
    assert (dau(3), dau(1)) == (1, 1)
    erasure.carry_out(erasure.request_erasure(person=1, user=None).pk)
    nightly.refresh()
    assert (dau(3), dau(1)) == (0, 1)


@pytest.mark.django_db
def test_a_session_of_one_moment_has_a_length_of_nothing() -> None:
    come(event("a", us(1), actor=1), event("b", us(1), actor=1))
    nightly.run()
    rows = Rollup.objects.filter(grain="day", period=TODAY - timedelta(days=1))
    whole = rows.get(platform="", customer_segment="", channel="", persona="", event="")
    assert (whole.values["session_length_median"], whole.values["session_length_p90"]) == (0, 0)
    assert whole.values["session_lengths"] == {"under 10 s": 1}


@pytest.mark.django_db
def test_days_beyond_all_events_are_asked_for_in_vain() -> None:
    come(event("a", us(3), actor=1))
    nightly.run()
    assert nightly.run(first=date(1, 1, 1), last=date(9999, 12, 31)).startswith("0 events sealed, 1 days derived")
    assert nightly.run(first=date(9000, 1, 1)) == "0 events sealed, 0 days derived, 0 figures written"
    assert not StaleDays.objects.exists()


@pytest.mark.django_db
def test_one_at_a_time() -> None:
    with hold("rollups"):
        with pytest.raises(Busy, match="rollups is being done by"):
            nightly.run()
        with pytest.raises(CommandError, match="rollups is being done by"):
            call_command("rollup")
        roll_up()  # the task leaves it to whoever is at it
    assert not TaskRun.objects.exists()


@pytest.mark.django_db
def test_a_lease_that_ran_out_is_taken_over_and_its_owner_publishes_nothing_more() -> None:
    with hold("rollups") as slow:
        Watermark.objects.filter(step="rollups").update(locked_until=timezone.now() - timedelta(seconds=1))
        with hold("rollups") as quick:
            quick.renew()
            with pytest.raises(LockLost):
                slow.renew()
        assert Watermark.objects.get(step="rollups").locked_by == ""


@pytest.mark.django_db
@pytest.mark.parametrize("seen_to", [True, False], ids=["gone", "not yet noticed by its parent"])
def test_the_lock_of_a_process_that_ended_is_free(seen_to: bool) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, ended.pid, os.WEXITED | (0 if seen_to else os.WNOWAIT))
    owner = f"{os.uname().nodename}/{ended.pid}/abc"
    later = timezone.now() + timedelta(hours=1)
    Watermark.objects.create(step="rollups", locked_by=owner, locked_until=later)
    with hold("rollups"):
        pass
    ended.wait()
    Watermark.objects.filter(step="rollups").update(locked_by="elsewhere/1/abc", locked_until=later)
    with pytest.raises(Busy), hold("rollups"):
        pass


@pytest.mark.django_db
def test_the_command_wants_days_in_order() -> None:
    with pytest.raises(CommandError, match="lies after"):
        call_command("rollup", first=date(2025, 2, 1), last=date(2025, 1, 1))


@pytest.mark.slow
def test_a_worker_killed_in_the_night(empty_database: str, redis_url: str, tmp_path: Path) -> None:
    """Real Celery, Redis and database: the next worker finishes the night, and counts everything once."""
    environment = os.environ | {
        "DATABASE_URL": empty_database,
        "DATA_DIR": str(tmp_path),
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "productops.settings",
    }
    program = subprocess.run(
        [sys.executable, "-m", "tests.rollups_derive.killed_night"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    outcome = json.loads(program.stdout.splitlines()[-1])
    assert outcome["killed"] == {"still said to run": 1, "queue": True, "lock": 1, "night": 0}
    assert outcome["nights"] == ["failed", "finished"]
    assert outcome["error"].startswith("It stopped without finishing")
    days, people, events = killed_night.DAYS, killed_night.PEOPLE, killed_night.EVENTS
    assert outcome["active events"] == days * people * events
    assert outcome["sessions"] == days * people
    assert outcome["dau"] == [people] * days
    assert outcome["queue"] == outcome["locks"] == 0
