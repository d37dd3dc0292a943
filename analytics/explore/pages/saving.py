"""Analyses that are kept: saving the question of a page, and opening one at the address of its question."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.explore.models import SavedAnalysis
from analytics.explore.pages.asked import asked_by, page_of
from analytics.explore.pages.kinds import PAGES
from analytics.explore.pages.states import State, flattened
from analytics.explore.saved import services
from analytics.explore.saved.serializers import SavedRequestSerializer
from productops.lib.models import Role
from productops.lib.roles import request_has_role, role_required, user_of

# What of a body is chosen in the filter row, and what it is called there.
IN_FILTER_ROW = {"from": "from", "to": "to", "timezone": "tz", "segment": "seg", "grain": "grain"}


def saved_for(request: HttpRequest) -> QuerySet[SavedAnalysis]:
    """The analyses that a reader may open: those that are shared, and their own."""
    found = SavedAnalysis.objects.filter(kind__in=PAGES)
    if request_has_role(request, Role.ADMIN):
        return found
    return found.filter(Q(shared=True) | Q(owner=user_of(request)))


@role_required(Role.VIEWER)
def explore_saved(request: HttpRequest, pk: int) -> HttpResponse:
    """A saved analysis, at the address of its question."""
    return redirect(address_of(get_object_or_404(saved_for(request), pk=pk)))


def address_of(saved: SavedAnalysis) -> str:
    return f"{reverse('explore_kind', args=[saved.kind])}?{urlencode(list(flattened(state_of(saved))))}"


def state_of(saved: SavedAnalysis) -> State:
    """The state of the page that asks what was saved."""
    page = page_of(saved.kind)
    state = page.state_of({name: value for name, value in saved.body.items() if name not in IN_FILTER_ROW})
    row = {IN_FILTER_ROW[name]: value for name, value in saved.body.items() if name in IN_FILTER_ROW and value}
    return {**state, **row}


@require_POST
@role_required(Role.ANALYST)
def explore_save(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the question of a page, whose state is the query string, for oneself and others."""
    inquiry = asked_by(request, kind).inquiry
    pinned = "pinned" in request.POST
    asked = {"name": request.POST.get("name", ""), "kind": kind, "body": inquiry.body, "pinned": pinned}
    form = SavedRequestSerializer(data=asked)
    if not form.is_valid():
        messages.error(request, _("An analysis is saved under a name of 1 to 100 characters."))
        return redirect(f"{reverse('explore_kind', args=[kind])}?{urlencode(inquiry.pairs)}")
    saved = services.save_analysis(values=form.validated_data, user=user_of(request))
    messages.success(request, _("Saved as “%(name)s”.") % {"name": saved.name})
    return redirect("explore_saved", saved.pk)
