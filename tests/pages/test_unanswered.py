"""A question that finds no answer is told so, and can be asked again."""

from collections.abc import Callable
from typing import NoReturn

import pytest
from django.test import Client, RequestFactory

from analytics.store import pool
from analytics.store.pool import QueryProcessDied, QueryTooLong
from productops.lib.models import User
from productops.pages.middleware import UnansweredQuestions


@pytest.mark.parametrize(("error", "words"), [(QueryTooLong(), "fewer days"), (QueryProcessDied(), "taken its place")])
def test_a_query_without_answer_is_a_503(error: Exception, words: str) -> None:
    middleware = UnansweredQuestions(lambda request: pytest.fail("not called"))
    answer = middleware.process_exception(RequestFactory().get("/"), error)
    assert answer is not None
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert words in answer.content.decode()


def test_other_errors_are_left_alone() -> None:
    middleware = UnansweredQuestions(lambda request: pytest.fail("not called"))
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None


@pytest.fixture
def out_of_time(monkeypatch: pytest.MonkeyPatch, make_user: Callable[..., User], client: Client) -> Client:
    """A reader whose every question takes too long."""

    def too_long(*args: object, **options: object) -> NoReturn:
        raise QueryTooLong

    monkeypatch.setattr(pool, "ask", too_long)
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
def test_programs_get_a_problem_document(out_of_time: Client) -> None:
    answer = out_of_time.get("/api/people/?format=json")
    assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")
    assert "Ask for less" in answer.json()["detail"]
    assert answer["Retry-After"] == "30"


@pytest.mark.django_db
def test_a_download_does_not_begin_without_its_answer(out_of_time: Client) -> None:
    answer = out_of_time.get("/people/?format=csv")
    assert (answer.status_code, "Content-Disposition" in answer) == (503, False)
    assert "fewer days" in answer.content.decode()
