"""What generate_demo writes: the portal answers as the truths say, and twice is once."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from analytics.collect.models import Event, Source
from analytics.demo import services
from analytics.demo.plan import HOUR
from analytics.demo.services import Demo, OtherDemo, generate
from analytics.event import EventRow
from analytics.people import linking
from analytics.people.channel_rules import ensure_default_rules
from analytics.people.ids import identity_id
from analytics.people.models import Account, Identity, IdentityEdge
from analytics.rollups import nightly
from analytics.rollups.queries import series
from analytics.stale import StaleDays
from analytics.store.reading import snapshot
from analytics.store.schema import EVENTS
from tests.demo.conftest import UNTIL, small


def stored() -> pa.Table:
    with snapshot() as tables:
        return tables.events.order_by(["at_us", "message_id"]).to_pyarrow()


@pytest.fixture
def made(db, data_dir: Path) -> dict:
    return generate(small())


def figures(metric: str, periods: dict, grain: str, where: dict | None = None) -> dict:
    """The portal's answers for the periods of a truth, under the same names."""
    days = [date.fromisoformat(f"{period}-01"[:10]) for period in periods]
    found = {point.period: point.value or 0 for point in series(metric, min(days), max(days), grain, where)}
    return {period: found[day] for period, day in zip(periods, days, strict=True)}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("zone", "week_start"), [("UTC", 0), ("America/Los_Angeles", 6)])
def test_the_portal_agrees_with_the_truths(data_dir: Path, settings, zone: str, week_start: int) -> None:
    """Every exact count, from rollups that are worked out from the stored events and the identity map."""
    settings.PROJECT_TIME_ZONE, settings.WEEK_START = zone, week_start
    made = generate(small())
    ensure_default_rules()
    nightly.run()
    truths = made["counts"]
    for metric, grain, told in (
        ("dau", "day", truths["dau"]),
        ("wau", "day", truths["wau"]),
        ("mau", "day", truths["mau"]),
        ("active_people", "month", truths["active_people_by_month"]),
        ("collaborative_workspaces", "week", truths["collaborative_workspaces_by_week"]),
    ):
        assert any(told.values()), metric
        assert figures(metric, told, grain) == told, metric
    for status in ("new", "returning", "resurrected", "dormant"):
        told = {week: figure[status] for week, figure in truths["lifecycle_by_week"].items()}
        assert figures(status, told, "week") == told, status
    weeks = truths["signups_by_week"]
    for dimension in ("channel", "platform", "customer_segment"):
        for value in {value for week in weeks.values() for value in week[dimension]}:
            told = {week: figure[dimension].get(value, 0) for week, figure in weeks.items()}
            assert figures("signups", told, "week", {dimension: value}) == told, (dimension, value)
    weeks = truths["sessions_by_week"]
    for platform in {platform for week in weeks.values() for platform in week}:
        for metric, key in (("sessions", "sessions"), ("bounces", "of_one_event")):
            told = {week: figure.get(platform, {key: 0})[key] for week, figure in weeks.items()}
            assert figures(metric, told, "week", {"platform": platform}) == told, (metric, platform)
    last = date.fromisoformat(max(truths["dau"]))
    sticky = [point.value for point in series("stickiness", last - timedelta(days=89), last, "day")]
    assert sum(sticky) / 90 == pytest.approx(made["planted"]["stickiness"]["actual"], abs=1e-4)


def test_counts_of_what_is_stored(made: dict) -> None:
    counts, rows = made["counts"], stored()
    assert rows.num_rows == counts["events"]
    assert counts["events_sent_again"] > 20  # and yet each is there once
    assert len(set(rows["message_id"].to_pylist())) == rows.num_rows
    assert Event.objects.count() == 0
    people = set(Identity.objects.values_list("person", flat=True))
    assert len(people) == counts["people"] + counts["bots"]
    shared = Identity.objects.filter(kind="a").exclude(person__in=Identity.objects.filter(kind="a").values("pk"))
    assert shared.values("person").distinct().count() == counts["people_with_several_ids"]
    assert rows["received_us"].to_numpy().min() > rows["at_us"].to_numpy().min()
    bots = [flags & 2 for flags in rows["flags"].to_pylist()]
    assert sum(map(bool, bots)) == counts["events_of_bots"] > 0
    assert StaleDays.objects.filter(kind="events").exists()


def test_a_second_run_adds_nothing(made: dict, data_dir: Path) -> None:
    before = stored(), Identity.objects.count(), IdentityEdge.objects.count(), Source.objects.count()
    truths = (data_dir / "demo-truths.json").read_bytes()
    spend = (data_dir / "demo-ad-spend.csv").read_bytes()
    generate(small())
    assert stored().equals(before[0])
    assert (Identity.objects.count(), IdentityEdge.objects.count(), Source.objects.count()) == before[1:]
    assert (data_dir / "demo-truths.json").read_bytes() == truths
    assert (data_dir / "demo-ad-spend.csv").read_bytes() == spend


