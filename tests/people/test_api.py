"""The people endpoints."""

import json

import pytest
from rest_framework.test import APIClient

from analytics.collect.writing import insert_events
from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.people.models import Erasure, Identity
from analytics.rollups.derive import derive
from analytics.store.seal import seal
from productops.lib.models import AuditEntry, User
from tests.people.conftest import DAY_US, START_US, event_row

pytestmark = pytest.mark.django_db

ADA, BOB = str(identity_id("u", "ada")), str(identity_id("u", "bob"))
MINUTE_US = 60_000_000


@pytest.fixture
def clients() -> dict[str, APIClient]:
    made = {}
    for role in ("viewer", "analyst", "admin"):
        made[role] = APIClient()
        made[role].force_login(User.objects.create_user(role, role=role))
    return made


@pytest.fixture
def api(clients) -> APIClient:
    return clients["analyst"]


def store(*rows) -> None:
    insert_events(rows)
    link(rows)


@pytest.fixture
def people() -> None:
    """Ada, who came by a search on her phone and worked an hour apart twice; Bob; a bot."""
    store(
        event_row(anonymous="phone", event="look", touch='["","","","","google.com",""]'),
        event_row(
            anonymous="phone",
            user="ada",
            type="identify",
            event="identify",
            at_us=START_US + MINUTE_US,
            traits={"name": "Ada Lovelace", "email": "Ada@example.com"},
        ),
        event_row(anonymous="phone", user="ada", event="work", at_us=START_US + 2 * MINUTE_US, account="acme"),
        event_row(anonymous="phone", user="ada", event="again", at_us=START_US + 62 * MINUTE_US),
        event_row(user="bob", at_us=START_US - DAY_US),
        event_row(anonymous="spider", flags=2),
    )


def test_a_person_is_found_by_id_name_and_mail_before_any_nightly_run(api, people):
    for text in ("ada", "LOVELACE", "ada@example", "phone"):
        found = api.get("/api/people/", {"search": text}).json()
        assert [row["id"] for row in found["results"]] == [ADA], text
    assert found["count"] == 1
    assert set(found["results"][0]["ids"]) == {"ada", "phone"}
    assert api.get("/api/people/", {"search": "nobody"}).json()["results"] == []


def test_the_list_knows_channel_and_last_activity_after_the_nightly_run(api, people):
    seal()
    derive()
    rows = api.get("/api/people/").json()["results"]
    assert [(row["name"], row["channel"]) for row in rows] == [("Ada Lovelace", "organic_search"), ("", "direct")]
    assert rows[0]["last_active_at"] == "2023-11-14T23:15:20Z"
    assert rows[0]["created_at"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize("sent", ["direct", "Direct", "DIRECT"])
def test_a_direct_touch_is_passed_over_however_the_sender_writes_it(api, sent):
    def touch(channel: str) -> str:
        return json.dumps(["", "", "", "", "", channel])

    store(
        event_row(user="cyd", at_us=START_US, touch=touch(sent)),
        event_row(user="cyd", at_us=START_US + MINUTE_US, touch=touch("Field sales")),
        event_row(user="cyd", at_us=START_US + 2 * MINUTE_US, event="signed_up"),
        event_row(user="dan", at_us=START_US, touch=touch(sent)),
    )
    seal()
    derive()
    rows = api.get("/api/people/").json()["results"]
    assert {row["id"]: row["channel"] for row in rows} == {
        str(identity_id("u", "cyd")): "Field sales",
        str(identity_id("u", "dan")): "direct",
    }
    assert api.get("/api/people/", {"channel": "direct"}).json()["count"] == 1


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"channel": "organic_search"}, {ADA}),
        ({"channel": "direct"}, {BOB}),
        ({"persona": "unknown"}, {ADA, BOB}),
        ({"active_days": 7}, set()),
        ({"active_days": -7}, {ADA, BOB}),
        ({"search": "a", "channel": "direct"}, set()),
    ],
)
def test_conditions_hold_together(api, people, condition, found):
    seal()
    derive()
    assert {row["id"] for row in api.get("/api/people/", condition).json()["results"]} == found


def test_pages_of_the_list(api, people):
    seal()
    derive()
    first = api.get("/api/people/", {"page_size": 1}).json()
    second = api.get(first["next"]).json()
    assert first["count"] == second["count"] == 2
    assert [page["results"][0]["id"] for page in (first, second)] == [ADA, BOB]
    assert api.get("/api/people/", {"page_size": 1, "page": 3}).status_code == 404


