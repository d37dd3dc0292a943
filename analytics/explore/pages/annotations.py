"""Annotations as pages: what happened and when, read by all, written by analysts, also from a chart by time."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from analytics.explore.models import Annotation
from analytics.explore.pages.kinds import tabs
from analytics.explore.saved import services
from analytics.explore.saved.serializers import AnnotationSerializer
from productops.lib.models import Role
from productops.lib.roles import request_has_role, role_required, user_of

PER_PAGE = 50
DAYS_AROUND = 14
FIELD_OF = {"at": "day"}  # of an error that the API names otherwise


class AnnotationForm(forms.Form):
    """What the API's serializer takes, with day and time apart; its rules hold here too."""

    text = forms.CharField(max_length=300, label=gettext_lazy("What happened?"))
    kind = forms.ChoiceField(choices=Annotation.Kind.choices, label=gettext_lazy("Kind"))
    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    time = forms.TimeField(
        required=False,
        label=gettext_lazy("Time"),
        help_text=gettext_lazy("Empty: the whole day. In the project's time zone."),
        widget=forms.TimeInput({"type": "time", "class": "short"}, "%H:%M"),
    )
    link = forms.CharField(
        required=False,
        max_length=500,
        label=gettext_lazy("Link"),
        help_text=gettext_lazy("To the release notes or the incident, if there are any."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        day, time = given.pop("day"), given.pop("time")
        at = day.isoformat() if time is None else datetime.combine(day, time).isoformat()
        asked = AnnotationSerializer(data={**given, "at": at})
        if not asked.is_valid():
            for name, reasons in asked.errors.items():
                self.add_error(FIELD_OF.get(name, name), [str(reason) for reason in reasons])
            return given
        return asked.validated_data


@role_required(Role.VIEWER)
def annotations(request: HttpRequest) -> HttpResponse:
    found = Annotation.objects.select_related("made_by")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("Annotations"),
        "crumb": _("Explore"),
        "tabs_row": tabs((), "annotations"),
        "page": page,
        "lines": [(one, _around(one.day)) for one in page],
        "takeaway": _takeaway(page.paginator.count, next(iter(page), None)) if page.number == 1 else "",
        "may_edit": request_has_role(request, Role.ANALYST),
    }
    return render(request, "explore/annotations.html", context)


@role_required(Role.ANALYST)
def annotation_new(request: HttpRequest) -> HttpResponse:
    """With ``day`` in the query string that day is offered, with ``back`` one returns there: to the chart."""
    offered = {"day": request.GET.get("day") or _today().isoformat()}
    form = AnnotationForm(request.POST or None, initial=offered)
    if request.method == "POST" and form.is_valid():
        services.annotate(values=form.cleaned_data, user=user_of(request))
        messages.success(request, _("Added. Charts by time show it from now on."))
        return redirect(_back(request))
    return _form(request, _("New annotation"), form)


@role_required(Role.ANALYST)
def annotation(request: HttpRequest, pk: int) -> HttpResponse:
    one = get_object_or_404(Annotation, pk=pk)
    here = one.instant and one.instant.astimezone(ZoneInfo(settings.PROJECT_TIME_ZONE))
    known = {"text": one.text, "kind": one.kind, "link": one.link, "day": one.day, "time": here and here.time()}
    form = AnnotationForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        services.change(kept=one, values=form.cleaned_data, user=user_of(request))
        messages.success(request, _("Saved."))
        return redirect("annotations")
    return _form(request, _("Annotation"), form, one)


@require_POST
@role_required(Role.ANALYST)
def annotation_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only once it was confirmed, by the script or by the box beside the button."""
    one = get_object_or_404(Annotation, pk=pk)
    if "sure" not in request.POST:
        messages.error(request, _("Nothing was deleted: tick the box to delete it."))
        return redirect("annotation", pk)
    services.delete(kept=one, user=user_of(request))
    messages.success(request, _("Deleted “%(text)s”.") % {"text": one.text})
    return redirect("annotations")


def _form(request: HttpRequest, title: str, form: AnnotationForm, one: Annotation | None = None) -> HttpResponse:
    context = {"title": title, "form": form, "annotation": one, "back": _back(request)}
    return render(request, "explore/annotation.html", context, status=400 if form.errors else 200)


def _back(request: HttpRequest) -> str:
    asked = request.GET.get("back", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if safe else reverse("annotations")


def _around(day: date) -> str:
    """A trend of the days before and after, to see what became of it."""
    last = min(day + timedelta(days=DAYS_AROUND), _today())
    days = {"from": (day - timedelta(days=DAYS_AROUND)).isoformat(), "to": max(last, day).isoformat()}
    return f"{reverse('explore_kind', args=['trend'])}?{urlencode(days)}"


def _today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.PROJECT_TIME_ZONE)).date()


def _takeaway(count: int, newest: Annotation | None) -> str:
    if newest is None:
        return ""
    told = ngettext(
        "One thing that happened is marked on all charts by time: %(text)s.",
        "%(n)s things that happened are marked on all charts by time, the newest: %(text)s.",
        count,
    )
    return told % {"n": count, "text": newest.text}
