"""The audit log: who did what to data and settings, newest first, searchable, and as CSV."""

import json
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from productops.lib.exports import csv_response
from productops.lib.models import AuditEntry, Role
from productops.lib.roles import role_required

PER_PAGE = 50
COLUMNS = ("at", "actor", "action", "object", "detail")


class AuditFilter(forms.Form):
    q = forms.CharField(required=False, label=gettext_lazy("Search"))
    action = forms.CharField(required=False, label=gettext_lazy("Action"))
    since = forms.DateField(required=False, label=gettext_lazy("Since"), widget=forms.DateInput(attrs={"type": "date"}))

    def entries(self) -> QuerySet[AuditEntry]:
        entries = AuditEntry.objects.all()
        if not self.is_valid():
            return entries
        if text := self.cleaned_data["q"]:
            entries = entries.filter(Q(actor__icontains=text) | Q(object__icontains=text))
        if action := self.cleaned_data["action"]:
            entries = entries.filter(action__startswith=action)
        if since := self.cleaned_data["since"]:
            entries = entries.filter(at__date__gte=since)
        return entries


@role_required(Role.ADMIN)
def audit_log(request: HttpRequest) -> HttpResponseBase:
    form = AuditFilter(request.GET)
    entries = form.entries()
    if request.GET.get("format") == "csv":
        return csv_response("audit-log.csv", COLUMNS, csv_rows(entries))
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("page"))
    context = {"title": _("Audit log"), "crumb": _("Data"), "form": form, "page": page}
    return render(request, "pages/audit.html", context)


def csv_rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[Any, ...]]:
    for entry in entries.iterator(chunk_size=2000):
        yield entry.at.isoformat(), entry.actor, entry.action, entry.object, json.dumps(entry.detail, sort_keys=True)
