"""Explore: a page for each kind of analysis, its cards as files, and the people behind its figures."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ValidationError

from analytics.dashboards.freshness import freshness
from analytics.dashboards.people.timeline import Slice
from analytics.dashboards.people.windows import Window
from analytics.explore import answering
from analytics.explore.analyses import BY_KIND
from analytics.explore.behind import described
from analytics.explore.models import PeopleSegment, SavedAnalysis
from analytics.explore.pages import forms, states
from analytics.explore.pages.checking import checked
from analytics.explore.pages.inquiry import Inquiry, Page
from analytics.explore.pages.kinds import PAGES
from analytics.explore.pages.names import known_names
from analytics.explore.pages.states import State
from analytics.explore.saved import services
from analytics.explore.saved.serializers import SavedRequestSerializer
from analytics.explore.segments.queries import is_personal
from analytics.store import pool
from productops.lib.cards import Tab
from productops.lib.downloads import download
from productops.lib.exports import csv_response
from productops.lib.models import Role, record
from productops.lib.periods import KNOWN, Filters, parse
from productops.lib.roles import request_has_role, role_required, user_of

OF_NO_STATE = ("do", "card", "format", "point", "report")
KEPT_BETWEEN_KINDS = ("from", "to", "range", "tz", "seg", "filters")
# Offered; any other IANA name may be typed.
ZONES = (
    "UTC", "America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo",
    "Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Athens", "Africa/Lagos", "Africa/Nairobi",
    "Asia/Dubai", "Asia/Kolkata", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney",
    "Pacific/Auckland",
)  # fmt: skip
# What of a body is chosen in the filter row, and what it is called there.
IN_FILTER_ROW = {"from": "from", "to": "to", "timezone": "tz", "segment": "seg", "grain": "grain"}
SAVED_OFFERED = 30
PEOPLE_PER_PAGE = 50
MOST_EXPORTED = 100_000
ROWS_PER_QUERY = 500
VALUES_OFFERED = 50


@role_required(Role.VIEWER)
def explore(request: HttpRequest) -> HttpResponse:
    first = next(iter(PAGES))
    return redirect(f"{reverse('explore_kind', args=[first])}?{request.GET.urlencode()}".rstrip("?"))


@role_required(Role.VIEWER)
def explore_kind(request: HttpRequest, kind: str) -> HttpResponseBase:
    page = _page(kind)
    pairs = pairs_of(request)
    state = states.unflattened(pairs)
    if edit := request.GET.get("do", ""):
        return _edited(request, page, state, edit)
    filters = filters_of(request, page)
    inquiry, warnings = inquire(request, page, state, filters, pairs)
    cards = inquiry.cards(page.parts(inquiry))
    if "card" in request.GET:
        return download(cards, request.GET["card"], request.GET.get("format", ""))
    fresh = freshness()
    built = [build() for build in cards.values()] if fresh else []
    names = known_names(personal=inquiry.may_see_people)
    context = {
        "title": page.label,
        "crumb": _("Explore"),
        "filters": replace(filters, warnings=(*filters.warnings, *warnings, *inquiry.unseen())),
        "freshness": fresh,
        "tabs_row": tabs(request, kind),
        "kind": kind,
        "query": urlencode(pairs),
        "saved": saved_for(request).order_by("-pinned", "name")[:SAVED_OFFERED] if fresh else [],
        "form": forms.bound(page.form, shown(page, state), names),
        "operators": forms.OPERATORS,
        "may_save": inquiry.may_see_people,
        "zones": ZONES,
        "kept": [pair for pair in pairs if pair[0].partition(".")[0] in KNOWN and pair[0] != "tz"],
        "cards": built,
    }
    return render(request, "explore/page.html", context)


@role_required(Role.VIEWER)
def explore_saved(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved analysis, at the address of its question."""
    saved = get_object_or_404(saved_for(request), pk=pk)
    page = _page(saved.kind)
    state = page.state_of({name: value for name, value in saved.body.items() if name not in IN_FILTER_ROW})
    row = {IN_FILTER_ROW[name]: value for name, value in saved.body.items() if name in IN_FILTER_ROW and value}
    asked = urlencode(list(states.flattened({**state, **row})))
    return redirect(f"{reverse('explore_kind', args=[saved.kind])}?{asked}")


