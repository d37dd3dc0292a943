"""Errors as RFC 9457 problem documents: type, title, status, detail, errors."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.views import exception_handler

API = "/api/"
MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, errors: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return {**document, "errors": errors} if errors else document


def problem_json(status: int, detail: str, **members: Any) -> JsonResponse:
    return JsonResponse(problem(status, detail, **members), status=status, content_type=MEDIA_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler: its own answer's status and headers, with a problem document as body.

    Always JSON: whoever asked for CSV or YAML gets the reason in a form that says what it is.
    """
    answer = exception_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        response = problem_json(answer.status_code, "The request is not valid; see errors.", errors=fields)
    else:
        detail = error.detail if isinstance(error, APIException) else answer.data.get("detail", "")
        response = problem_json(answer.status_code, str(detail))
    for name, value in answer.items():
        response.setdefault(name, value)
    return response


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of addresses that lead nowhere: a page to people, a problem document to programs."""
    if request.path.startswith(API):
        return problem_json(404, _("Nothing is here."))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith(API):
        return problem_json(500, _("Something went wrong here. It has been logged."))
    return defaults.server_error(request)
