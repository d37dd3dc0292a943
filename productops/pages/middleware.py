"""What a reader is told when a page's question could not be answered in time."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from analytics.store.pool import QueryCancelled, QueryProcessDied, QueryTooLong

RETRY_AFTER_SECONDS = 30


class UnansweredQuestions:
    """Turns a query that ran out of time, was cancelled or lost its process into a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, QueryTooLong | QueryCancelled | QueryProcessDied):
            return None
        answer = render(request, "503.html", {"too_long": isinstance(error, QueryTooLong)}, status=503)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
