"""What staff change on the portal's own pages: who may, what it does, and the trace it leaves."""

import pytest
from django.core import mail
from django.test import Client

from analytics.collect.services import create_source
from analytics.rollups.goals import ensure_goals
from analytics.rollups.models import Goal, NorthStar
from productops.lib.models import ApiToken, AuditEntry, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_client(log_in) -> Client:
    return log_in(Role.ADMIN)


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_a_token_is_shown_once_works_and_can_be_revoked(log_in) -> None:
    client = log_in(Role.ANALYST)
    answer = client.post("/data/tokens/", {"name": "BI", "role": "viewer"})
    text = answer.context["new_token"]
    assert text in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert text not in client.get("/data/tokens/").content.decode()
    bearer = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/metrics/", headers=bearer).status_code == 200
    token = ApiToken.objects.get()
    assert client.post(f"/data/tokens/{token.pk}/revoke/").status_code == 302
    assert Client().get("/api/metrics/", headers=bearer).status_code == 401
    assert actions() == ["token.create", "token.revoke"]


def test_nobody_makes_a_token_that_may_do_more_than_they_may(log_in) -> None:
    answer = log_in(Role.ANALYST).post("/data/tokens/", {"name": "BI", "role": "admin"})
    assert answer.status_code == 400
    assert not ApiToken.objects.exists()


def test_a_token_of_somebody_else_can_be_revoked_by_admins_only(log_in) -> None:
    log_in(Role.ADMIN).post("/data/tokens/", {"name": "BI", "role": "viewer"})
    token = ApiToken.objects.get()
    assert log_in(Role.ANALYST).post(f"/data/tokens/{token.pk}/revoke/").status_code == 404
    assert "BI" not in log_in(Role.ANALYST).get("/data/tokens/").content.decode()
    assert log_in(Role.ADMIN).post(f"/data/tokens/{token.pk}/revoke/").status_code == 302


@pytest.mark.parametrize("path", ["/settings/", "/data/audit/", "/data/sources/"])
def test_settings_sources_and_the_audit_log_are_for_admins(log_in, path: str) -> None:
    assert log_in(Role.ANALYST).get(path).status_code == 403
    assert log_in(Role.VIEWER).get(path).status_code == 403
    assert log_in(Role.ADMIN).get(path).status_code == 200


def test_the_live_stream_shows_ids_and_is_not_for_viewers(log_in) -> None:
    assert log_in(Role.VIEWER).get("/data/live/").status_code == 403
    assert log_in(Role.ANALYST).get("/data/live/").status_code == 200


def test_the_north_star_is_set(admin_client) -> None:
    form = {"metric": "wau", "question": "Do they come every week?", "target": "500", "target_date": "2027-01-31"}
    admin_client.post("/settings/north-star/", form)
    star = NorthStar.objects.get()
    assert (star.metric, star.target, str(star.target_date)) == ("wau", 500, "2027-01-31")
    assert 'value="500"' in admin_client.get("/settings/").content.decode()
    admin_client.post("/settings/north-star/", {**form, "metric": "no such"})
    assert NorthStar.objects.get().metric == "wau"
    assert actions() == ["settings.north_star"]


def test_a_goal_keeps_its_events_in_order_each_once(admin_client) -> None:
    ensure_goals()
    goal = Goal.objects.get(role="signup")
    admin_client.post(f"/settings/goals/{goal.pk}/", {"events": " joined \n\nregistered\njoined"})
    goal.refresh_from_db()
    assert goal.events == ["joined", "registered"]
    answer = admin_client.post(f"/settings/goals/{goal.pk}/", {"events": " \n "}, follow=True)
    assert "Name at least one event" in answer.content.decode()
    goal.refresh_from_db()
    assert goal.events == ["joined", "registered"]
    assert actions() == ["settings.goal"]


def test_a_colleague_is_invited_by_mail(admin_client) -> None:
    admin_client.post("/settings/users/", {"username": "mira", "email": "mira@example.com", "role": "analyst"})
    user = User.objects.get(username="mira")
    assert user.role == Role.ANALYST
    assert mail.outbox[0].to == ["mira@example.com"]
    link = next(word for word in mail.outbox[0].body.split() if "/reset/" in word or "/password" in word)
    assert Client().get(link.partition("//")[2].partition("/")[2].join(["/", ""]), follow=True).status_code == 200
    assert actions() == ["user.invite"]


def test_the_last_admin_stays_one(admin_client) -> None:
    admin = User.objects.get()
    answer = admin_client.post(f"/settings/users/{admin.pk}/", {"role": "viewer", "is_active": "on"}, follow=True)
    assert "Somebody has to stay admin" in answer.content.decode()
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN
    other = User.objects.create(username="other", role=Role.VIEWER)
    admin_client.post(f"/settings/users/{other.pk}/", {"role": "admin", "is_active": "on"})
    admin_client.post(f"/settings/users/{admin.pk}/", {"role": "viewer", "is_active": "on"})
    admin.refresh_from_db()
    assert admin.role == Role.VIEWER


def test_the_audit_log_is_searched_and_exported(admin_client) -> None:
    admin_client.post("/data/tokens/", {"name": "=cmd", "role": "viewer"})
    admin_client.post("/data/tokens/", {"name": "Reports", "role": "viewer"})
    found = admin_client.get("/data/audit/?q=Reports").content.decode()
    assert "Reports" in found
    assert "=cmd" not in found
    lines = b"".join(admin_client.get("/data/audit/?format=csv").streaming_content).decode().splitlines()
    assert lines[0] == "at,actor,action,object,detail"
    assert len(lines) == 3
    assert ",'=cmd," in lines[2]  # no formula to a spreadsheet


def test_an_unreadable_date_in_the_audit_log_shows_everything(admin_client) -> None:
    assert admin_client.get("/data/audit/?since=yesterday&page=x").status_code == 200


def test_a_key_of_no_kind_is_not_found(admin_client) -> None:
    source, *_ = create_source(name="Website", platform="web")
    assert admin_client.post(f"/data/sources/{source.pk}/keys/golden/rotate/").status_code == 404
    assert source.keys.filter(kind="golden").count() == 0
