"""What is saved on a page is opened as it was."""

import pytest
from django.test import Client, RequestFactory

from analytics.explore.models import SavedAnalysis
from analytics.explore.pages import states
from analytics.explore.pages.asked import asked_by
from productops.lib.models import Role, User
from tests.explore.pages_world import DAYS
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


SAVED = [
    ("trend", "series.0.event=video_created&series.0.measure=events&breakdown=platform&grain=week"),
    ("funnel", "steps.0.event=a&steps.1.event=b&steps.1.optional=true&exclusions.0.event=c&exclusions.0.from_step=1"
     "&exclusions.0.to_step=2&breakdown.property=platform&breakdown.attribution=step&breakdown.step=2&window.value=3"),
    ("retention", "start.event=a&start.mode=recurring&return.event=b&return.occurrences=2&brackets=1,7&window=24h"),
    ("lifecycle", "selector.event=a&grain=month"),
    ("stickiness", "selector.event=a&occurrences=3&cumulative=true"),
    ("paths", "start.event=a&end.event=b&end.filters.0.property=p&end.filters.0.operator=is_set&exclude.0.event=c"),
    ("sessions", "filters.0.property=platform&filters.0.operator=in&filters.0.value=web, ios&tz=Europe/Berlin"),
    ("adoption", "features.0.event=a"),
    ("concentration", "selector.event=a&top=0.2"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "query"), SAVED)
def test_a_saved_question_is_opened_as_it_was(log_in: LogIn, kind: str, query: str) -> None:
    analyst = log_in(Role.ANALYST)
    saved = analyst.post(f"/explore/{kind}/save/?{DAYS}&vs=none&{query}", {"name": "Mine", "pinned": "on"})
    assert saved.url == f"/explore/{SavedAnalysis.objects.get().pk}/"
    assert SavedAnalysis.objects.get().pinned
    opened = log_in(Role.VIEWER).get(saved.url)
    request = RequestFactory().get(opened.url)
    request.user = User.objects.get(role=Role.VIEWER)
    asked = asked_by(request, kind)
    assert states.restored(asked.inquiry.body) == states.restored(SavedAnalysis.objects.get().body)
    assert not asked.warnings


def test_who_may_save(viewer: Client, log_in: LogIn) -> None:
    assert viewer.post(f"/explore/trend/save/?{DAYS}", {"name": "Mine"}).status_code == 403
    analyst = log_in(Role.ANALYST)
    assert analyst.get("/explore/trend/save/").status_code == 405
    assert analyst.post(f"/explore/trend/save/?{DAYS}", {"name": ""}).url == f"/explore/trend/?{DAYS}"
    assert not SavedAnalysis.objects.exists()
    assert viewer.get("/explore/123/").status_code == 404
    private = SavedAnalysis.objects.create(name="Own", kind="sessions", body={}, shared=False)
    assert viewer.get(f"/explore/{private.pk}/").status_code == 404
