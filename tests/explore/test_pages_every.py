"""What holds for the pages of all kinds, whatever is asked of them."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from analytics.explore.pages.asked import asked_by
from analytics.explore.pages.inquiry import BY_KIND
from analytics.explore.pages.kinds import PAGES
from productops.lib.models import User
from tests.explore.pages_world import DAYS, cards, plain, sent_by

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


@pytest.mark.parametrize("kind", PAGES)
def test_the_form_of_a_page_asks_its_question_again(viewer: Client, kind: str) -> None:
    query = f"{DAYS}&filters.0.property=platform&filters.0.operator=is&filters.0.value=web&vs=none"
    text = viewer.get(f"/explore/{kind}/?{query}").content.decode()
    sent = sent_by(re.search(r'<form class="builder.*?</form>', text, re.DOTALL)[0])
    again = cards(viewer, kind, urlencode(sent))
    assert {key: plain(card) for key, card in again.items()} == {
        key: plain(card) for key, card in cards(viewer, kind, query).items()
    }


@pytest.mark.parametrize("kind", PAGES)
def test_every_card_is_told_in_full(viewer: Client, kind: str) -> None:
    """Its table, definition, SQL and files are in the page itself, without scripts."""
    page = viewer.get(f"/explore/{kind}/?{DAYS}").content.decode()
    for card in cards(viewer, kind).values():
        assert card.definition.text
        assert card.sql
        assert f'id="{card.key}"' in page
        for href in (card.csv, card.parquet):
            answer = viewer.get(f"/explore/{kind}/{href}")
            assert answer.status_code == 200
            assert b"".join(answer.streaming_content)
    assert not re.search(r"<[^>]*\s(?:style|on[a-z]+)\s*=", page)


@pytest.mark.parametrize("kind", PAGES)
def test_every_edit_of_a_form_can_be_made(viewer: Client, kind: str) -> None:
    page = viewer.get(f"/explore/{kind}/?{DAYS}").content.decode()
    for edit in re.findall(r'name="do" value="([^"]+)"', page):
        answer = viewer.get(f"/explore/{kind}/?{DAYS}&do={edit}", follow=True)
        assert answer.status_code == 200
        assert f'value="{edit}"' in page


HOSTILE = [
    "steps=x&start=y&selector=z&window=w&breakdown=b&exclusions=e&features=f&exclude=g",
    "steps.0=x&start.event.a=y&selector.filters=z&window.value=w&exclusions.0=e&features.0=f&exclude.0=g",
    "steps.0.event=a&steps.0.optional=true&window.value=-5&window.unit=aeon&occurrences=many&top=9&depth=0",
    "exclusions.0.event=a&exclusions.0.from_step=9&exclusions.0.to_step=x&brackets=7,1,x&order=wild",
    "breakdown.property=a%22b&breakdown.step=99&breakdown.attribution=mine&selector.filters.0.property=%00",
    "from=2025-03-30&to=2025-03-03&grain=aeon&seg=none&range=x",
    "&".join(f"steps.{index}.event=e{index}" for index in range(50)),
]


@pytest.mark.parametrize("kind", PAGES)
def test_hostile_query_strings_make_a_question(make_user, kind: str) -> None:
    for query in HOSTILE:
        request = RequestFactory().get(f"/explore/{kind}/?{query}")
        request.user = make_user("ada") if not User.objects.exists() else User.objects.get()
        asked = asked_by(request, kind)
        assert BY_KIND[kind].request(data=asked.inquiry.body).is_valid()
        assert all(isinstance(warning, str) for warning in asked.warnings)


@pytest.mark.parametrize("kind", PAGES)
def test_a_hostile_query_string_gets_an_answer(viewer: Client, kind: str) -> None:
    page = viewer.get(f"/explore/{kind}/?" + "&".join(HOSTILE))
    assert page.status_code == 200
    assert page.context["filters"].warnings


def answered_by(client: Client, kind: str) -> set[str]:
    """The SQL of each answer that a page's cards rest on."""
    return {sql for card in cards(client, kind).values() for sql in (card.sql or {}).values()}


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_asks_the_database_a_few_times_only(viewer: Client, kind: str) -> None:
    viewer.get(f"/explore/{kind}/")
    with CaptureQueriesContext(connection) as asked:
        viewer.get(f"/explore/{kind}/?{DAYS}")
    # Session, reader, segments, what the data is by now, dictionary, marks, features, saved ones, goals and their
    # events; and for each answer the dictionary.
    answers = len(answered_by(viewer, kind)) + 1  # and that of the days compared with
    assert len(asked) <= 10 + answers


def test_a_kind_that_is_none(viewer: Client) -> None:
    assert viewer.get("/explore/astrology/").status_code == 404
    assert viewer.get("/explore/").url == "/explore/trend/"
    assert viewer.get("/explore/?range=7d").url == "/explore/trend/?range=7d"


def test_other_kinds_keep_days_and_filters(viewer: Client) -> None:
    query = f"{DAYS}&series.0.event=a&filters.0.property=platform&filters.0.value=web"
    tabs = viewer.get(f"/explore/trend/?{query}").context["tabs_row"]
    kept = dict(parse_qsl(urlsplit(tabs[1].href).query))
    assert kept.keys() == {"from", "to", "filters.0.property", "filters.0.value"}
    assert [tab.label for tab in tabs if tab.current] == ["Trend"]
    assert [tab.href for tab in tabs[len(PAGES) :]] == ["/explore/segments/", "/explore/annotations/"]