def test_a_profile_has_ids_traits_links_and_accounts_by_any_id_of_the_person(api, people):
    profile = api.get(f"/api/people/{identity_id('a', 'phone')}/").json()
    assert profile["id"] == ADA
    assert profile["traits"] == {"name": "Ada Lovelace", "email": "Ada@example.com"}
    assert {(one["kind"], one["value"]) for one in profile["identities"]} == {("user", "ada"), ("anonymous", "phone")}
    assert [(one["identity"], one["into"], one["undoable"]) for one in profile["links"]] == [("phone", "ada", True)]
    assert [account["id"] for account in profile["accounts"]] == ["acme"]


def test_events_are_all_of_the_persons_newest_first_sealed_or_not(api, people):
    seal()
    store(event_row(user="ada", event="later", at_us=START_US + 90 * MINUTE_US, properties='{"n":1}'))
    body = api.get(f"/api/people/{ADA}/events/").json()
    assert [row["event"] for row in body["results"]] == ["later", "again", "work", "identify", "look"]
    assert body["results"][0]["properties"] == {"n": 1}
    assert body["results"][-1]["identity"] == str(identity_id("a", "phone"))


def test_sessions_are_cut_by_silence(api, people):
    rows = api.get(f"/api/people/{ADA}/sessions/").json()["results"]
    assert [(row["active_events"], row["seconds"]) for row in rows] == [(1, 0), (2, 120)]


def test_an_export_is_everything_and_is_noted(api, people):
    document = api.post(f"/api/people/{ADA}/export/").json()
    assert len(document["analytics"]["events"]) == 4
    assert AuditEntry.objects.get().action == "people.export"


def test_merge_and_undo(api, people):
    merged = api.post(f"/api/people/{ADA}/merge/", {"other": BOB}, format="json").json()
    assert "bob" in merged["ids"]
    assert api.get(f"/api/people/{BOB}/").json()["id"] == ADA
    newest = merged["links"][0]["id"]
    parted = api.post(f"/api/people/{ADA}/undo_merge/", {"link": newest}, format="json").json()
    assert "bob" not in parted["ids"]
    again = api.post(f"/api/people/{ADA}/undo_merge/", {"link": newest}, format="json")
    assert (again.status_code, again.headers["Content-Type"]) == (400, "application/problem+json")
    assert again.json()["errors"]["link"]


@pytest.mark.parametrize("other", ["0", "9" * 19, "x", ADA])
def test_a_merge_with_nobody_or_oneself_is_a_problem(api, people, other):
    answer = api.post(f"/api/people/{ADA}/merge/", {"other": other}, format="json")
    assert answer.status_code == 400
    assert answer.json()["errors"]["other"]


def test_an_admin_erases_for_good(clients, people):
    answer = clients["admin"].delete(f"/api/people/{ADA}/")
    assert (answer.status_code, answer.json()["state"]) == (200, "finished")
    assert clients["admin"].get(f"/api/people/{ADA}/").status_code == 404
    assert not Identity.objects.filter(value__in=["ada", "phone"]).exists()
    assert AuditEntry.objects.get().action == "people.erase"


PATHS = ["", f"{ADA}/", f"{ADA}/events/", f"{ADA}/sessions/"]


@pytest.mark.parametrize("path", PATHS)
def test_viewers_see_no_person(clients, people, path):
    answer = clients["viewer"].get(f"/api/people/{path}")
    assert answer.status_code == 403
    assert "ada" not in json.dumps(answer.json()).lower()
    assert APIClient().get(f"/api/people/{path}").status_code == 401


def test_only_admins_erase(clients, people):
    for role in ("viewer", "analyst"):
        assert clients[role].delete(f"/api/people/{ADA}/").status_code == 403
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("path", ["1/", "99999999999999999999/", "9999999999999999999/", "0/events/"])
def test_unknown_people_are_not_found(api, people, path):
    assert api.get(f"/api/people/{path}").status_code == 404


def test_the_number_of_queries_doesnt_grow_with_the_list(api, people, django_assert_num_queries):
    def cost() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/people/").status_code == 200
        return len(queries)

    cost()
    few = cost()
    store(*(event_row(user=f"user-{number}") for number in range(80)))
    assert cost() == few
