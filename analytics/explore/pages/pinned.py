"""Saved analyses on the overview: one figure and a small drawing of each, over as many days up to now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from analytics.explore.models import SavedAnalysis
from analytics.explore.pages.asked import Asked, asked_of
from analytics.explore.pages.forms import Text
from analytics.explore.pages.saving import saved_for, state_of
from analytics.explore.pages.states import flattened
from analytics.explore.requests.base import personal_properties
from analytics.explore.saved import services
from productops.lib.cards import Card, Hero, Table
from productops.lib.dates import day_range
from productops.lib.models import Role
from productops.lib.roles import request_has_role, role_required, user_of

MOST_SHOWN = 6
ROWS_DRAWN = 4

Answer = Mapping[str, Any]


def _newest(answer: Answer) -> float | None:
    """Of the first line, in the newest period that is over."""
    over = [value for value, whole in zip(answer["series"][0]["values"], answer["complete"], strict=True) if whole]
    return over[-1] if answer["series"] and over else None


def _converted(answer: Answer) -> float | None:
    first, last = answer["steps"][0]["count"], answer["steps"][-1]["count"]
    return last / first if first else None


def _returned(answer: Answer) -> float | None:
    return next((one["value"] for one in answer["average"][1:] if one["value"] is not None), None)


def _net(answer: Answer) -> float | None:
    whole = sum(answer["complete"])
    if not whole:
        return None
    return answer["new"][whole - 1] + answer["resurrected"][whole - 1] - answer["dormant"][whole - 1]


def _active(answer: Answer) -> float:
    return sum(answer["counts"])


def _of_the_top(answer: Answer) -> float | None:
    return answer["share_of_top"]


@dataclass(frozen=True)
class Small:
    """What is left of a kind's page: the card whose drawing is shown, the table's columns, and the one figure."""

    card: str
    columns: Sequence[int] = ()
    kind: str = "count"
    figure: Callable[[Answer], float | None] = lambda answer: None
    said: Text = ""
    """What the figure is."""


SMALL = {
    "trend": Small("trend", figure=_newest, said=gettext_lazy("in the newest whole period")),
    "funnel": Small("steps", (0, 1, 3), "percent", _converted, gettext_lazy("finish")),
    "retention": Small("curve", kind="percent", figure=_returned, said=gettext_lazy("come back first")),
    "lifecycle": Small("lifecycle", figure=_net, said=gettext_lazy("people won or lost in all")),
    "stickiness": Small("stickiness", figure=_active, said=gettext_lazy("active people")),
    "paths": Small("paths", (0, 1, 2)),
    "sessions": Small("lengths", figure=lambda answer: answer["count"], said=gettext_lazy("sessions")),
    "adoption": Small(
        "adoption", (0, 1, 2), figure=lambda answer: answer["active"], said=gettext_lazy("active people")
    ),
    "concentration": Small("lorenz", kind="percent", figure=_of_the_top, said=gettext_lazy("by the most active")),
}


@dataclass(frozen=True)
class Pinned:
    """``card`` is small; ``href`` is the page of the whole answer."""

    saved: SavedAnalysis
    card: Card
    label: str
    days: str
    href: str
    may_unpin: bool


def pinned_for(request: HttpRequest) -> list[SavedAnalysis]:
    """Those of the pinned analyses that a reader may see."""
    found = saved_for(request).filter(pinned=True).select_related("owner")[:MOST_SHOWN]
    return [one for one in found if request_has_role(request, Role.ANALYST) or not personal_properties(one.body)]


def cards_of(request: HttpRequest, found: Iterable[SavedAnalysis], last: date) -> list[Pinned]:
    """Over as many days as were saved, up to ``last``."""
    return [_pinned(request, saved, last) for saved in found]


@role_required(Role.VIEWER)
def pinned(request: HttpRequest) -> HttpResponse:
    """The pinned analyses as a part of the overview, up to the day ``to``."""
    try:
        last = date.fromisoformat(request.GET.get("to", ""))
    except ValueError as problem:
        raise Http404("No day is given.") from problem
    return render(request, "explore/pinned.html", {"pinned": cards_of(request, pinned_for(request), last)})


@require_POST
@role_required(Role.ANALYST)
def unpin(request: HttpRequest, pk: int) -> HttpResponse:
    saved = get_object_or_404(saved_for(request), pk=pk)
    if not _may_change(request, saved):
        raise PermissionDenied(_("Only its owner may change a saved analysis, or an admin."))
    services.change(kept=saved, values={"pinned": False}, user=user_of(request))
    messages.success(request, _("“%(name)s” is no longer on the overview; it stays saved.") % {"name": saved.name})
    return redirect("/")


def _may_change(request: HttpRequest, saved: SavedAnalysis) -> bool:
    own = saved.owner_id == user_of(request).pk and request_has_role(request, Role.ANALYST)
    return own or request_has_role(request, Role.ADMIN)


def _pinned(request: HttpRequest, saved: SavedAnalysis, last: date) -> Pinned:
    state = {**state_of(saved), **_days(saved.body, last)}
    params = QueryDict(urlencode(list(flattened(state))))
    asked = asked_of(saved.kind, params, may_see_people=request_has_role(request, Role.ANALYST))
    filters = asked.filters
    return Pinned(
        saved,
        _small(asked, f"pinned-{saved.pk}", saved.name),
        str(asked.page.label),
        day_range(filters.first, filters.last, filters.today),
        f"{reverse('explore_kind', args=[saved.kind])}?{params.urlencode()}",
        _may_change(request, saved),
    )


def _days(body: Mapping[str, Any], last: date) -> dict[str, str]:
    first, to = (date.fromisoformat(str(body[name])[:10]) for name in ("from", "to"))
    return {"from": (last - (to - first)).isoformat(), "to": last.isoformat()}


def _small(asked: Asked, key: str, name: str) -> Card:
    """The takeaway of the page's first card, with one figure and the drawing that fits a third of the page."""
    small, inquiry, parts = SMALL[asked.page.kind], asked.inquiry, asked.page.parts(asked.inquiry)
    (first, *_rest), built = parts, inquiry.cards(parts)
    told, shown = built[first](), built[small.card]()
    if not told.has_body:
        return replace(told, key=key, question=name, span=4)
    table = shown.table
    if small.columns and not shown.chart:
        rows = [[row[place] for place in small.columns] for row in table.rows]
        table = Table(table.caption, [table.columns[place] for place in small.columns], rows, drawn=ROWS_DRAWN)
    value = small.figure(inquiry.answer(parts[first].changes))
    return replace(
        told,
        key=key,
        question=name,
        hero=None if value is None else Hero(value, small.kind, against=str(small.said)),
        chart=shown.chart,
        flow=None,
        table=table,
        span=4,
    )
