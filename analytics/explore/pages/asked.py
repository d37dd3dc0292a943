"""What a request asks of an Explore page: its state, the filter row, and the question they make."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.explore.analyses import BY_KIND
from analytics.explore.models import PeopleSegment
from analytics.explore.pages import states
from analytics.explore.pages.checking import checked
from analytics.explore.pages.inquiry import Inquiry, Page
from analytics.explore.pages.kinds import PAGES
from analytics.explore.pages.states import State
from analytics.explore.segments.queries import is_personal
from productops.lib.models import Role
from productops.lib.periods import Filters, parse
from productops.lib.roles import request_has_role

OF_NO_STATE = ("do", "card", "format", "point", "report", "sql")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """``warnings`` has a sentence for each part of the query string that couldn't be asked."""

    page: Page
    state: State
    filters: Filters
    inquiry: Inquiry
    warnings: list[str]


def asked_by(request: HttpRequest, kind: str) -> Asked:
    """Raises Http404 where there is no such kind.

    Raises PermissionDenied where it is asked by what tells who somebody is, and the reader may not.
    """
    page, pairs = page_of(kind), pairs_of(request)
    state, filters = states.unflattened(pairs), _filters(request, page)
    may_see_people = request_has_role(request, Role.ANALYST)
    of_all = {"from": filters.first.isoformat(), "to": filters.last.isoformat(), "timezone": filters.zone}
    if filters.segment:
        of_all["segment"] = filters.segment
    wanted, usual = page.body(shown(page, state), filters), page.body(page.first(), filters)
    body, serializer, warnings = checked(BY_KIND[kind].request, {**wanted, **of_all}, {**usual, **of_all})
    if serializer.personal_properties() and not may_see_people:
        raise PermissionDenied(_("Only analysts may ask by what tells who somebody is."))
    inquiry = Inquiry(kind, body, filters, pairs, may_see_people, request.GET.get("sql", ""))
    return Asked(page, state, filters, inquiry, warnings)


def page_of(kind: str) -> Page:
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


def shown(page: Page, state: State) -> State:
    """The state of a page, with those parts of its first one of which nothing is chosen."""
    return {**page.first(), **state}


def _filters(request: HttpRequest, page: Page) -> Filters:
    zone = settings.PROJECT_TIME_ZONE
    options = replace(page.options, segments=_segments(request))
    return parse(request.GET, today=timezone.now().astimezone(ZoneInfo(zone)).date(), zone=zone, options=options)


def _segments(request: HttpRequest) -> list[tuple[str, str]]:
    """The segments a reader may ask about: not everybody may see by what some tell people apart."""
    segments = PeopleSegment.objects.values_list("pk", "name", "definition")
    known = {pk: definition for pk, _name, definition in segments}
    all_of_them = request_has_role(request, Role.ANALYST)
    return [(str(pk), name) for pk, name, _definition in segments if all_of_them or not is_personal(pk, known)]
