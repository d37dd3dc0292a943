"""A page whose answers aren't there yet is sent at once, and its script fetches the rest."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore import answering
from analytics.explore.asking import Asking
from analytics.explore.models import Run
from analytics.explore.pages.kinds import PAGES
from analytics.store.pool import QueryCancelled
from productops.lib.models import Role, User
from tests.explore.pages_world import DAYS, cards, plain
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


@pytest.fixture
def scripted(viewer: Client) -> Client:
    """A client whose browser has run the portal's script."""
    cache.clear()
    viewer.cookies["js"] = "1"
    return viewer


@pytest.mark.parametrize("kind", PAGES)
def test_what_follows_is_what_would_have_been_waited_for(scripted: Client, log_in: LogIn, kind: str) -> None:
    page = scripted.get(f"/explore/{kind}/?{DAYS}")
    waiting = page.context["waiting"]
    assert not page.context["result"]
    followed = scripted.get(waiting.result).context["cards"]
    assert [card.key for card in followed] == [key for key, _part in waiting.parts]
    assert [card.question for card in followed] == [part.question for _key, part in waiting.parts]
    waited = cards(log_in(Role.VIEWER), kind)
    assert {card.key: plain(card) for card in followed} == {key: plain(card) for key, card in waited.items()}
    assert {card.key: card.csv for card in followed} == {key: card.csv for key, card in waited.items()}
    assert scripted.get(f"/explore/{kind}/?{DAYS}").context["waiting"] is None


@pytest.mark.parametrize("kind", PAGES)
def test_the_sql_is_written_for_those_who_look_at_it(
    scripted: Client, log_in: LogIn, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Not even those who wait for a page's figures wait for it; who comes without scripts finds it in the page."""

    def written(asking: Asking) -> str:
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(Asking, "text", property(written))
        followed = scripted.get(scripted.get(f"/explore/{kind}/?{DAYS}").context["waiting"].result).context["cards"]
    assert not any(card.sql or any(tab.current for tab in card.sql_tabs) for card in followed)
    addresses = {card.key: card.sql_tabs[0].href.partition("#")[0] for card in followed}
    fetched = {key: scripted.get(f"/explore/{kind}/sql/{asked}").content.decode() for key, asked in addresses.items()}
    waited = cards(log_in(Role.VIEWER), kind)
    assert {key: {"DuckDB": text} for key, text in fetched.items()} == {key: card.sql for key, card in waited.items()}
    assert all("SELECT" in text for text in fetched.values())


def test_nothing_is_asked_for_the_page_itself(scripted: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(answering, "answer", asked)
    with CaptureQueriesContext(connection) as queries:
        page = scripted.get(f"/explore/funnel/?{DAYS}")
    assert "Working it out" in page.content.decode()
    # Session, reader, segments, goals and their events, what the data is by now, marks, dictionary, features, saved
    # ones.
    assert len(queries) == 10


def test_files_and_those_who_wait_get_all_of_it(scripted: Client) -> None:
    file = scripted.get(f"/explore/trend/?{DAYS}&card=trend&format=csv")
    assert b"".join(file.streaming_content)
    cache.clear()
    assert scripted.get(f"/explore/trend/?{DAYS}&wait=1").context["cards"]


def test_what_is_unknown_is_said_with_the_result(scripted: Client) -> None:
    page = scripted.get(f"/explore/trend/?{DAYS}&series.0.event=never_sent")
    result = scripted.get(page.context["waiting"].result).content.decode()
    assert "Nothing called “never_sent” was ever sent." in result


def test_only_who_asked_cancels(scripted: Client, log_in: LogIn) -> None:
    cancel = scripted.get(f"/explore/trend/?{DAYS}").context["waiting"].cancel
    run = Run.objects.create(pk=cancel.split("/")[-3], user=User.objects.get(role=Role.VIEWER))
    for client, withdrawn in ((log_in(Role.ADMIN), False), (scripted, True)):
        assert client.post(cancel).status_code == 204
        run.refresh_from_db()
        assert run.withdrawn == withdrawn
    assert scripted.get(cancel).status_code == 405


def test_a_cancelled_result_offers_to_try_again(scripted: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def cancelled(*args: object) -> None:
        raise QueryCancelled

    monkeypatch.setattr(answering, "answer", cancelled)
    (card,) = scripted.get(f"/explore/trend/result/?{DAYS}&run=mine").context["cards"]
    assert card.state.text == "The query was ended before it had an answer."
    assert card.state.link.href == "/explore/trend/?from=2025-03-03&to=2025-03-30"


def test_what_is_cancelled_before_it_begins_is_not_asked(scripted: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr(answering, "answer", asked)
    waiting = scripted.get(f"/explore/funnel/?{DAYS}").context["waiting"]
    assert scripted.post(waiting.cancel).status_code == 204
    states = {card.state.text for card in scripted.get(waiting.result).context["cards"]}
    assert states == {"The query was ended before it had an answer."}
