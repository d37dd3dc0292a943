"""What a reader is told when a question could not be answered in time."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from analytics.store.engine import OutOfMemory
from analytics.store.pool import QueryCancelled, QueryProcessDied, QueryTooLong
from productops.lib.problems import API, problem_json

RETRY_AFTER_SECONDS = 30


class UnansweredQuestions:
    """Turns a query that ran out of time or memory, was cancelled or lost its process into an answer that says so.

    To people it is a page, to programs a problem document.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, QueryTooLong | OutOfMemory | QueryCancelled | QueryProcessDied):
            return None
        too_long = isinstance(error, QueryTooLong | OutOfMemory)
        if request.path.startswith(API):
            answer: HttpResponse = problem_json(
                503,
                _("The answer needed more time or memory than a query may. Ask for less, or try again later.")
                if too_long
                else _("The query was ended before it had an answer. Try again."),
            )
        else:
            answer = render(request, "503.html", {"too_long": too_long}, status=503)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
