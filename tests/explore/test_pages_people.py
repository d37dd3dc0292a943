"""Behind each figure of a page are as many people, for those who may see them."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore.pages.kinds import PAGES
from productops.lib.cards import Card
from productops.lib.cells import Behind, Heat
from productops.lib.models import Role
from tests.explore.pages_world import DAYS, cards
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


def links_to_people(card: Card) -> Iterator[tuple[str, int]]:
    for row in card.table.rows:
        for cell in row:
            if isinstance(cell, Behind):
                yield cell.href, int(cell.value)
            elif isinstance(cell, Heat) and cell.href:
                yield cell.href, int(re.match("[0-9]+", cell.title)[0])


@pytest.mark.parametrize("kind", PAGES)
def test_behind_every_figure_are_as_many_people(log_in: LogIn, kind: str) -> None:
    analyst = log_in(Role.ANALYST)
    query = f"{DAYS}&vs=none"
    if kind == "funnel":
        query += "&breakdown.property=platform"
    followed = 0
    for card in cards(analyst, kind, query).values():
        for href, count in links_to_people(card):
            assert analyst.get(href).context["page"].paginator.count == count, href
            followed += 1
    assert followed


@pytest.mark.parametrize("kind", PAGES)
def test_viewers_are_led_to_nobody(viewer: Client, kind: str) -> None:
    for card in cards(viewer, kind).values():
        assert not list(links_to_people(card))
    assert f"/explore/{kind}/people/" not in viewer.get(f"/explore/{kind}/?{DAYS}").content.decode()
    assert viewer.get(f"/explore/{kind}/people/?{DAYS}").status_code == 403


@pytest.mark.parametrize("kind", PAGES)
def test_a_list_of_people_asks_the_database_a_few_times_only(log_in: LogIn, kind: str) -> None:
    analyst = log_in(Role.ANALYST)
    href = next(href for card in cards(analyst, kind, f"{DAYS}&vs=none").values() for href, _ in links_to_people(card))
    with CaptureQueriesContext(connection) as asked:
        assert analyst.get(href).context["page"].paginator.count
    # Session, reader, segments, who they are; the goals of a first question with their events; features.
    assert len(asked) == {"funnel": 6, "retention": 6, "adoption": 5}.get(kind, 4)
