"""The list of channel rules, and what it makes of the touches so far."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.dashboards.people.forms import RuleForm
from analytics.people import channel_rules as rules
from analytics.people.channels import Rule, current_rules, resolve
from analytics.people.models import ChannelRule
from analytics.store import pool
from analytics.store.reading import snapshot
from productops.lib.models import Role
from productops.lib.roles import role_required, user_of


@dataclass(frozen=True)
class ChannelLine:
    """A channel of the preview: how many touches it gets, and before an edit that is being tried out."""

    channel: str
    touches: int
    before: int


def counted_touches() -> list[tuple[str, int]]:
    """Every touch with the number of times it was someone's first of a day. Runs in a query process."""
    with snapshot() as tables:
        counted = tables.touches.group_by("touch").aggregate(times=tables.touches.count())
        return [(row["touch"], row["times"]) for row in counted.to_pyarrow().to_pylist()]


def preview(wanted: tuple[Rule, ...]) -> list[ChannelLine]:
    """Touches by channel under these rules, largest first, beside what the current rules give."""
    counted = pool.ask(counted_touches)
    after, before = _by_channel(counted, wanted), _by_channel(counted, current_rules())
    return [
        ChannelLine(channel, after[channel], before[channel])
        for channel in sorted({*after, *before}, key=lambda channel: (-after[channel], channel))
    ]


@role_required(Role.ANALYST)
def channel_rules(request: HttpRequest) -> HttpResponse:
    """The list, a new rule, and the preview; with ``try`` the preview is that of the new rule, which is not saved."""

    def save(values: dict[str, Any]) -> None:
        rules.add_rule(**values, user=user_of(request))
        messages.success(request, _("Added before all other rules."))

    return _rule_form(request, RuleForm(request.POST or None), save, lambda rule: (rule, *current_rules()))


@role_required(Role.ANALYST)
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(ChannelRule, pk=pk)

    def save(values: dict[str, Any]) -> None:
        rules.edit_rule(rule=rule, **values, user=user_of(request))
        messages.success(request, _("Saved. Figures by channel go by it from now on."))

    def with_edit(edited: Rule) -> tuple[Rule, ...]:
        stored = ChannelRule.objects.all()
        return tuple(edited if one.pk == pk else Rule(one.field, one.pattern, one.channel) for one in stored)

    return _rule_form(request, RuleForm(request.POST or None, instance=rule), save, with_edit, edited=pk)


def _rule_form(
    request: HttpRequest,
    form: RuleForm,
    save: Callable[[dict[str, Any]], None],
    tried_with: Callable[[Rule], tuple[Rule, ...]],
    edited: int | None = None,
) -> HttpResponse:
    """Save what the form says, or with ``try`` show the preview that ``tried_with`` it would give."""
    tried = current_rules()
    if request.method == "POST" and form.is_valid():
        try:
            if "try" in request.POST:
                rules.check_pattern(form.cleaned_data["pattern"])
                tried = tried_with(Rule(**form.cleaned_data))
            else:
                save(form.cleaned_data)
                return redirect("channel_rules")
        except ValidationError as error:
            form.add_error(None, error)
    return _page(request, form, tried, edited)


@require_POST
@role_required(Role.ANALYST)
def rules_start(request: HttpRequest) -> HttpResponse:
    rules.ensure_default_rules()
    return redirect("channel_rules")


@require_POST
@role_required(Role.ANALYST)
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(ChannelRule, pk=pk)
    rules.move_rule(rule=rule, by=-1 if "up" in request.POST else 1, user=user_of(request))
    return redirect("channel_rules")


@require_POST
@role_required(Role.ANALYST)
def rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    rules.delete_rule(rule=get_object_or_404(ChannelRule, pk=pk), user=user_of(request))
    return redirect("channel_rules")


def _page(request: HttpRequest, form: RuleForm, tried: tuple[Rule, ...], edited: int | None) -> HttpResponse:
    stored = list(ChannelRule.objects.all())
    context = {
        "title": _("Channels"),
        "crumb": _("Settings"),
        "form": form,
        "edited": edited,
        "rules": stored,
        "default_rules": [] if stored else [_as_row(rule) for rule in current_rules()],
        "lines": preview(tried),
        "tried": tried != current_rules(),
    }
    return render(request, "people/channels.html", context, status=400 if form.errors else 200)


def _as_row(rule: Rule) -> ChannelRule:
    return ChannelRule(field=rule.field, pattern=rule.pattern, channel=rule.channel)


def _by_channel(counted: list[tuple[str, int]], wanted: tuple[Rule, ...]) -> Counter[str]:
    times = dict(counted)
    found: Counter[str] = Counter()
    for touch, channel, _campaign in resolve(times, wanted):
        found[channel] += times[touch]
    return found
