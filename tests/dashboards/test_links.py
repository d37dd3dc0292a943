"""Every link of every page, followed by readers of each role."""

from collections import deque
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client

from analytics.collect.models import DeadLetter, Source
from analytics.rollups.models import EventDefinition, QualityFinding, TaskRun
from productops.lib.models import Role
from tests.lib.staff import LogIn

pytestmark = pytest.mark.django_db


class Links(HTMLParser):
    """The addresses of a page's links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def kind_of(address: str) -> tuple[str, tuple[str, ...]]:
    """Path and names of parameters: of links that differ in values only, one is followed.

    Of analyses one each: their questions have as many parameters as one likes.
    """
    parts = urlsplit(address)
    if parts.path.startswith("/explore/"):
        return parts.path, ()
    return parts.path, tuple(sorted({name for name, _value in parse_qsl(parts.query)}))


def follow_all(client: Client) -> dict[str, str]:
    """From the overview on, every page by its address; each answers."""
    waiting, seen, pages = deque([("/", "")]), set(), {}
    while waiting:
        address, found_on = waiting.popleft()
        if kind_of(address) in seen or urlsplit(address).netloc:
            continue
        seen.add(kind_of(address))
        answer = client.get(address, follow=True)
        assert answer.status_code < 400, f"{address} on {found_on}: {answer.status_code}"
        if not answer.streaming and answer["Content-Type"].startswith("text/html"):
            text = pages[address] = answer.content.decode()
            waiting.extend((urljoin(address, link), address) for link in Links(text).found)
    return pages


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.ADMIN])
def test_before_the_first_event_every_link_leads_somewhere(log_in: LogIn, role: Role) -> None:
    cache.clear()
    pages = follow_all(log_in(role))
    assert {"/product/activity/", "/data/events/", "/run/health/"} <= pages.keys()
    assert ("/data/sources/" in pages) == (role == Role.ADMIN)


def test_of_a_product_in_use_every_link_leads_somewhere(log_in: LogIn, history: date) -> None:
    source = Source.objects.create(name="Web", platform="web")
    DeadLetter.objects.create(
        source=source, received_at=datetime.now(UTC), reason="no_event", detail="", path="", body=b""
    )
    QualityFinding.objects.create(check_name="volume", day=history, subject="seen", detail="Fewer than usual.")
    TaskRun.objects.create(task="night", state=TaskRun.State.FAILED)
    EventDefinition.objects.create(name="seen")  # the other event is not in the dictionary yet
    admin = follow_all(log_in(Role.ADMIN))  # what is drawn for an admin is not to be shown to others
    viewer = follow_all(log_in(Role.VIEWER))
    assert {"/metrics/dau/", "/data/events/seen/", "/product/acquisition/"} <= viewer.keys() <= admin.keys()
    assert {"/settings/channels/", "/data/sources/"} <= admin.keys()
    follow_all(log_in(Role.ANALYST))