@require_POST
@role_required(Role.ANALYST)
def explore_save(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the question of a page, whose state is the query string, for oneself and others."""
    page = _page(kind)
    pairs = pairs_of(request)
    inquiry, _warnings = inquire(request, page, states.unflattened(pairs), filters_of(request, page), pairs)
    pinned = "pinned" in request.POST
    asked = {"name": request.POST.get("name", ""), "kind": kind, "body": inquiry.body, "pinned": pinned}
    form = SavedRequestSerializer(data=asked)
    if not form.is_valid():
        messages.error(request, _("An analysis is saved under a name of 1 to 100 characters."))
        return redirect(f"{reverse('explore_kind', args=[kind])}?{urlencode(pairs)}")
    saved = services.save_analysis(values=form.validated_data, user=user_of(request))
    messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    return redirect("explore_saved", saved.pk)


def saved_for(request: HttpRequest) -> QuerySet[SavedAnalysis]:
    """The analyses that a reader may open: those that are shared, and their own."""
    found = SavedAnalysis.objects.filter(kind__in=PAGES)
    if request_has_role(request, Role.ADMIN):
        return found
    return found.filter(Q(shared=True) | Q(owner=user_of(request)))


@role_required(Role.ANALYST)
def explore_people(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The people behind one figure of a page, whose state and ``point`` are the query string."""
    page = _page(kind)
    pairs = pairs_of(request)
    state = states.unflattened(pairs)
    filters = filters_of(request, page)
    inquiry, _warnings = inquire(request, page, state, filters, pairs)
    point = states.unflattened((name, str(value)) for name, value in request.GET.items()).get("point")
    asked = page.asked_of(inquiry.body, point if isinstance(point, dict) else {})
    body = BY_KIND[kind].people(data={**asked, "point": point})
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
    kept = [pair for pair in pairs if pair[0] != "page"]
    context = {
        "title": _("People behind a figure"),
        "back": f"{reverse('explore_kind', args=[kind])}?{urlencode(kept)}",
        "back_label": page.label,
        "page": Paginator(Window(fetch, number, PEOPLE_PER_PAGE), PEOPLE_PER_PAGE).get_page(number),
        "point": [(name, value) for name, value in states.flattened(point)],
    }
    return render(request, "explore/people.html", context)


@role_required(Role.VIEWER)
def example_values(request: HttpRequest) -> JsonResponse:
    """Examples of a property's values, for a form that asks for them while it is filled in."""
    names = known_names(personal=request_has_role(request, Role.ANALYST))
    return JsonResponse({"values": names.properties.get(request.GET.get("property", ""), [])[:VALUES_OFFERED]})


def _csv_rows(people: list[int]) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(people), ROWS_PER_QUERY):
        for one in described(people[start : start + ROWS_PER_QUERY]):
            yield one["id"], " ".join(one["ids"]), one["name"]


def _page(kind: str) -> Page:
    if kind not in PAGES:
        raise Http404(kind)
    return PAGES[kind]


def pairs_of(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """The query string without what is done with the view rather than part of it."""
    return tuple(
        (name, value)
        for name, values in request.GET.lists()
        if name.partition(".")[0] not in OF_NO_STATE
        for value in values
    )


def filters_of(request: HttpRequest, page: Page) -> Filters:
    zone = settings.PROJECT_TIME_ZONE
    options = replace(page.options, segments=segments_for(request))
    return parse(request.GET, today=timezone.now().astimezone(ZoneInfo(zone)).date(), zone=zone, options=options)


def segments_for(request: HttpRequest) -> list[tuple[str, str]]:
    """The segments a reader may ask about: not everybody may see by what some tell people apart."""
    segments = PeopleSegment.objects.values_list("pk", "name", "definition")
    known = {pk: definition for pk, _name, definition in segments}
    all_of_them = request_has_role(request, Role.ANALYST)
    return [(str(pk), name) for pk, name, _definition in segments if all_of_them or not is_personal(pk, known)]


def shown(page: Page, state: State) -> State:
    """The state of a page, with those parts of its first one of which nothing is chosen."""
    return {**page.first(), **state}


def inquire(
    request: HttpRequest, page: Page, state: State, filters: Filters, pairs: tuple[tuple[str, str], ...]
) -> tuple[Inquiry, list[str]]:
    """What is asked, and a sentence for each part of the query string that couldn't be.

    Raises PermissionDenied where it is asked by what tells who somebody is, and the reader may not.
    """
    may_see_people = request_has_role(request, Role.ANALYST)
    of_all = {"from": filters.first.isoformat(), "to": filters.last.isoformat(), "timezone": filters.zone}
    if filters.segment:
        of_all["segment"] = filters.segment
    wanted, usual = page.body(shown(page, state), filters), page.body(page.first(), filters)
    body, serializer, warnings = checked(BY_KIND[page.kind].request, {**wanted, **of_all}, {**usual, **of_all})
    if serializer.personal_properties() and not may_see_people:
        raise PermissionDenied(_("Only analysts may ask by what tells who somebody is."))
    return Inquiry(page.kind, body, filters, pairs, may_see_people), warnings


def _edited(request: HttpRequest, page: Page, state: State, edit: str) -> HttpResponse:
    """The view after a row was added, taken out or moved, at its own address."""
    place = edit.partition(":")[2]
    blank = "property" if place.endswith("filters") else "event"
    changed = states.edited(shown(page, state), edit, blank)
    return redirect(f"{request.path}?{urlencode(list(states.flattened(changed)))}#clauses")


def tabs(request: HttpRequest, kind: str) -> list[Tab]:
    """The other kinds, on the same days and with the same filters."""
    kept = urlencode([pair for pair in pairs_of(request) if pair[0].partition(".")[0] in KEPT_BETWEEN_KINDS])
    return [
        Tab(str(page.label), f"{reverse('explore_kind', args=[page.kind])}?{kept}".rstrip("?"), page.kind == kind)
        for page in PAGES.values()
    ]
