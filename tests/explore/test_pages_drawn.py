"""A page's cards are kept as they were drawn, for those who ask the same of the same data."""

from datetime import date

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore import answering, kept
from analytics.explore.models import Annotation
from analytics.explore.pages.kinds import PAGES
from analytics.store.pool import QueryCancelled
from analytics.store.version import DataVersion
from productops.lib import drawn
from productops.lib.models import Role
from tests.explore.pages_world import DAYS
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world", "keeping")]


@pytest.fixture
def keeping(small_world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawn, "KEPT_SECONDS", 60)
    cache.clear()


def is_built(client: Client, address: str) -> bool:
    return "cards" in client.get(address).context


def body(client: Client, address: str) -> str:
    return str(client.get(address).context["result"])


@pytest.mark.parametrize("kind", PAGES)
def test_the_same_is_drawn_once(viewer: Client, kind: str) -> None:
    address = f"/explore/{kind}/?{DAYS}"
    first = body(viewer, address)
    assert not is_built(viewer, address)
    assert body(viewer, address) == first
    assert is_built(viewer, f"{address}&tz=Europe/Berlin")


@pytest.mark.parametrize("kind", PAGES)
def test_what_is_kept_costs_few_queries(viewer: Client, kind: str) -> None:
    address = f"/explore/{kind}/?{DAYS}"
    viewer.get(address)
    with CaptureQueriesContext(connection) as asked:
        viewer.get(address)
    # Session, reader, segments, what the data is by now, what happened, features, dictionary, saved ones; the goals of
    # a first question with their events; features with their rules.
    assert len(asked) == {"funnel": 10, "retention": 10, "adoption": 9}.get(kind, 8)


def test_readers_of_each_role_have_their_own(viewer: Client, log_in: LogIn) -> None:
    address = f"/explore/trend/?{DAYS}"
    for role, leads in ((Role.VIEWER, False), (Role.ANALYST, True), (Role.VIEWER, False)):
        assert ("/explore/trend/people/" in body(log_in(role), address)) == leads


def test_new_data_and_new_annotations_are_seen(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/explore/trend/?{DAYS}"
    assert is_built(viewer, address)
    one = Annotation.objects.create(day=date(2025, 3, 12), text="Release 4", kind="release")
    assert "Release 4" in body(viewer, address)
    Annotation.objects.filter(pk=one.pk).update(text="Release 5")
    assert "Release 5" in body(viewer, address)
    monkeypatch.setattr(kept, "data_version", lambda: DataVersion("another", 1))
    assert is_built(viewer, address)


def test_who_somebody_is_is_not_kept(log_in: LogIn) -> None:
    address = f"/explore/trend/?{DAYS}&breakdown=person.email"
    analyst = log_in(Role.ANALYST)
    assert is_built(analyst, address)
    assert is_built(analyst, address)


def test_the_row_of_filters_is_kept_only_without_what_was_typed(log_in: LogIn, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_drawings: list[str] = []
    keep = drawn.Drawn.keep
    monkeypatch.setattr(drawn.Drawn, "keep", lambda self, one: keep(self, kept_drawings.append(one) or one))
    analyst = log_in(Role.ANALYST)
    typed = "filters.0.property=person.email&filters.0.operator=is&filters.0.value=ada@example.com"
    for address in (
        f"/explore/trend/?{DAYS}&{typed}",
        "/product/activity/?f=account:is:ada@example.com&q=ada@example.com",
    ):
        assert "ada@example.com" in analyst.get(address).content.decode()
    assert not any("ada@example.com" in one for one in kept_drawings)
    analyst.get(f"/explore/trend/?{DAYS}")
    assert any('class="filters"' in one for one in kept_drawings)


def test_what_has_no_answer_is_not_kept(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"/explore/trend/?{DAYS}"

    def cancelled(*args: object) -> None:
        raise QueryCancelled

    with monkeypatch.context() as patched:
        patched.setattr(answering, "answer", cancelled)
        assert "ended before it had an answer" in body(viewer, address)
    assert "ended before it had an answer" not in body(viewer, address)


def test_a_form_shows_the_zone_as_it_was_typed(viewer: Client) -> None:
    address = f"/explore/trend/?{DAYS}"
    for typed in ("", "UTC", ""):
        assert f'name="tz" value="{typed}"' in viewer.get(f"{address}&tz={typed}").content.decode()
