"""A page whose query finds no answer says so, and can be tried again."""

import pytest
from django.test import RequestFactory

from analytics.store.pool import QueryProcessDied, QueryTooLong
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
