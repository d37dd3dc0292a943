"""Figures between what changes them and the run that works them out anew: right, or said to be old or incomplete."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from analytics.collect.models import Event
from analytics.people.channel_rules import edit_rule
from analytics.people.models import ChannelRule
from analytics.rollups import nightly
from analytics.rollups.derive import derive
from analytics.rollups.models import Goal, PersonaPolicy, Watermark
from analytics.rollups.queries import Point, series
from analytics.rollups.tasks import roll_up
from analytics.store.seal import seal
from productops.lib.models import ApiToken, User
from tests.rollups_derive.conftest import event

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).date()
MONDAY = TODAY - timedelta(days=TODAY.weekday(), weeks=3)
SUNDAY = MONDAY - timedelta(days=1)


def us(day: date, hour: int = 12) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 1_000_000


def come(*events: dict) -> None:
    Event.objects.bulk_create([Event(**each) for each in events])


def value(metric: str, day: date, **asked: str) -> Point:
    [point] = series(metric, day, day, **{"grain": "day", **asked})
    return point


@pytest.fixture
def counted() -> None:
    """One person on a Sunday at noon, two others on the Monday after: one at noon, one at 02:00 UTC."""
    come(
        event("a", us(SUNDAY), actor=1),
        event("b", us(MONDAY), actor=2, event="joined", touch='["","ads","","","",""]'),
        event("c", us(MONDAY, 2), actor=3),
    )
    nightly.run()


def test_weeks_that_begin_on_another_day_are_right_at_once(counted, settings) -> None:
    assert value("active_people", MONDAY, grain="week").value == 2
    settings.WEEK_START = 6
    week = value("active_people", MONDAY, grain="week")
    assert (week.period, week.value, week.complete, week.current) == (SUNDAY, 3, True, True)
    roll_up()
    assert value("active_people", MONDAY, grain="week") == week


def test_days_of_another_zone_are_labelled_until_they_are_derived_again(counted, settings) -> None:
    assert value("dau", MONDAY).current
    settings.PROJECT_TIME_ZONE = "America/New_York"
    before = value("dau", MONDAY)
    assert (before.value, before.current) == (2, False)
    roll_up()
    assert [(each.value, each.current) for each in (value("dau", SUNDAY), value("dau", MONDAY))] == [
        (2, True),  # 02:00 UTC on Monday is Sunday evening
        (1, True),
    ]


def test_in_the_middle_of_deriving_again_the_rest_stays_labelled(counted, settings, monkeypatch) -> None:
    settings.PROJECT_TIME_ZONE = "America/New_York"

    def stop(*args: object, **kwargs: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(nightly, "derive", stop)
    with pytest.raises(OSError, match="disk full"):
        nightly.refresh()
    assert not value("dau", MONDAY).current


def test_an_old_zone_chosen_again_before_the_figures_were_made_labels_them(counted, settings) -> None:
    zone, settings.PROJECT_TIME_ZONE = settings.PROJECT_TIME_ZONE, "America/New_York"
    nightly._queue_all_if_definitions_changed()
    derive()
    settings.PROJECT_TIME_ZONE = zone
    assert not value("dau", MONDAY).current
    roll_up()
    assert (value("dau", MONDAY).value, value("dau", MONDAY).current) == (2, True)


def test_other_cut_offs_label_what_goes_by_persona(counted) -> None:
    PersonaPolicy.objects.create(from_day=SUNDAY, power_key_actions=7, whale_balance=1)
    [by_persona] = series("dau", MONDAY, MONDAY, "day", by="persona")
    assert (by_persona.current, value("dau", MONDAY).current) == (False, True)
    assert not value("dau", MONDAY, where={"persona": "casual-noob-honey_badger"}).current
    roll_up()
    [by_persona] = series("dau", MONDAY, MONDAY, "day", by="persona")
    assert by_persona.current


def test_another_goal_labels_what_rests_on_the_old_one(counted) -> None:
    Goal.objects.filter(role=Goal.Role.SIGNUP).update(events=["joined"])
    assert (value("signups", MONDAY).value, value("signups", MONDAY).current) == (0, False)
    roll_up()
    assert (value("signups", MONDAY).value, value("signups", MONDAY).current) == (1, True)


def test_an_edited_channel_rule_holds_at_once_and_is_rolled_up(counted) -> None:
    staff = User.objects.create(username="staff", role="analyst")
    rule = ChannelRule.objects.first()
    edit_rule(rule=rule, field=ChannelRule.Field.SOURCE, pattern="ads", channel="the_ads", user=staff)
    point = value("dau", MONDAY, where={"channel": "the_ads"})
    assert (point.value, point.current) == (1, True)
    nothing = series("returning", SUNDAY, MONDAY, "day", by="platform")
    roll_up()
    assert value("dau", MONDAY, where={"channel": "the_ads"}) == point
    assert series("returning", SUNDAY, MONDAY, "day", by="platform") == nothing


def test_the_api_says_which_figures_are_old(counted, settings, client: Client) -> None:
    user = User.objects.create(username="reader", role="viewer")
    _, token = ApiToken.issue(user=user, name="test", role="viewer")
    asked = {"metric": "dau", "from": str(MONDAY), "to": str(MONDAY)}
    settings.PROJECT_TIME_ZONE = "America/New_York"
    headers = {"Authorization": f"Bearer {token}"}
    [point] = client.get("/api/rollups/", asked, headers=headers).json()["results"]
    assert point["current"] is False
    lines = b"".join(client.get("/api/rollups/", asked | {"format": "csv"}, headers=headers).streaming_content)
    assert [line.rsplit(",", 1)[-1] for line in lines.decode().split()] == ["current", "False"]


def test_what_came_since_the_last_night_makes_no_day_look_complete(counted, client: Client) -> None:
    """The last run was three days ago; since then events came, of which some are sealed."""
    Watermark.objects.update(day=TODAY - timedelta(days=3))
    come(event("d", us(TODAY - timedelta(days=2)), actor=4))
    seal()
    come(event("e", us(TODAY - timedelta(days=1)), actor=5))
    points = series("dau", TODAY - timedelta(days=4), TODAY, "day")
    assert [point.complete for point in points] == [True, False, False, False, False]
    roll_up()
    points = series("dau", TODAY - timedelta(days=4), TODAY, "day")
    assert [(point.value, point.complete) for point in points] == [
        (0, True),
        (0, True),
        (1, True),
        (1, True),
        (0, False),
    ]


@pytest.mark.parametrize("path", ["/", "/product/activity/"])
def test_pages_say_that_figures_are_old(counted, settings, viewer: Client, path: str) -> None:
    path += f"?from={MONDAY}&to={TODAY}"
    said = "is being worked out anew"
    assert said not in viewer.get(path).content.decode()
    settings.PROJECT_TIME_ZONE = "America/New_York"
    assert said in viewer.get(path).content.decode()
    roll_up()
    assert said not in viewer.get(path).content.decode()
