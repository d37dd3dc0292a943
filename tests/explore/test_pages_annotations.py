"""The pages of annotations: everybody reads, analysts write, charts by time lead there and back."""

from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore.models import Annotation
from analytics.explore.pages.marks import marks
from productops.lib.models import Role
from tests.explore.pages_world import DAYS, cards
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]
SENT = {"text": "Release 4", "kind": "release", "day": "2025-03-12", "time": "", "link": "https://example.com/4"}


def told(one: Annotation) -> tuple[str, str, date, datetime | None, str]:
    return one.text, one.kind, one.day, one.instant, one.link


def test_analysts_add_change_and_delete(log_in: LogIn) -> None:
    analyst = log_in(Role.ANALYST)
    assert analyst.post("/explore/annotations/new/", SENT).url == "/explore/annotations/"
    one = Annotation.objects.get()
    assert told(one) == ("Release 4", "release", date(2025, 3, 12), None, "https://example.com/4")
    page = f"/explore/annotations/{one.pk}/"
    assert analyst.get(page).context["form"].initial["day"] == date(2025, 3, 12)
    analyst.post(page, {**SENT, "text": "Release 5", "time": "14:30"})
    at = datetime(2025, 3, 12, 14, 30, tzinfo=UTC)
    assert told(Annotation.objects.get()) == ("Release 5", "release", date(2025, 3, 12), at, "https://example.com/4")
    assert f"{analyst.get(page).context['form'].initial['time']:%H:%M}" == "14:30"
    assert analyst.post(page + "delete/").url == page
    assert Annotation.objects.count() == 1
    assert analyst.post(page + "delete/", {"sure": "on"}).url == "/explore/annotations/"
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"kind": "party"}, "kind"),
        ({"day": "yesterday"}, "day"),
        ({"day": "1900-01-01"}, "day"),
        ({"time": "25:00"}, "time"),
        ({"link": "javascript:alert(1)"}, "link"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(log_in: LogIn, wrong: dict[str, str], field: str) -> None:
    page = log_in(Role.ANALYST).post("/explore/annotations/new/", {**SENT, **wrong})
    assert page.status_code == 400
    assert list(page.context["form"].errors) == [field]
    assert not Annotation.objects.exists()


def test_viewers_read_only(viewer: Client) -> None:
    one = Annotation.objects.create(day=date(2025, 3, 12), text="Release <4>", kind="release")
    page = viewer.get("/explore/annotations/").content.decode()
    assert "Release &lt;4&gt;" in page
    assert "annotations/new" not in page
    for path in ("new/", f"{one.pk}/"):
        assert viewer.get(f"/explore/annotations/{path}").status_code == 403
    assert viewer.post(f"/explore/annotations/{one.pk}/delete/", {"sure": "on"}).status_code == 403
    assert "annotations/new" not in viewer.get(f"/explore/trend/?{DAYS}").content.decode()


@pytest.mark.parametrize(("kind", "card"), [("trend", "trend"), ("lifecycle", "lifecycle"), ("funnel", "trend")])
def test_a_chart_by_time_leads_there_and_back(log_in: LogIn, kind: str, card: str) -> None:
    analyst = log_in(Role.ANALYST)
    (action,) = cards(analyst, kind)[card].actions
    assert parse_qs(urlsplit(action.href).query)["day"] == ["2025-03-30"]
    assert analyst.get(action.href).context["form"].initial["day"] == "2025-03-30"
    back = analyst.post(action.href, SENT).url
    assert back == f"/explore/{kind}/?from=2025-03-03&to=2025-03-30"
    assert [mark.text for mark in cards(analyst, kind)[card].chart.marks] == ["Release 4"]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_it_leads_nowhere_else(log_in: LogIn, back: str) -> None:
    answer = log_in(Role.ANALYST).post(f"/explore/annotations/new/?back={back}", SENT)
    assert answer.url == "/explore/annotations/"


def test_the_list_asks_the_database_a_few_times_only(viewer: Client) -> None:
    for number in range(60):
        Annotation.objects.create(day=date(2025, 3, 12), text=f"Release {number}", kind="release")
    with CaptureQueriesContext(connection) as asked:
        page = viewer.get("/explore/annotations/?page=2")
    assert len(page.context["lines"]) == 10
    assert len(asked) == 4  # session, reader, how many, those of the page


HOURS = ["2025-03-12T13:00+01:00", "2025-03-12T14:00+01:00", "2025-03-12T15:00+01:00"]
NOON = datetime(2025, 3, 12, 13, 30, tzinfo=UTC)  # half past two in Berlin


@pytest.mark.parametrize(
    ("periods", "happenings", "expected"),
    [
        (HOURS, [(date(2025, 3, 12), NOON, "a")], [(1, "a")]),
        (HOURS, [(date(2025, 3, 12), None, "a day"), (date(2025, 3, 12), datetime(2025, 3, 12, tzinfo=UTC), "b")], []),
        (["2025-03-12T00:00+01:00", *HOURS], [(date(2025, 3, 12), None, "a day")], [(0, "a day")]),
        (
            ["2025-03-10", "2025-03-17"],
            [(date(2025, 3, 12), NOON, "a"), (date(2025, 3, 17), None, "b")],
            [(0, "a"), (1, "b")],
        ),
        (["2025-03-12"], [(date(2025, 3, 12), None, "a"), (date(2025, 3, 12), NOON, "b")], [(0, "a; b")]),
        ([], [(date(2025, 3, 12), None, "a")], []),
    ],
)
def test_what_happened_is_marked_at_its_period(periods, happenings, expected) -> None:
    assert [(mark.index, mark.text) for mark in marks(happenings, periods, "Europe/Berlin")] == expected
