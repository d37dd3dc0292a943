"""Explore: a page for each kind of analysis, and its cards as files."""

from dataclasses import replace
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from analytics.dashboards.freshness import freshness
from analytics.explore.pages import states
from analytics.explore.pages.asked import asked_by, page_of, pairs_of
from analytics.explore.pages.drawing import drawn_form, drawn_result
from analytics.explore.pages.following import Waiting, can_follow
from analytics.explore.pages.inquiry import NotKnown
from analytics.explore.pages.kinds import PAGES, tabs
from analytics.explore.pages.names import known_names
from analytics.explore.pages.saving import saved_for
from analytics.explore.pages.spelling import DIALECTS
from productops.lib.downloads import download
from productops.lib.models import Role
from productops.lib.roles import request_has_role, role_required

SAVED_OFFERED = 30
VALUES_OFFERED = 50


@role_required(Role.VIEWER)
def explore(request: HttpRequest) -> HttpResponse:
    first = next(iter(PAGES))
    return redirect(f"{reverse('explore_kind', args=[first])}?{request.GET.urlencode()}".rstrip("?"))


@role_required(Role.VIEWER)
def explore_kind(request: HttpRequest, kind: str) -> HttpResponseBase:
    if edit := request.GET.get("do", ""):
        return _edited(request, kind, edit)
    asked = asked_by(request, kind)
    page, inquiry = asked.page, asked.inquiry
    if "card" in request.GET:
        return download(inquiry.cards(page.parts(inquiry)), request.GET["card"], request.GET.get("format", ""))
    fresh, result, waiting = freshness(inquiry.version.now), "", None
    follows = can_follow(request)
    try:
        if fresh:
            result = drawn_result(request, page, replace(inquiry, only_known=follows, with_sql=not follows))
    except NotKnown:
        waiting = Waiting.of(request, kind, page.parts(inquiry))
    context = {
        "title": page.label,
        "crumb": _("Explore"),
        "filters": replace(asked.filters, warnings=(*asked.filters.warnings, *asked.warnings)),
        "freshness": fresh,
        "tabs_row": tabs(inquiry.pairs, kind),
        "kind": kind,
        "query": urlencode(inquiry.pairs),
        "saved": saved_for(request).order_by("-pinned", "name")[:SAVED_OFFERED] if fresh else [],
        "form": drawn_form(request, asked),
        "may_save": inquiry.may_see_people,
        "result": result,
        "waiting": waiting,
    }
    return render(request, "explore/page.html", context)


@role_required(Role.VIEWER)
def explore_sql(request: HttpRequest, kind: str) -> HttpResponse:
    """The SQL of one card for one engine, for the page's script to show."""
    asked = asked_by(request, kind)
    card, _dot, dialect = request.GET.get("sql", "").partition(".")
    parts = asked.page.parts(asked.inquiry)
    if card not in parts or dialect not in DIALECTS:
        raise Http404(f"{card}.{dialect}")
    return HttpResponse(asked.inquiry.sql(parts[card].changes, dialect), content_type="text/plain; charset=utf-8")


@role_required(Role.VIEWER)
def example_values(request: HttpRequest) -> JsonResponse:
    """Examples of a property's values, for a form that asks for them while it is filled in."""
    names = known_names(personal=request_has_role(request, Role.ANALYST))
    return JsonResponse({"values": names.properties.get(request.GET.get("property", ""), [])[:VALUES_OFFERED]})


def _edited(request: HttpRequest, kind: str, edit: str) -> HttpResponse:
    """The view after a row was added, taken out or moved, at its own address."""
    place = edit.partition(":")[2]
    blank = "property" if place.endswith("filters") else "event"
    changed = states.edited({**page_of(kind).first(), **states.unflattened(pairs_of(request.GET))}, edit, blank)
    return redirect(f"{request.path}?{urlencode(list(states.flattened(changed)))}#clauses")
