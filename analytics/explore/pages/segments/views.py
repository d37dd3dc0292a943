"""Segments as pages: everybody sees what they say, analysts make them, change them and see who is in them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from analytics.dashboards.people.timeline import Slice
from analytics.dashboards.people.windows import Window
from analytics.explore.behind import described
from analytics.explore.models import PeopleSegment
from analytics.explore.pages import forms, states
from analytics.explore.pages.asked import pairs_of
from analytics.explore.pages.inquiry import UNANSWERED, unanswered
from analytics.explore.pages.kinds import tabs
from analytics.explore.pages.names import known_names
from analytics.explore.pages.people import MOST_EXPORTED, PEOPLE_PER_PAGE, csv_rows
from analytics.explore.pages.segments import asking
from analytics.explore.pages.segments.form import definition_of, form, state_of
from analytics.explore.pages.segments.naming import ListForm, NameForm
from analytics.explore.pages.segments.using import used_by
from analytics.explore.pages.segments.words import told
from analytics.explore.pages.states import State
from analytics.explore.segments import membership, services
from analytics.explore.segments.lists import Found
from analytics.explore.segments.queries import definitions, is_personal, segment_of
from analytics.store import pool
from productops.lib.exports import csv_response
from productops.lib.models import Role, record
from productops.lib.roles import request_has_role, role_required, user_of

UNKNOWN_NAMED = 5


@role_required(Role.VIEWER)
def segments(request: HttpRequest) -> HttpResponse:
    known, may_edit = definitions(), request_has_role(request, Role.ANALYST)
    found = PeopleSegment.objects.select_related("made_by").annotate(size=Count("members"))
    names = {one.pk: one.name for one in found}
    lines = [
        (one, told(one.definition, names) if one.definition and (may_edit or not is_personal(one.pk, known)) else [])
        for one in found
    ]
    context = {
        "title": _("Segments"),
        "crumb": _("Explore"),
        "tabs_row": tabs((), "segments"),
        "lines": lines,
        "may_edit": may_edit,
    }
    return render(request, "explore/segments.html", context)


@role_required(Role.ANALYST)
def segment_new(request: HttpRequest) -> HttpResponse:
    """One by conditions, which are the query string; what is posted is its name."""
    state = states.unflattened(pairs_of(request.GET))
    if edit := request.GET.get("do", ""):
        return _edited(request, state, edit)
    return _built(request, PeopleSegment(kind=PeopleSegment.Kind.DYNAMIC), state)


@role_required(Role.ANALYST)
def segment_upload(request: HttpRequest) -> HttpResponse:
    """A list, from a file with an id on each line."""
    sent = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and sent.is_valid():
        values, found = sent.cleaned_data, sent.found
        user, identities = user_of(request), found.identities if found else ()
        made = services.make_static(
            name=values["name"], description=values["description"], identities=identities, user=user
        )
        messages.success(request, _read(found))
        return redirect("segment", made.pk)
    context = {"title": _("New list of people"), "form": sent}
    return render(request, "explore/segment_list.html", context, status=400 if sent.errors else 200)


@role_required(Role.VIEWER)
def segment(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(PeopleSegment, pk=pk)
    if not request_has_role(request, Role.ANALYST):
        return _read_only(request, one)
    if one.definition is None:
        return _listed(request, one)
    state = states.unflattened(pairs_of(request.GET)) or state_of(one.definition)
    if edit := request.GET.get("do", ""):
        return _edited(request, state, edit)
    return _built(request, one, state)


@role_required(Role.ANALYST)
def segment_people(request: HttpRequest, pk: int) -> HttpResponseBase:
    one = get_object_or_404(PeopleSegment, pk=pk)
    inside = segment_of(pk)
    if request.GET.get("format") == "csv":
        count, people = pool.ask(membership.people, inside, 0, MOST_EXPORTED)
        record(user_of(request), "people.export_list", "segment", segment=pk, people=min(count, MOST_EXPORTED))
        return csv_response(f"segment-{pk}.csv", ("id", "ids", "name"), csv_rows(people))

    def fetch(offset: int, limit: int) -> Slice:
        count, people = pool.ask(membership.people, inside, offset, limit)
        return Slice(described(people), count)

    number = request.GET.get("page")
    context = {
        "title": one.name,
        "back": reverse("segment", args=[pk]),
        "back_label": _("Segments"),
        "page": Paginator(Window(fetch, number, PEOPLE_PER_PAGE), PEOPLE_PER_PAGE).get_page(number),
        "point": [_("as of now")],
    }
    return render(request, "explore/people.html", context)


@require_POST
@role_required(Role.ANALYST)
def segment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only once it was confirmed, and as long as no other segment rests on it."""
    one = get_object_or_404(PeopleSegment, pk=pk)
    if "sure" not in request.POST:
        messages.error(request, _("Nothing was deleted: tick the box to delete it."))
        return redirect("segment", pk)
    try:
        services.delete_segment(segment=one, user=user_of(request))
    except services.InUse as problem:
        names = ", ".join(str(name) for name in problem.args)
        messages.error(request, _("Other segments rest on this one: %(names)s.") % {"names": names})
        return redirect("segment", pk)
    messages.success(request, _("Deleted “%(name)s”. Its people stay.") % {"name": one.name})
    return redirect("segments")


