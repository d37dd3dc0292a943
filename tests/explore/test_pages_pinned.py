"""Pinned analyses stand on the overview, with one figure and a small drawing of each."""

from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore.models import SavedAnalysis
from analytics.explore.pages.pinned import SMALL
from productops.lib.models import Role
from tests.explore.pages_world import DAYS
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]
OVERVIEW = "/?from=2025-03-10&to=2025-03-30"


@pytest.fixture
def pin(log_in: LogIn):
    def pin(kind: str, query: str = "", name: str = "Mine") -> SavedAnalysis:
        log_in(Role.ANALYST).post(f"/explore/{kind}/save/?{DAYS}&vs=none&{query}", {"name": name, "pinned": "on"})
        return SavedAnalysis.objects.get(name=name)

    return pin


# Of the world of pages, by hand: on the last day nobody did anything; one of four went all the way, two came back.
@pytest.mark.parametrize(
    ("kind", "query", "figure"),
    [
        ("trend", "grain=week&series.0.event=video_created&series.0.measure=events", 0),
        ("funnel", "", 0.25),
        ("retention", "", 2 / 4),
        ("lifecycle", "", -2),
        ("stickiness", "", 4),
        ("paths", "", None),
        ("sessions", "", 3),
        ("adoption", "", 4),
        ("concentration", "selector.event=signup_completed&top=0.5", 0.5),
    ],
)
def test_each_kind_has_its_figure(viewer: Client, pin, kind: str, query: str, figure: float | None) -> None:
    pin(kind, query)
    (one,) = viewer.get(OVERVIEW).context["pinned"]
    assert one.card.span == 4
    assert (one.card.hero and one.card.hero.value) == figure
    assert one.days == "3 Mar – 30 Mar 2025"
    (whole,) = [card for card in viewer.get(one.href).context["cards"] if card.key == SMALL[kind].card]
    assert one.card.chart == whole.chart


def test_it_goes_up_to_the_last_day_of_the_overview(viewer: Client, pin) -> None:
    saved = pin("trend")
    (one,) = viewer.get("/?from=2025-03-01&to=2025-03-20").context["pinned"]
    assert one.href.startswith("/explore/trend/?")
    assert "from=2025-02-21&to=2025-03-20" in one.href
    assert SavedAnalysis.objects.get().body == saved.body


def test_with_the_script_it_follows(viewer: Client, pin) -> None:
    pin("trend")
    viewer.cookies["js"] = "1"
    page = viewer.get(OVERVIEW)
    assert page.context["pinned"] == []
    assert 'data-fragment="/explore/pinned/?to=2025-03-30"' in page.content.decode()
    (one,) = viewer.get("/explore/pinned/?to=2025-03-30").context["pinned"]
    assert one.saved.name == "Mine"
    for wrong in ("", "?to=today"):
        assert viewer.get(f"/explore/pinned/{wrong}").status_code == 404


def test_the_owner_takes_it_off(log_in: LogIn, viewer: Client, pin) -> None:
    saved = pin("trend")
    path = f"/explore/{saved.pk}/unpin/"
    assert path not in viewer.get(OVERVIEW).content.decode()
    assert viewer.post(path).status_code == 403
    SavedAnalysis.objects.update(owner=None)
    assert log_in(Role.ANALYST).post(path).status_code == 403
    admin = log_in(Role.ADMIN)
    assert path in admin.get(OVERVIEW).content.decode()
    assert admin.post(path).url == "/"
    assert not SavedAnalysis.objects.get().pinned
    assert admin.get(OVERVIEW).context["pinned"] == []


def test_what_not_everybody_may_see_is_left_out(viewer: Client, log_in: LogIn, pin) -> None:
    pin("trend", "breakdown=person.email", name="By mail")
    SavedAnalysis.objects.create(name="Own", kind="trend", body={}, pinned=True, shared=False)
    assert viewer.get(OVERVIEW).context["pinned"] == []
    assert [one.saved.name for one in log_in(Role.ANALYST).get(OVERVIEW).context["pinned"]] == ["By mail"]


def test_few_have_room(viewer: Client, log_in: LogIn) -> None:
    body = {"from": "2025-03-03", "to": "2025-03-30", "series": [{"event": None}]}
    for number in range(8):
        SavedAnalysis.objects.create(name=f"S{number}", kind="trend", body=body, pinned=True)
    assert len(viewer.get(OVERVIEW).context["pinned"]) == 6


def test_nothing_pinned_costs_one_query(viewer: Client) -> None:

    viewer.get(OVERVIEW)
    with CaptureQueriesContext(connection) as asked:
        page = viewer.get(OVERVIEW)
    assert sum("savedanalysis" in one["sql"] for one in asked) == 1
    assert 'id="pinned"' not in page.content.decode()
    assert page.context["filters"].last == date(2025, 3, 30)
