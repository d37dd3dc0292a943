"""Errors of the API are problem documents as of RFC 9457, whatever format was asked for."""

import json

import pytest
from django.http import Http404
from rest_framework.exceptions import NotAuthenticated, Throttled, ValidationError

from productops.lib.problems import problem_json, problem_response


def answer_to(error: Exception) -> tuple[dict, object]:
    response = problem_response(error, {})
    assert response["Content-Type"] == "application/problem+json"
    document = json.loads(response.content)
    assert document["status"] == response.status_code
    return document, response


def test_a_wrong_field_is_named():
    document, _ = answer_to(ValidationError({"grain": ["Not a valid choice."]}))
    assert (document["title"], document["status"]) == ("Bad Request", 400)
    assert document["errors"] == {"grain": ["Not a valid choice."]}


def test_a_wrong_whole_is_an_error_without_a_field():
    document, _ = answer_to(ValidationError("from is after to"))
    assert document["errors"] == {"non_field_errors": ["from is after to"]}


def test_what_is_not_there():
    document, _ = answer_to(Http404())
    assert (document["type"], document["title"], document["status"]) == ("about:blank", "Not Found", 404)
    assert "errors" not in document


def test_headers_of_the_answer_are_kept():
    _, response = answer_to(Throttled(wait=7))
    assert response["Retry-After"] == "7"
    error = NotAuthenticated()
    error.auth_header = "Bearer"
    _, response = answer_to(error)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_fault_of_ours_is_not_dressed_up():
    assert problem_response(ZeroDivisionError(), {}) is None


@pytest.mark.parametrize("status", [400, 413, 503])
def test_members_are_added(status):
    document = json.loads(problem_json(status, "too much", limit=5).content)
    assert document["limit"] == 5
    assert document["status"] == status


@pytest.mark.django_db
def test_an_address_that_leads_nowhere_is_a_problem_to_programs_and_a_page_to_people(client):
    answer = client.get("/api/nowhere/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    answer = client.get("/nowhere/")
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (404, "text/html")