def _built(request: HttpRequest, one: PeopleSegment, state: State) -> HttpResponse:
    """A segment by conditions, with how many people they hold for now."""
    definition, warnings = asking.checked(definition_of(state))
    for warning in warnings:
        messages.warning(request, warning)
    sent = NameForm(request.POST or None, instance=one)
    if request.method == "POST" and sent.is_valid() and not warnings:
        if not definition["conditions"]:
            sent.add_error(None, _("Say first who is in it."))
        elif _kept(request, one, sent, definition):
            messages.success(request, _("Saved. Every analysis can be asked of these people now."))
            return redirect("segment", one.pk)
    names = dict(PeopleSegment.objects.values_list("pk", "name"))
    others = [(str(pk), name) for pk, name in names.items() if pk != one.pk]
    context = {
        "title": one.name if one.pk else _("New segment"),
        "segment": one,
        "form": forms.bound(form(others), state, known_names(personal=True)),
        "naming": sent,
        "told": told(definition, names),
        "match": definition["match"],
        "query": urlencode(list(states.flattened(state))),
        **_count(lambda: asking.count_of(definition)),
        **(_uses(one) if one.pk else {}),
    }
    return render(request, "explore/segment.html", context, status=400 if sent.errors else 200)


def _kept(request: HttpRequest, one: PeopleSegment, sent: NameForm, definition: dict[str, Any]) -> bool:
    values, user = sent.cleaned_data, user_of(request)
    try:
        if one.pk:
            changes = {**values, "definition": definition}
            services.change_segment(segment=one, changes=changes, identities=None, user=user)
        else:
            one.pk = services.make_dynamic(**values, definition=definition, user=user).pk
    except services.CannotBe as problem:
        sent.add_error(None, problem.reason)
        return False
    return True


def _listed(request: HttpRequest, one: PeopleSegment) -> HttpResponse:
    """A list, which a file can replace."""
    sent = ListForm(request.POST or None, request.FILES or None, instance=one)
    if request.method == "POST" and sent.is_valid():
        changes = {name: sent.cleaned_data[name] for name in ("name", "description")}
        identities = sent.found.identities if sent.found else None
        services.change_segment(segment=one, changes=changes, identities=identities, user=user_of(request))
        messages.success(request, _read(sent.found) if sent.found else _("Saved."))
        return redirect("segment", one.pk)
    context = {"title": one.name, "segment": one, "form": sent, **_count(lambda: asking.count_in(one)), **_uses(one)}
    return render(request, "explore/segment_list.html", context, status=400 if sent.errors else 200)


def _read_only(request: HttpRequest, one: PeopleSegment) -> HttpResponse:
    known = definitions()
    context: dict[str, Any] = {"title": one.name, "segment": one, "told": None}
    if not is_personal(one.pk, known):
        names = dict(PeopleSegment.objects.values_list("pk", "name"))
        context["told"] = told(one.definition, names) if one.definition else []
        context["match"] = one.definition["match"] if one.definition else ""
        context |= _count(lambda: asking.count_in(one))
    return render(request, "explore/segment_read.html", context)


def _count(count: Any) -> dict[str, Any]:
    try:
        return {"count": count()}
    except UNANSWERED as problem:
        return {"uncounted": unanswered(problem)}


def _uses(one: PeopleSegment) -> dict[str, Any]:
    segments, analyses = used_by(one.pk)
    return {"resting": segments, "analyses": analyses}


def _read(found: Found | None) -> str:
    """What became of the ids of a file."""
    if found is None:
        return ""
    read = ngettext("%(n)s id was read.", "%(n)s ids were read.", found.rows) % {"n": f"{found.rows:,}"}
    if not found.unknown_count:
        return read
    unknown = ngettext("%(n)s is nobody's: %(names)s.", "%(n)s are nobody's: %(names)s.", found.unknown_count)
    named = ", ".join(found.unknown[:UNKNOWN_NAMED]) + (", …" if found.unknown_count > UNKNOWN_NAMED else "")
    return f"{read} {unknown % {'n': f'{found.unknown_count:,}', 'names': named}}"


def _edited(request: HttpRequest, state: State, edit: str) -> HttpResponse:
    blank = "property" if edit.endswith("filters") else "event"
    changed = urlencode(list(states.flattened(states.edited(state, edit, blank))))
    return redirect(f"{request.path}?{changed}#clauses")
