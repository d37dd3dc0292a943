"""Answers that follow their page: it shows at once what it will tell, and its script fetches the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from analytics.explore import runs
from analytics.explore.models import Run
from analytics.explore.pages.asked import asked_by
from analytics.explore.pages.drawing import drawn_result
from analytics.explore.pages.inquiry import Part
from productops.lib.models import Role
from productops.lib.roles import role_required, user_of

SCRIPTED = "js"  # the cookie that the portal's script leaves: without it a page waits and is complete


@dataclass(frozen=True)
class Waiting:
    """The parts that follow, from where, and where that is cancelled; ``href`` is the page that waits for them."""

    parts: Sequence[tuple[str, Part]]
    result: str
    cancel: str
    href: str

    @classmethod
    def of(cls, request: HttpRequest, kind: str, parts: Mapping[str, Part]) -> "Waiting":
        run, asked = uuid4().hex, request.GET.urlencode()
        return cls(
            list(parts.items()),
            f"{reverse('explore_result', args=[kind])}?{asked}&run={run}",
            reverse("explore_cancel", args=[run]),
            f"?{asked}&wait=1",
        )


def can_follow(request: HttpRequest) -> bool:
    """Not a file, which has no place to wait in, and not where somebody asked to wait."""
    return SCRIPTED in request.COOKIES and not {"wait", "card"} & request.GET.keys()


@role_required(Role.VIEWER)
def explore_result(request: HttpRequest, kind: str) -> HttpResponse:
    """The cards of a page, as a part of it. Under the name ``run`` it can be cancelled meanwhile."""
    asked, name = asked_by(request, kind), request.GET.get("run", "")[:64] or uuid4().hex
    try:
        with runs.named_run(name, user_of(request)) as withdrawn:
            return HttpResponse(drawn_result(request, asked.page, replace(asked.inquiry, withdrawn=withdrawn)))
    except runs.NameTaken:  # it was cancelled before it began
        return HttpResponse(drawn_result(request, asked.page, replace(asked.inquiry, withdrawn=lambda: True)))


@require_POST
@role_required(Role.VIEWER)
def explore_cancel(request: HttpRequest, run: str) -> HttpResponse:
    """Whoever waits for the result of one's own run, or is about to, is told that there will be none."""
    user = user_of(request)
    found, _made = Run.objects.get_or_create(pk=run, defaults={"user": user, "withdrawn": True})
    if found.user_id == user.pk:
        runs.withdraw(found)
    return HttpResponse(status=204)
