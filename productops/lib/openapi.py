"""What the description of the API says of every endpoint: how one is known, and how errors look."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from productops.lib.problems import MEDIA_TYPE

PROBLEM = {
    "type": "object",
    "description": "A problem document as of RFC 9457.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "description": "What is wrong, by field."},
    },
    "required": ["type", "title", "status", "detail"],
    "example": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "The request is not valid; see errors.",
        "errors": {"grain": ['"hour" is not a valid choice.']},
    },
}
ANYWHERE = (400, 401, 403, 404, 406, 429)
WITH_A_BODY = (413, 415)


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "productops.lib.tokens.BearerTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of the page Data › API tokens."}


def describe_problems(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Give every operation the errors it may answer with."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            statuses = ANYWHERE + (WITH_A_BODY if "requestBody" in operation else ())
            for status in statuses:
                operation["responses"][str(status)] = _problem(HTTPStatus(status))
    return result


def _problem(status: HTTPStatus) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": status.phrase, "content": content}
