"""What a request asks of an Explore page: its state, the filter row, and the question they make."""

from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
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

OF_NO_STATE = ("do", "card", "format", "point", "report", "run", "sql", "wait")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """``state`` is that of the form; ``warnings`` has a sentence for each part of it that couldn't be asked."""

    page: Page
    state: State
    filters: Filters
    inquiry: Inquiry
    warnings: list[str]


def asked_by(request: HttpRequest, kind: str) -> Asked:
    """What a request asks of the page of a kind. Raises as ``asked_of`` does."""
    return asked_of(kind, request.GET, may_see_people=request_has_role(request, Role.ANALYST))


def asked_of(kind: str, params: QueryDict, *, may_see_people: bool) -> Asked:
    """What a query string asks of the page of a kind. Raises Http404 where there is no such kind.

    Raises PermissionDenied where it is asked by what tells who somebody is, and the reader may not.
    """
    page, pairs = page_of(kind), pairs_of(params)
    first, filters = page.first(), _filters(params, page, may_see_people)
    state = {**first, **states.unflattened(pairs)}
    of_all = {"from": filters.first.isoformat(), "to": filters.last.isoformat(), "timezone": filters.zone}
    if filters.segment:
        of_all["segment"] = filters.segment
    wanted, usual = ({**page.body(one, filters), **of_all} for one in (state, first))
    question, warnings = checked(BY_KIND[kind].request, wanted, usual)
    if question.personal_properties() and not may_see_people:
        raise PermissionDenied(_("Only analysts may ask by what tells who somebody is."))
    inquiry = Inquiry(kind, question, filters, pairs, may_see_people, params.get("sql", ""))
    return Asked(page, state, filters, inquiry, warnings)


def page_of(kind: str) -> Page:
    if kind not in PAGES:
        raise Http404(kind)
    return PAGES[kind]


def pairs_of(params: QueryDict) -> tuple[tuple[str, str], ...]:
    """The query string without what is done with the view rather than part of it."""
    return tuple(
        (name, value)
        for name, values in params.lists()
        if name.partition(".")[0] not in OF_NO_STATE
        for value in values
    )


def _filters(params: QueryDict, page: Page, may_see_people: bool) -> Filters:
    zone = settings.PROJECT_TIME_ZONE
    options = replace(page.options, segments=_segments(may_see_people))
    return parse(params, today=timezone.now().astimezone(ZoneInfo(zone)).date(), zone=zone, options=options)


def _segments(may_see_people: bool) -> list[tuple[str, str]]:
    """The segments a reader may ask about: not everybody may see by what some tell people apart."""
    segments = PeopleSegment.objects.values_list("pk", "name", "definition")
    known = {pk: definition for pk, _name, definition in segments}
    return [(str(pk), name) for pk, name, _definition in segments if may_see_people or not is_personal(pk, known)]
