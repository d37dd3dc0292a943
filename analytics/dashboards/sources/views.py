"""Sources and their keys: the list, one source's health, its settings, and what was refused."""

from dataclasses import asdict
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from analytics.collect import dead_letters, queries, services
from analytics.collect.models import DeadLetter, Platform, Source, SourceKey
from productops.lib.models import Role, record
from productops.lib.roles import role_required, user_of

LETTERS_PER_PAGE = 25
REPLAYED_AT_ONCE = 1_000
BODY_SHOWN = 4_000


class OriginsField(forms.CharField):
    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "https://example.com"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return str(super().clean(value)).split()


class NewSourceForm(forms.Form):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    platform = forms.ChoiceField(choices=Platform.choices, label=gettext_lazy("Platform"))
    allowed_origins = OriginsField(
        required=False,
        label=gettext_lazy("Origins that browsers may send from"),
        help_text=gettext_lazy("One on each line. Empty: any."),
    )


class SourceForm(forms.ModelForm):
    allowed_origins = OriginsField(
        required=False,
        label=gettext_lazy("Origins that browsers may send from"),
        help_text=gettext_lazy("One on each line. Empty: any."),
    )

    class Meta:
        model = Source
        fields = ("name", "allowed_origins", "truncate_ip", "privacy", "consent_category", "max_event_kib")
        labels = {
            "truncate_ip": gettext_lazy("Keep IP addresses only in part"),
            "privacy": gettext_lazy("When a browser asks not to be tracked"),
            "consent_category": gettext_lazy("Consent category"),
            "max_event_kib": gettext_lazy("Largest event, in KiB"),
        }


@role_required(Role.ADMIN)
def source_list(request: HttpRequest) -> HttpResponse:
    form = NewSourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            source, _write_key, _secret_key = services.create_source(user=user_of(request), **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The source is ready. Its keys stand below."))
            return redirect("source", pk=source.pk)
    context = {"title": _("Sources and keys"), "crumb": _("Data"), "sources": queries.sources(), "form": form}
    return render(request, "data/sources.html", context, status=400 if form.errors else 200)


@role_required(Role.ADMIN)
def source_page(request: HttpRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Source, pk=pk)
    form = SourceForm(request.POST or None, instance=Source.objects.get(pk=pk))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_source(source=source, user=user_of(request), **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved. Every process heeds it within seconds."))
            return redirect("source", pk=pk)
    health = queries.source_health(source)
    context = {
        "title": source.name,
        "crumb": _("Sources and keys"),
        "health": health,
        "per_minute": [minute.accepted for minute in health.minutes],
        "write_key": next((key.key for key in health.keys if key.kind == "write" and not key.revoked_at), "WRITE_KEY"),
        "form": form,
    }
    return render(request, "data/source.html", context, status=400 if form.errors else 200)


@require_POST
@role_required(Role.ADMIN)
def key_rotate(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    source = get_object_or_404(Source, pk=pk)
    if kind not in SourceKey.Kind.values:
        raise Http404
    try:
        services.rotate_key(source=source, kind=kind, user=user_of(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("A second key is live. Revoke the old one when nothing sends with it any more."))
    return redirect("source", pk=pk)


@require_POST
@role_required(Role.ADMIN)
def key_revoke(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    found = get_object_or_404(SourceKey.objects.live(), pk=key, source=pk)
    services.revoke_key(key=found, user=user_of(request))
    messages.success(request, _("The key is revoked; what is sent with it is refused within seconds."))
    return redirect("source", pk=pk)


@role_required(Role.ADMIN)
def letter_list(request: HttpRequest, pk: int) -> HttpResponse:
    source = get_object_or_404(Source, pk=pk)
    reason = request.GET.get("reason", "")
    letters = queries.dead_letters(sources=[source], reason=reason)
    context = {
        "title": _("Refused events"),
        "source": source,
        "reason": reason,
        "reasons": queries.refused_reasons(source),
        "page": Paginator(letters, LETTERS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "data/letters.html", context)


@role_required(Role.ADMIN)
def letter_page(request: HttpRequest, pk: int, letter: int) -> HttpResponse:
    found = get_object_or_404(queries.dead_letters(), pk=letter, source=pk)
    body = bytes(found.body)
    context = {
        "title": found.reason,
        "source": found.source,
        "letter": found,
        "body": body[:BODY_SHOWN].decode("utf-8", "backslashreplace"),
        "left_out": max(0, len(body) - BODY_SHOWN),
    }
    return render(request, "data/letter.html", context)


@require_POST
@role_required(Role.ADMIN)
def letters_replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the letters named by ``letter`` in again, or the oldest of a ``reason`` that still wait."""
    source = get_object_or_404(Source, pk=pk)
    waiting = DeadLetter.objects.replayable().filter(source=source).select_related("source")
    if letter := request.POST.get("letter", ""):
        waiting = waiting.filter(pk=int(letter) if letter.isdecimal() and len(letter) < 19 else 0)
    elif reason := request.POST.get("reason", ""):
        waiting = waiting.filter(reason=reason)
    result = dead_letters.replay(waiting.order_by("id")[:REPLAYED_AT_ONCE])
    record(user_of(request), "letters.replay", source.name, **asdict(result))
    if result.stored:
        text = ngettext("%(n)s event is stored now.", "%(n)s events are stored now.", result.stored)
        messages.success(request, text % {"n": result.stored})
    if result.not_kept:
        text = ngettext(
            "%(n)s event must not be kept, and is not.", "%(n)s events must not be kept, and are not.",
            result.not_kept,
        )  # fmt: skip
        messages.info(request, text % {"n": result.not_kept})
    if result.refused:
        text = ngettext(
            "%(n)s would be refused again and stays as it is.", "%(n)s would be refused again and stay as they are.",
            result.refused,
        )  # fmt: skip
        messages.warning(request, text % {"n": result.refused})
    return redirect("letters", pk=pk)


def add_errors(form: forms.BaseForm, error: ValidationError) -> None:
    """Show a service's refusal beside the field it is about."""
    if not hasattr(error, "error_dict"):
        form.add_error("allowed_origins", error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
