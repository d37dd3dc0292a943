"""The list of channel rules, and what it makes of the touches so far."""

from collections import Counter
from dataclasses import dataclass

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
from productops.lib.models import Role, User
from productops.lib.roles import role_required


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
    form = RuleForm(request.POST or None)
    tried = current_rules()
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            if "try" in request.POST:
                rules.check_pattern(values["pattern"])
                tried = (Rule(**values), *tried)
            else:
                rules.add_rule(**values, user=_user(request))
                messages.success(request, _("Added before all other rules."))
                return redirect("channel_rules")
        except ValidationError as error:
            form.add_error(None, error)
    return _page(request, form, tried)


@role_required(Role.ANALYST)
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(ChannelRule, pk=pk)
    form = RuleForm(request.POST or None, instance=rule)
    tried = current_rules()
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            if "try" in request.POST:
                rules.check_pattern(values["pattern"])
                tried = tuple(
                    Rule(**values) if one.pk == pk else Rule(one.field, one.pattern, one.channel)
                    for one in ChannelRule.objects.all()
                )
            else:
                rules.edit_rule(rule=rule, **values, user=_user(request))
                messages.success(request, _("Saved. Figures by channel follow within the next run."))
                return redirect("channel_rules")
        except ValidationError as error:
            form.add_error(None, error)
    return _page(request, form, tried, edited=pk)


@require_POST
@role_required(Role.ANALYST)
def rules_start(request: HttpRequest) -> HttpResponse:
    rules.ensure_default_rules()
    return redirect("channel_rules")


@require_POST
@role_required(Role.ANALYST)
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(ChannelRule, pk=pk)
    rules.move_rule(rule=rule, by=-1 if "up" in request.POST else 1, user=_user(request))
    return redirect("channel_rules")


@require_POST
@role_required(Role.ANALYST)
def rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    rules.delete_rule(rule=get_object_or_404(ChannelRule, pk=pk), user=_user(request))
    return redirect("channel_rules")


def _page(request: HttpRequest, form: RuleForm, tried: tuple[Rule, ...], edited: int | None = None) -> HttpResponse:
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


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
