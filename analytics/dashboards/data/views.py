"""Pages below Data: live events, the event dictionary with its quality findings."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from analytics.collect.models import Source
from analytics.dashboards.data.live import LiveFilter, newest_events
from analytics.rollups.models import EventDefinition, QualityFinding
from productops.lib.models import Role, record
from productops.lib.roles import role_required, user_of

PER_PAGE = 50
SORTS = {"name": "name", "-volume": "-volume", "volume": "volume", "-last_seen": "-last_seen", "last_seen": "last_seen"}


class LiveForm(forms.Form):
    event = forms.CharField(required=False, max_length=200, label=gettext_lazy("Event"))
    source = forms.ModelChoiceField(
        Source.objects.order_by("name"),
        required=False,
        label=gettext_lazy("Source"),
        empty_label=gettext_lazy("All sources"),
    )
    person = forms.CharField(required=False, max_length=255, label=gettext_lazy("User or anonymous id"))

    def wanted(self) -> LiveFilter:
        if not self.is_valid():
            return LiveFilter()
        source = self.cleaned_data["source"]
        return LiveFilter(self.cleaned_data["event"], source.pk if source else None, self.cleaned_data["person"])


@role_required(Role.ANALYST)
def live_events(request: HttpRequest) -> HttpResponse:
    """The page, or with ``after`` only the rows that came since, for the page's script to put on top."""
    form = LiveForm(request.GET)
    after = request.GET.get("after", "")
    newer_than = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    events = newest_events(form.wanted(), newer_than)
    if after:
        return render(request, "data/live_rows.html", {"events": events})
    return render(
        request, "data/live.html", {"title": _("Live events"), "crumb": _("Data"), "form": form, "events": events}
    )


class DictionaryForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label=gettext_lazy("Search"))
    only = forms.ChoiceField(
        required=False,
        label=gettext_lazy("Show"),
        choices=[
            ("", gettext_lazy("All events")),
            ("unexpected", gettext_lazy("Unexpected")),
            ("undescribed", gettext_lazy("Without description")),
        ],
    )


class DefinitionForm(forms.ModelForm):
    class Meta:
        model = EventDefinition
        fields = ("description", "owner", "expected")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        labels = {
            "description": gettext_lazy("What it means"),
            "owner": gettext_lazy("Who looks after it"),
            "expected": gettext_lazy("Expected"),
        }


@role_required(Role.VIEWER)
def dictionary(request: HttpRequest) -> HttpResponse:
    form = DictionaryForm(request.GET)
    definitions = EventDefinition.objects.order_by(SORTS.get(request.GET.get("sort", ""), "-volume"), "name")
    if form.is_valid():
        if text := form.cleaned_data["q"]:
            definitions = definitions.filter(name__icontains=text)
        if form.cleaned_data["only"] == "unexpected":
            definitions = definitions.filter(expected=False)
        elif form.cleaned_data["only"] == "undescribed":
            definitions = definitions.filter(description="")
    return render(
        request,
        "data/dictionary.html",
        {
            "title": _("Event dictionary"),
            "crumb": _("Data"),
            "form": form,
            "sort": request.GET.get("sort", "-volume"),
            "page": Paginator(definitions, PER_PAGE).get_page(request.GET.get("page")),
            "findings": QualityFinding.objects.filter(dismissed_at=None).order_by("-day", "check_name")[:20],
        },
    )


@role_required(Role.VIEWER)
def event_definition(request: HttpRequest, name: str) -> HttpResponse:
    definition = get_object_or_404(EventDefinition, name=name)
    may_edit = user_of(request).has_role(Role.ANALYST)
    form = DefinitionForm(request.POST or None, instance=definition)
    if request.method == "POST" and may_edit and form.is_valid():
        with transaction.atomic():
            form.save()
            record(user_of(request), "dictionary.edit", name, changed=form.changed_data)
        messages.success(request, _("Saved."))
        return redirect("event_definition", name=name)
    context = {
        "title": name,
        "crumb": _("Event dictionary"),
        "definition": definition,
        "form": form,
        "may_edit": may_edit,
    }
    return render(request, "data/event.html", context, status=400 if form.errors else 200)


@require_POST
@role_required(Role.ANALYST)
def dismiss_finding(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a finding aside, or with ``undo`` back on the list."""
    undo = "undo" in request.POST
    with transaction.atomic():
        finding = get_object_or_404(QualityFinding.objects.select_for_update(), pk=pk)
        finding.dismissed_at = None if undo else timezone.now()
        finding.save(update_fields=["dismissed_at"])
        record(
            user_of(request),
            "quality.restore" if undo else "quality.dismiss",
            str(finding.subject),
            check=finding.check_name,
        )
    if undo:
        messages.success(request, _("The finding is back on the list."))
    else:
        messages.success(request, _("Put aside."), extra_tags=f"undo:{finding.pk}")
    return redirect("dictionary")