def test_a_run_that_broke_off_is_finished_by_the_next(db, data_dir: Path, monkeypatch) -> None:
    written = []
    write = services.write_segment

    def breaks_off(table: pa.Table) -> None:
        if len(written) == 4:
            raise KeyboardInterrupt
        written.append(write(table))

    monkeypatch.setattr(services, "write_segment", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        generate(small())
    assert json.loads((data_dir / "demo-truths.json").read_text())["complete"] is False
    monkeypatch.undo()
    truths = generate(small())
    assert truths["complete"] is True
    assert stored().num_rows == truths["counts"]["events"]


def test_another_demo_in_the_same_place_is_refused(made: dict) -> None:
    with pytest.raises(OtherDemo):
        generate(small(seed=4))


def test_a_seed_makes_a_world_and_another_one_another() -> None:
    def drawn(**changes) -> bytes:
        demo = Demo.of(small(**changes))
        return b"".join(events.tobytes() for events, _ in demo.pieces())

    assert drawn() == drawn()
    assert drawn() != drawn(seed=4)


def test_hours_of_a_day_that_is_not_over_count_in_no_truth_about_days(db, data_dir: Path) -> None:
    made, rows = generate(small(hours=15)), stored()
    end = small(hours=15).end
    assert end - 2 * HOUR < max(rows["at_us"].to_pylist()) < end
    assert max(rows["received_us"].to_pylist()) <= end + 10_000_000  # what was sent again arrives moments later
    counts = made["counts"]
    assert rows.num_rows == counts["events"]
    for days in ("dau", "wau", "mau"):
        assert max(counts[days]) == (UNTIL - timedelta(days=1)).isoformat()
    assert max(counts["active_people_by_month"]) == "2026-02"
    assert max(counts["lifecycle_by_week"]) == "2026-03-02"


def test_a_day_that_is_not_over_ends_with_the_zone(db, data_dir: Path, settings) -> None:
    """At three in the morning in London it is still the day before in Los Angeles."""
    settings.PROJECT_TIME_ZONE = "America/Los_Angeles"
    counts = generate(small(until=date(2026, 3, 1), hours=3))["counts"]
    assert max(counts["dau"]) == "2026-02-27"
    assert max(counts["active_people_by_month"]) == "2026-01"


def test_more_events_leave_the_people_and_their_days_as_they_are() -> None:
    def days(**changes) -> set:
        demo = Demo.of(small(**changes))
        return set(zip(demo.visits.person.tolist(), demo.visits.day.tolist(), strict=True))

    assert days() == days(events=40_000)
    events = sum(len(piece) for piece, _ in Demo.of(small(events=40_000)).pieces())
    assert events == pytest.approx(40_000, rel=0.01)


def test_identities_are_what_linking_event_by_event_makes(made: dict) -> None:
    """The same events through the collector's own linking give the same map, links, traits and accounts."""
    expected = everything()
    rows = [sent(row) for row in stored().to_pylist()]
    for model in (IdentityEdge, Identity, Account):
        model.objects.all().delete()
    linking.forget()
    for start in range(0, len(rows), 500):
        with transaction.atomic():
            linking.link(rows[start : start + 500])
    found = everything()
    for name, told in expected.items():
        assert found[name] == told, name


def everything() -> dict[str, list]:
    fields = ("id", "kind", "value", "person", "traits", "traits_us", "first_us", "first_touch_us", "search")
    links = ("identity", "into", "rule", "accepted", "reason", "evidence", "at_us")
    return {
        "identities": list(Identity.objects.order_by("id").values(*fields)),
        "edges": list(IdentityEdge.objects.order_by("identity").values(*links)),
        "accounts": list(Account.objects.order_by("id").values("id", "traits", "traits_us", "first_us")),
    }


IDS: dict[int, str] = {}


def sent(row: dict) -> EventRow:
    """A stored row with the ids it was sent with."""
    if not IDS:
        people = Demo.of(small()).population
        IDS.update({identity_id("u", user): user for user in people.user_ids})
        IDS.update({identity_id("a", device): device for device in people.devices})
    user = IDS[row["actor"]] if row["actor"] != row["anon"] else ""
    anonymous = IDS[row["anon"]] if row["anon"] else ""
    traits = json.loads(row["properties"]) if row["type"] in ("identify", "group") else None
    return EventRow(**{name: row[name] for name in EVENTS.names}, user_id=user, anonymous_id=anonymous, traits=traits)


def test_the_command(db, data_dir: Path, capsys) -> None:
    arguments = ["generate_demo", "--people", "200", "--years", "1", "--until", "2026-03-11"]
    call_command(*arguments)
    assert "people; truths in demo-truths.json" in capsys.readouterr().out
    call_command(*arguments[:-2])  # on another day: the date of the demo that is here
    assert json.loads((data_dir / "demo-truths.json").read_text())["parameters"]["until"] == "2026-03-11"
    with pytest.raises(CommandError, match="Here is already the demo of people 200, seed 7"):
        call_command(*arguments, "--seed", "8")
    with pytest.raises(CommandError, match="at least 100 people"):
        call_command("generate_demo", "--people", "5")


def test_the_command_tells_a_history_up_to_now(db, data_dir: Path) -> None:
    before = datetime.now(UTC)
    call_command("generate_demo", "--people", "200", "--years", "1")
    after = datetime.now(UTC)
    parameters = json.loads((data_dir / "demo-truths.json").read_text())["parameters"]
    ends = datetime.fromisoformat(parameters["until"]).replace(tzinfo=UTC) + timedelta(hours=parameters["hours"])
    assert before - timedelta(hours=1) < ends <= after
    assert max(stored()["at_us"].to_pylist()) < ends.timestamp() * 1_000_000


def test_ad_spend_is_a_campaign_report(made: dict, data_dir: Path) -> None:
    lines = (data_dir / "demo-ad-spend.csv").read_text().splitlines()
    assert lines[0] == "Day,Campaign,Network,Currency code,Impressions,Clicks,Cost,Conversions"
    cost = sum(round(float(line.split(",")[6]) * 100) for line in lines[1:])
    assert cost == sum(made["ad_spend_minor_units"].values()) > 0
    assert set(made["ad_spend_minor_units"]) == {"paid_search", "paid_social"}
