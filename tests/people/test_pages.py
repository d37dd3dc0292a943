"""The people pages, as each role sees them."""

import csv
import json
import re
from collections import Counter

import pytest
from django.db import connection
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analytics.people.channel_rules import ensure_default_rules
from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.people.models import ChannelRule, Erasure, Identity, IdentityEdge
from analytics.rollups import dictionary
from analytics.rollups.derive import derive
from analytics.store.seal import seal
from productops.lib.models import AuditEntry
from tests.people.conftest import START_US, event_row
from tests.people.test_api import ADA, BOB, MINUTE_US, clients, people, store  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db


@pytest.fixture
def analyst(clients) -> Client:  # noqa: F811
    return clients["analyst"]


@pytest.fixture
def admin(clients) -> Client:  # noqa: F811
    return clients["admin"]


def test_the_list_finds_and_filters(analyst, people):  # noqa: F811
    seal()
    derive()
    page = analyst.get("/people/").content.decode()
    assert "Ada Lovelace" in page
    assert "organic search" in page
    assert "Ada Lovelace" not in analyst.get("/people/?q=bob").content.decode()
    assert "Nobody matches" in analyst.get("/people/?q=bob&active=7").content.decode()


def test_the_list_as_a_file(analyst, people):  # noqa: F811
    seal()
    derive()
    text = b"".join(analyst.get("/people/?format=csv&q=ada")).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["id"], row["name"], row["ids"]) for row in rows] == [(ADA, "Ada Lovelace", "ada phone")]
    assert AuditEntry.objects.get().action == "people.export_list"


def test_a_persons_page_shows_ids_traits_and_sessions_of_a_second_ago(analyst, people):  # noqa: F811
    page = analyst.get(f"/people/{ADA}/").content.decode()
    for text in ("Ada@example.com", "phone", "look", "identify", "work", "again", "acme", "2 sessions"):
        assert text in page, text


def test_the_address_of_a_merged_id_leads_to_its_person(analyst, people):  # noqa: F811
    answer = analyst.get(f"/people/{identity_id('a', 'phone')}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{ADA}/")


def test_a_session_page_lists_its_events_in_order(analyst, people):  # noqa: F811
    sessions = analyst.get(f"/api/people/{ADA}/sessions/").json()["results"]
    page = analyst.get(f"/people/{ADA}/sessions/{sessions[1]['id']}/").content.decode()
    assert 0 < page.index("look") < page.index("identify") < page.index("<strong>work")
    assert "<strong>again" not in page
    assert analyst.get(f"/people/{BOB}/sessions/{sessions[1]['id']}/").status_code == 404


def test_a_property_may_be_called_like_a_method(analyst):
    store(
        event_row(user="ada", type="identify", event="identify", traits={"items": "a trait"}),
        event_row(user="ada", event="ordered", properties='{"items": "a property"}', context='{"items": "a context"}'),
    )
    dictionary.update()
    for path, shown in (
        (f"/people/{ADA}/", ["a trait", "a property"]),
        ("/data/live/", ["a property", "a context"]),
        ("/data/events/ordered/", ["<code>items</code>"]),
    ):
        page = analyst.get(path).content.decode()
        assert [text for text in shown if text not in page] == [], path


def test_staff_merge_by_id_and_undo(analyst, people):  # noqa: F811
    assert analyst.post(f"/people/{ADA}/merge/", {"other": "bob"}, follow=True).status_code == 200
    edge = IdentityEdge.objects.get(rule="merge")
    assert str(Identity.objects.get(value="bob").person) == ADA
    analyst.post(f"/people/{ADA}/links/{edge.pk}/undo/")
    assert str(Identity.objects.get(value="bob").person) == BOB


def test_a_merge_with_nobody_says_so(analyst, people):  # noqa: F811
    answer = analyst.post(f"/people/{ADA}/merge/", {"other": "nobody"})
    assert answer.status_code == 400
    assert "There is no such person" in answer.content.decode()


def test_an_export_is_a_file(analyst, people):  # noqa: F811
    answer = analyst.post(f"/people/{ADA}/export/")
    assert "attachment" in answer["Content-Disposition"]
    assert len(json.loads(answer.content)["analytics"]["events"]) == 4


def test_erasing_asks_for_the_id(admin, people):  # noqa: F811
    assert admin.post(f"/people/{ADA}/erase/", {"confirmation": "Ada"}).status_code == 400
    assert not Erasure.objects.exists()
    assert admin.post(f"/people/{ADA}/erase/", {"confirmation": "ada"})["Location"] == "/people/"
    assert not Identity.objects.filter(value="ada").exists()


def test_an_id_with_spaces_around_it_can_be_confirmed(admin):
    link([event_row(user=" eve ")])
    address = f"/people/{identity_id('u', ' eve ')}/erase/"
    assert admin.post(address, {"confirmation": " eve "})["Location"] == "/people/"
    assert not Identity.objects.exists()


def test_more_than_200_anonymous_ids_are_kept_and_said(analyst, caplog):
    link([event_row(anonymous=f"device-{number}", user="ada") for number in range(201)])
    assert Identity.objects.filter(person=ADA).count() == 202
    assert "More than 200 anonymous ids" in analyst.get(f"/people/{ADA}/").content.decode()
    assert [record.levelname for record in caplog.records if record.name.startswith("analytics.people")] == ["WARNING"]


