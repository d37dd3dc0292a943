"""Errors as RFC 9457 problem documents: type, title, status, detail, errors."""

from http import HTTPStatus
from typing import Any

from django.http import JsonResponse
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, errors: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    title = HTTPStatus(status).phrase
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    return {**document, "errors": errors} if errors else document


def problem_json(status: int, detail: str, **kwargs: Any) -> JsonResponse:
    return JsonResponse(problem(status, detail, **kwargs), status=status, content_type=MEDIA_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: its own answer's status and headers, with a problem document as body."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        fields = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
        body = problem(response.status_code, "The request is not valid; see errors.", errors=fields)
    else:
        detail = error.detail if isinstance(error, APIException) else response.data.get("detail", "")
        body = problem(response.status_code, str(detail))
    response.data = body
    response.content_type = MEDIA_TYPE
    return response
