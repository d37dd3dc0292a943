"""The people behind one figure of a page, as a list and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ValidationError

from analytics.dashboards.people.timeline import Slice
from analytics.dashboards.people.windows import Window
from analytics.explore import answering
from analytics.explore.analyses import BY_KIND
from analytics.explore.behind import described
from analytics.explore.pages import points, states
from analytics.explore.pages.asked import Asked, asked_by
from analytics.explore.pages.segments.naming import NameForm
from analytics.explore.requests.base import PeopleSerializer
from analytics.explore.segments.lists import MOST_MEMBERS, found_by_numbers
from analytics.explore.segments.services import make_static
from analytics.store import pool
from productops.lib.exports import csv_response
from productops.lib.models import Role, record
from productops.lib.roles import role_required, user_of

PEOPLE_PER_PAGE = 50
MOST_EXPORTED = 100_000
ROWS_PER_QUERY = 500


@dataclass(frozen=True)
class Figure:
    """One figure of a page, whose state and ``point`` are the query string."""

    asked: Asked
    body: PeopleSerializer
    point: Any

    def people(self, offset: int, limit: int) -> tuple[int, list[int]]:
        """How many are behind it, and some of them. Raises what ``pool.ask`` raises."""
        return pool.ask(answering.people, self.asked.page.kind, self.body.question(), self.point, offset, limit)


def _figure(request: HttpRequest, kind: str) -> Figure:
    asked = asked_by(request, kind)
    point = states.unflattened((name, str(value)) for name, value in request.GET.items()).get("point")
    question = asked.page.asked_of(asked.inquiry.body, point if isinstance(point, dict) else {})
    body = BY_KIND[kind].people(data={**question, "point": point})
    try:
        body.is_valid(raise_exception=True)
        return Figure(asked, body, body.point_asked())
    except ValidationError as problem:
        raise Http404("No figure of this analysis is there.") from problem


@role_required(Role.ANALYST)
def explore_people(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The people behind one figure, as a list or as a file."""
    figure = _figure(request, kind)
    if request.GET.get("format") == "csv":
        count, people = figure.people(0, MOST_EXPORTED)
        record(user_of(request), "people.export_list", f"explore/{kind}", people=min(count, MOST_EXPORTED))
        return csv_response("people.csv", ("id", "ids", "name"), csv_rows(people))

    def fetch(offset: int, limit: int) -> Slice:
        count, people = figure.people(offset, limit)
        return Slice(described(people), count)

    number = request.GET.get("page")
    kept = [pair for pair in figure.asked.inquiry.pairs if pair[0] != "page"]
    context = {
        "title": _("People behind a figure"),
        "back": f"{reverse('explore_kind', args=[kind])}?{urlencode(kept)}",
        "back_label": figure.asked.page.label,
        "page": Paginator(Window(fetch, number, PEOPLE_PER_PAGE), PEOPLE_PER_PAGE).get_page(number),
        "point": points.told(kind, figure.body, figure.asked.filters.today),
    }
    context["keep"] = f"{reverse('explore_people_keep', args=[kind])}?{request.GET.urlencode()}"
    return render(request, "explore/people.html", context)


@require_POST
@role_required(Role.ANALYST)
def explore_people_keep(request: HttpRequest, kind: str) -> HttpResponse:
    """A list of the people behind one figure, as a segment."""
    figure, sent = _figure(request, kind), NameForm(request.POST)
    back = f"{reverse('explore_people', args=[kind])}?{request.GET.urlencode()}"
    if not sent.is_valid():
        messages.error(request, " ".join(str(error) for errors in sent.errors.values() for error in errors))
        return redirect(back)
    count, people = figure.people(0, MOST_MEMBERS)
    if count > MOST_MEMBERS:
        messages.error(request, _("A list holds at most %(most)d people.") % {"most": MOST_MEMBERS})
        return redirect(back)
    found = found_by_numbers(people)
    made = make_static(**sent.cleaned_data, identities=found.identities, user=user_of(request))
    messages.success(request, _("Saved. Every analysis can be asked of these people now."))
    return redirect("segment", made.pk)


def csv_rows(people: list[int]) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(people), ROWS_PER_QUERY):
        for one in described(people[start : start + ROWS_PER_QUERY]):
            yield one["id"], " ".join(one["ids"]), one["name"]
