"""The pages of features: what they show, who may edit, and the preview of what rules match."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from analytics.collect.models import Flag
from analytics.dashboards.features import matched
from analytics.dashboards.features.matched import Named, Reach
from analytics.features import services
from analytics.features.models import Area, Feature
from analytics.features.queries import mapping
from analytics.metrics.features import Rule
from analytics.rollups.models import EventDefinition
from productops.lib.models import AuditEntry, Role
from tests.dashboards.conftest import Send
from tests.lib.staff import LogIn

pytestmark = pytest.mark.django_db

SWAP = Rule("event", "prefix", "swap_")


@pytest.fixture
def events(send: Send) -> None:
    today = datetime.now(UTC).date()
    for person, event, days_ago in [
        ("ada", "swap_started", 0),
        ("ada", "swap_completed", 1),
        ("grace", "swap_started", 27),
        ("alan", "swap_started", 28),  # too long ago
        ("alan", "video_created", 0),
    ]:
        send(person, today - timedelta(days=days_ago), event)
    send("grace", today, "page", type="page", page="/swap/done")
    send("alan", today, "swap_started", flags=Flag.PASSIVE.value)


@pytest.fixture
def analyst(log_in: LogIn) -> Client:
    return log_in(Role.ANALYST)


def sent(rules: list[tuple[str, str, str]], **fields: str) -> dict[str, str]:
    data = {"rules-TOTAL_FORMS": str(len(rules)), "rules-INITIAL_FORMS": "0", **fields}
    for number, rule in enumerate(rules):
        for name, value in zip(("target", "match", "pattern"), rule, strict=True):
            data[f"rules-{number}-{name}"] = value
    return data


def test_what_rules_match_alone_and_together(events) -> None:
    page = Rule("page", "prefix", "/swap")
    found = matched.preview([SWAP, page, Rule("event", "exact", "nothing")])
    assert [reach for _, reach in found.rules] == [Reach(3, 2), Reach(1, 1), Reach()]
    assert found.together == Reach(4, 2)
    assert found.names == (
        Named("event", "swap_started", 2),
        Named("page", "/swap/done", 1),
        Named("event", "swap_completed", 1),
    )
    assert found.more == 0


def test_many_names_are_counted_not_listed(send: Send) -> None:
    for number in range(13):
        send("ada", datetime.now(UTC).date(), f"event {number:02}")
    found = matched.preview([Rule("event", "regex", "^event")])
    assert [one.name for one in found.names] == [f"event {number:02}" for number in range(10)]
    assert found.more == 3


def test_the_list_tells_what_is_used(events, viewer: Client, analyst: Client) -> None:
    area = services.add_area(key="B", name="Atomic swap", user=None)
    services.add_feature(key="swap", name="Swapping", area=area, rules=[SWAP], user=None)
    services.add_feature(key="old", name="Dusty", area=None, rules=[Rule("event", "exact", "old")], user=None)
    page = viewer.get("/data/features/").content.decode()
    assert "Swapping" in page
    assert "B Atomic swap" in page
    assert "1 of 2 features were not used in the last 28 days: Dusty." in page
    assert '<form method="post" action="/data' not in page
    assert matched.reach(mapping()) == {"swap": Reach(3, 2)}
    assert "Move Swapping up" in analyst.get("/data/features/").content.decode()


def test_pages_say_what_to_do_first(viewer: Client, analyst: Client) -> None:
    assert "No feature yet" in viewer.get("/data/features/").content.decode()
    assert "New feature" in analyst.get("/data/features/").content.decode()


def test_a_feature_is_made_changed_moved_and_deleted(events, analyst: Client) -> None:
    analyst.post("/data/features/areas/", {"key": "B", "name": "Swap"})
    area = Area.objects.get()
    fields = {"name": "Swap", "key": "swap", "area": str(area.pk)}
    rules = [("event", "prefix", "swap_"), ("page", "exact", ""), ("page", "regex", "^/swap")]
    assert analyst.post("/data/features/new/", sent(rules, **fields)).status_code == 302
    assert [(one.key, one.area, one.rules) for one in mapping()] == [
        ("swap", "B", (SWAP, Rule("page", "regex", "^/swap")))
    ]
    feature = Feature.objects.get()
    shown = analyst.get(f"/data/features/{feature.pk}/").content.decode()
    assert 'value="swap_"' in shown
    assert "4 events of 2 people." in shown
    analyst.post(f"/data/features/{feature.pk}/", sent(rules[:1], name="Swaps", area="", key="other"))
    assert [(one.key, one.name, one.area, one.rules) for one in mapping()] == [("swap", "Swaps", "", (SWAP,))]
    other = services.add_feature(key="b", name="B", area=None, rules=[SWAP], user=None)
    analyst.post(f"/data/features/{other.pk}/move/", {"up": ""})
    assert [one.key for one in mapping()] == ["b", "swap"]
    analyst.post(f"/data/features/{other.pk}/move/", {"down": ""})
    assert [one.key for one in mapping()] == ["swap", "b"]
    analyst.post(f"/data/features/areas/{area.pk}/", {"name": "Atomic swap"})
    analyst.post(f"/data/features/areas/{area.pk}/move/", {"up": ""})
    assert (Area.objects.get().name, Area.objects.get().key) == ("Atomic swap", "B")
    analyst.post(f"/data/features/areas/{area.pk}/delete/")
    analyst.post(f"/data/features/{feature.pk}/delete/")
    assert [one.key for one in mapping()] == ["b"]
    assert not Area.objects.exists()
    actions = AuditEntry.objects.filter(actor="analyst-user").order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        "areas.add", "features.add", "features.edit", "features.move", "features.move", "areas.edit", "areas.move",
        "areas.delete", "features.delete",
    ]  # fmt: skip


def test_the_button_shows_what_would_match_and_saves_nothing(events, analyst: Client) -> None:
    data = sent([("event", "exact", "swap_completed")], name="", key="my swap", **{"try": ""})
    page = analyst.post("/data/features/new/", data).content.decode()
    assert "1 events of 1 people." in page
    assert 'value="my swap"' in page  # what was written stays
    assert 'name="rules-2-pattern"' in page  # and there is room for more
    assert not Feature.objects.exists()


@pytest.mark.parametrize(
    ("rules", "fields", "told"),
    [
        ([("event", "regex", "(")], {}, "This is no regular expression"),
        ([("event", "exact", "x" * 301)], {}, "at most 300"),
        ([("event", "exact", "")], {}, "Give 1 to 10 rules."),
        ([("person", "exact", "x")], {}, "not one of the available choices"),
        ([("event", "exact", "x")] * 11, {}, "at most 10"),
        ([("event", "exact", "x")], {"key": "two words"}, "Enter a valid"),
        ([("event", "exact", "x")], {"key": "taken"}, "already exists"),
        ([("event", "exact", "x")], {"name": ""}, "This field is required."),
        ([("event", "exact", "x")], {"area": "99"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_saved(analyst: Client, rules, fields, told: str) -> None:
    services.add_feature(key="taken", name="Taken", area=None, rules=[SWAP], user=None)
    answer = analyst.post("/data/features/new/", sent(rules, **{"name": "Swap", "key": "swap", "area": ""} | fields))
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert Feature.objects.count() == 1


def test_the_script_asks_for_the_preview_alone(events, analyst: Client) -> None:
    preview = reverse("feature_preview")
    answer = analyst.post(preview, sent([("event", "prefix", "swap_")])).content.decode()
    assert "3 events of 2 people." in answer
    assert "<html" not in answer
    assert "This is no regular expression" in analyst.post(preview, sent([("page", "regex", "[")])).content.decode()
    assert "Write a rule" in analyst.post(preview, sent([("page", "exact", "")])).content.decode()
    assert "Nothing that happened" in analyst.post(preview, sent([("page", "exact", "/x")])).content.decode()
    assert analyst.post(preview, {}).status_code == 200


def test_names_are_offered(analyst: Client) -> None:
    EventDefinition.objects.create(name='swap "started" <b>', volume=5)
    assert "swap &quot;started&quot; &lt;b&gt;" in analyst.get("/data/features/new/").content.decode()


def test_a_viewer_reads_and_changes_nothing(events, viewer: Client) -> None:
    feature = services.add_feature(key="swap", name="Swap", area=None, rules=[SWAP], user=None)
    page = viewer.get(f"/data/features/{feature.pk}/").content.decode()
    assert "3 events of 2 people." in page
    assert "rules-0-pattern" not in page
    data = sent([("event", "exact", "x")], name="Other", area="")
    assert viewer.post(f"/data/features/{feature.pk}/", data).status_code == 403
    assert [one.name for one in mapping()] == ["Swap"]
