"""The people behind one figure of a page, as a list and as a file."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from analytics.dashboards.people.timeline import Slice
from analytics.dashboards.people.windows import Window
from analytics.explore import answering
from analytics.explore.analyses import BY_KIND
from analytics.explore.behind import described
from analytics.explore.pages import states
from analytics.explore.pages.asked import asked_by
from analytics.store import pool
from productops.lib.exports import csv_response
from productops.lib.models import Role, record
from productops.lib.roles import role_required, user_of

PEOPLE_PER_PAGE = 50
MOST_EXPORTED = 100_000
ROWS_PER_QUERY = 500


@role_required(Role.ANALYST)
def explore_people(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The people behind one figure of a page, whose state and ``point`` are the query string."""
    asked = asked_by(request, kind)
    page, inquiry = asked.page, asked.inquiry
    point = states.unflattened((name, str(value)) for name, value in request.GET.items()).get("point")
    question = page.asked_of(inquiry.body, point if isinstance(point, dict) else {})
    body = BY_KIND[kind].people(data={**question, "point": point})
    try:
        body.is_valid(raise_exception=True)
        figure = body.point_asked()
    except ValidationError as problem:
        raise Http404("No figure of this analysis is there.") from problem

    if request.GET.get("format") == "csv":
        count, people = pool.ask(answering.people, kind, body.question(), figure, 0, MOST_EXPORTED)
        record(user_of(request), "people.export_list", f"explore/{kind}", people=min(count, MOST_EXPORTED))
        return csv_response("people.csv", ("id", "ids", "name"), _csv_rows(people))

    def fetch(offset: int, limit: int) -> Slice:
        count, people = pool.ask(answering.people, kind, body.question(), figure, offset, limit)
        return Slice(described(people), count)

    number = request.GET.get("page")
    kept = [pair for pair in inquiry.pairs if pair[0] != "page"]
    context = {
        "title": _("People behind a figure"),
        "back": f"{reverse('explore_kind', args=[kind])}?{urlencode(kept)}",
        "back_label": page.label,
        "page": Paginator(Window(fetch, number, PEOPLE_PER_PAGE), PEOPLE_PER_PAGE).get_page(number),
        "point": [(name, value) for name, value in states.flattened(point)],
    }
    return render(request, "explore/people.html", context)


def _csv_rows(people: list[int]) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(people), ROWS_PER_QUERY):
        for one in described(people[start : start + ROWS_PER_QUERY]):
            yield one["id"], " ".join(one["ids"]), one["name"]