def test_a_page_of_many_ids_shows_some_and_leads_to_all(analyst):
    """However many there are: neither queries nor rows read for the page grow with them."""
    read = Counter()

    def count(sender, **kwargs) -> None:
        read[sender] += 1

    def cost() -> tuple[int, Counter]:
        read.clear()
        with CaptureQueriesContext(connection) as queries:
            analyst.get(f"/people/{ADA}/")
        return len(queries), read.copy()

    for model in (Identity, IdentityEdge):
        post_init.connect(count, sender=model)
    try:
        costs = []
        for first in (0, 150):
            link([event_row(anonymous=f"device-{number}", user="ada") for number in range(first, first + 150)])
            cost()
            costs.append(cost())
    finally:
        for model in (Identity, IdentityEdge):
            post_init.disconnect(count, sender=model)
    assert costs[0] == costs[1]
    page = analyst.get(f"/people/{ADA}/").content.decode()
    assert page.count("anonymous id</span>") == 99
    assert "201 more ids are not shown" in page
    assert "200 more links are not shown" in page
    everything = analyst.get(re.search(r'href="(/api/people/[^"]+)"', page)[1]).json()
    assert (len(everything["identities"]), len(everything["links"])) == (301, 300)


PAGES = ["/people/", f"/people/{ADA}/", f"/people/{ADA}/sessions/1-1-1/", "/settings/channels/"]
ACTIONS = [f"/people/{ADA}/{name}/" for name in ("merge", "export", "erase", "links/1/undo")]


@pytest.mark.parametrize("path", PAGES)
def test_viewers_are_kept_out_of_pages(clients, people, path):  # noqa: F811
    assert clients["viewer"].get(path).status_code == 403


@pytest.mark.parametrize("path", ACTIONS)
def test_viewers_are_kept_out_of_actions(clients, people, path):  # noqa: F811
    assert clients["viewer"].post(path).status_code == 403
    assert clients["viewer"].get(path).status_code in (403, 405)


def test_analysts_see_no_form_to_erase_and_cant(analyst, people):  # noqa: F811
    assert "/erase/" not in analyst.get(f"/people/{ADA}/").content.decode()
    assert analyst.post(f"/people/{ADA}/erase/", {"confirmation": "ada"}).status_code == 403


@pytest.mark.parametrize("path", ["/people/", f"/people/{ADA}/"])
def test_the_number_of_queries_is_constant(analyst, people, path, django_assert_max_num_queries):  # noqa: F811
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert analyst.get(path).status_code == 200
        return len(queries)

    cost()
    few = cost()
    store(
        *(event_row(user=f"user-{number}") for number in range(60)),
        *(
            event_row(user="ada", anonymous=f"tab-{number}", at_us=START_US + number * 90 * MINUTE_US)
            for number in range(30)
        ),
    )
    assert cost() == few


class TestChannelRules:
    def test_the_page_shows_the_rules_it_comes_with_and_makes_them_editable(self, analyst):
        assert "paid social" in analyst.get("/settings/channels/").content.decode()
        analyst.post("/settings/channels/start/")
        assert ChannelRule.objects.exists()

    def test_trying_a_rule_shows_what_would_change_and_saves_nothing(self, analyst, people):  # noqa: F811
        seal()
        derive()
        values = {"field": "referrer", "pattern": "google", "channel": "the_big_one"}
        page = analyst.post("/settings/channels/", {**values, "try": ""}).content.decode()
        assert "What would change?" in page
        assert "the big one" in page
        assert not ChannelRule.objects.exists()

    def test_a_saved_rule_is_the_first(self, analyst):
        analyst.post("/settings/channels/", {"field": "referrer", "pattern": "google", "channel": "mine"})
        assert ChannelRule.objects.first().channel == "mine"

    @pytest.mark.parametrize("button", ["try", "save"])
    def test_what_is_no_pattern_is_said(self, analyst, button):
        answer = analyst.post("/settings/channels/", {"field": "referrer", "pattern": "(", "channel": "x", button: ""})
        assert answer.status_code == 400
        assert "no regular expression" in answer.content.decode()

    def test_move_edit_delete(self, analyst):
        ensure_default_rules()
        first, second = ChannelRule.objects.all()[:2]
        analyst.post(reverse("channel_rule_move", args=[second.pk]), {"up": ""})
        assert ChannelRule.objects.first() == second
        analyst.post(reverse("channel_rule", args=[first.pk]), {"field": "referrer", "pattern": "x", "channel": "new"})
        assert ChannelRule.objects.get(pk=first.pk).channel == "new"
        analyst.post(reverse("channel_rule_delete", args=[first.pk]))
        assert not ChannelRule.objects.filter(pk=first.pk).exists()


@pytest.mark.parametrize("path", ["/people/", f"/people/{ADA}/", "/settings/channels/"])
def test_pages_hold_no_inline_style_or_script(admin, people, path):  # noqa: F811
    page = admin.get(path).content.decode()
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<script>" not in page
