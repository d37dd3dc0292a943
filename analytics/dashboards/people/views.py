"""Pages of people: the list, a person, a session, and what staff may do with a person."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics import erasure, person_export
from analytics.dashboards.people import directory, queries
from analytics.dashboards.people.forms import EraseForm, MergeForm, PeopleForm
from analytics.dashboards.people.windows import Window
from analytics.people.ids import ids_of_value
from analytics.people.merging import CannotMerge, merge_people, undo_merge
from analytics.people.models import Identity, IdentityEdge
from analytics.people.removal import NoSuchPerson
from analytics.store import pool
from productops.lib.exports import csv_response
from productops.lib.models import Role, record
from productops.lib.roles import role_required, user_of

PEOPLE_PER_PAGE = 50
SESSIONS_PER_PAGE = 10
IDS_SHOWN = 100  # on a person's page, and as many links
MOST_EXPORTED = 200_000
ERASE_SECONDS = 300
EXPORT_SECONDS = 120
CSV_COLUMNS = ("id", "ids", "name", "email", "channel", "persona", "created_at", "last_active_at")


@role_required(Role.ANALYST)
def people_list(request: HttpRequest) -> HttpResponseBase:
    form = PeopleForm(request.GET)
    search = form.search()
    if request.GET.get("format") == "csv":
        # Asked before the first byte is sent: afterwards nobody could be told that there is no answer.
        found = queries.people(search, 0, MOST_EXPORTED).items
        record(user_of(request), "people.export_list", "people", **asdict(search))
        return csv_response("people.csv", CSV_COLUMNS, _csv_rows(found))
    offered: list[directory.Choices] = []

    def fetch(offset: int, limit: int) -> queries.Slice:
        found, choices = queries.people_page(search, offset, limit)
        offered.append(choices)
        return found

    number = request.GET.get("page")
    page = Paginator(Window(fetch, number, PEOPLE_PER_PAGE), PEOPLE_PER_PAGE).get_page(number)
    form.offer(offered[-1])
    return render(
        request,
        "people/list.html",
        {
            "title": _("People"),
            "crumb": _("Understand"),
            "form": form,
            "page": page,
            "filtered": search != queries.Search(),
        },
    )


@role_required(Role.ANALYST)
def person_page(request: HttpRequest, identity: int) -> HttpResponse:
    person = _person(identity)
    if person != identity:
        return redirect("person", person)
    return _profile(request, person)


@role_required(Role.ANALYST)
def session_page(request: HttpRequest, identity: int, session: str) -> HttpResponse:
    person = _person(identity)
    found = queries.session(person, session)
    if found is None:
        raise Http404("This person has no such session.")
    row = queries.row_of(person)
    return render(request, "people/session.html", {"title": _("Session"), "row": row, "session": found})


@require_POST
@role_required(Role.ANALYST)
def person_merge(request: HttpRequest, identity: int) -> HttpResponse:
    person = _person(identity)
    form = MergeForm(request.POST)
    if form.is_valid():
        try:
            other = _named(form.cleaned_data["other"])
            edge = merge_people(person=person, other=other, user=user_of(request))
        except CannotMerge as error:
            form.add_error("other", str(error))
        else:
            messages.success(request, _("Both are one person now."))
            return redirect("person", edge.into)
    return _profile(request, person, status=400, merge_form=form)


@require_POST
@role_required(Role.ANALYST)
def link_undo(request: HttpRequest, identity: int, link: int) -> HttpResponse:
    person = _person(identity)
    edge = get_object_or_404(IdentityEdge.objects.touching(queries.actors_of(person)), pk=link)
    try:
        undo_merge(edge=edge, user=user_of(request))
    except CannotMerge as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("They are two people again. Later events don't join them."))
    return redirect("person", queries.person_of(edge.into))


@require_POST
@role_required(Role.ANALYST)
def person_download(request: HttpRequest, identity: int) -> HttpResponse:
    """Everything that is kept of the person, as a JSON file."""
    person = _person(identity)
    document = pool.ask(person_export.export_person, person, seconds=EXPORT_SECONDS)
    person_export.record_export(person=person, user=user_of(request))
    response = JsonResponse(document, json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"person-{person}.json")
    return response


@require_POST
@role_required(Role.ADMIN)
def person_erase(request: HttpRequest, identity: int) -> HttpResponse:
    person = _person(identity)
    form = EraseForm(request.POST, expected=queries.row_of(person).ids[0])
    if not form.is_valid():
        return _profile(request, person, status=400, erase_form=form)
    wanted = erasure.request_erasure(person=person, user=user_of(request))
    try:
        pool.ask(erasure.carry_out, wanted.pk, seconds=ERASE_SECONDS)
    except pool.QueryTooLong:
        messages.info(request, _("Erasing has begun and is finished in the next night at the latest."))
    else:
        messages.success(request, _("The person is erased, and later events of theirs are refused."))
    return redirect("people")


def _profile(request: HttpRequest, person: int, status: int = 200, **forms: Any) -> HttpResponse:
    profile = queries.profile(person, most=IDS_SHOWN)

    def fetch(offset: int, limit: int) -> queries.Slice:
        return queries.sessions(person, offset, limit, with_events=True)

    number = request.GET.get("page")
    context = {
        "title": profile.row.title,
        "profile": profile,
        "row": profile.row,
        "page": Paginator(Window(fetch, number, SESSIONS_PER_PAGE), SESSIONS_PER_PAGE).get_page(number),
        "may_erase": user_of(request).has_role(Role.ADMIN),
        "merge_form": MergeForm(),
        "erase_form": EraseForm(expected=profile.row.ids[0]),
        **forms,
    }
    return render(request, "people/person.html", context, status=status)


def _csv_rows(people: Iterable[queries.PersonRow]) -> Iterator[tuple[Any, ...]]:
    for row in people:
        times = (time.isoformat() if time else "" for time in (row.created_at, row.last_active_at))
        yield (row.id, " ".join(row.ids), row.name, row.email, row.channel, row.persona, *times)


def _person(identity: int) -> int:
    try:
        return queries.person_of(identity)
    except NoSuchPerson as error:
        raise Http404("There is no such person.") from error


def _named(text: str) -> int:
    """The person that staff mean by a number or an id. Raises CannotMerge where that is nobody or several."""
    persons = set(Identity.objects.filter(pk__in=ids_of_value(text.strip())).values_list("person", flat=True))
    if not persons and text.strip().isdecimal():
        try:
            return queries.person_of(int(text))
        except NoSuchPerson:
            pass
    if len(persons) != 1:
        raise CannotMerge(_("Several people have this id.") if persons else _("There is no such person."))
    return persons.pop()
