"""Settings of the installation: its calendar, its users and their roles, its goals and North Star."""

import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import PasswordResetForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from analytics.metrics.registry import METRICS
from analytics.rollups.models import Goal, NorthStar
from productops.lib.models import Role, User, record
from productops.lib.roles import role_required, user_of


class NorthStarForm(forms.ModelForm):
    metric = forms.ChoiceField(
        label=gettext_lazy("Metric"),
        choices=[
            (key, metric.label) for key, metric in METRICS.items() if "week" in metric.grains and not metric.is_rate
        ],
    )

    class Meta:
        model = NorthStar
        fields = ("metric", "question", "target", "target_date")
        labels = {
            "question": gettext_lazy("The question it answers"),
            "target": gettext_lazy("Target"),
            "target_date": gettext_lazy("To be reached by"),
        }
        widgets = {"target_date": forms.DateInput(attrs={"type": "date"})}

    def get_initial_for_field(self, field: forms.Field, field_name: str) -> Any:
        value = super().get_initial_for_field(field, field_name)
        return int(value) if isinstance(value, float) and value.is_integer() else value


class GoalForm(forms.Form):
    events = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 4}), label=gettext_lazy("Events, one on each line")
    )

    def clean_events(self) -> list[str]:
        names = list(dict.fromkeys(line.strip() for line in self.cleaned_data["events"].splitlines() if line.strip()))
        if too_long := next((name for name in names if len(name) > 200), None):
            raise forms.ValidationError(_("“%(name)s…” is longer than 200 characters.") % {"name": too_long[:30]})
        if not names:
            raise forms.ValidationError(_("Name at least one event; without any, nobody reaches this goal."))
        return names


class InviteForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("username", "email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True


class RoleForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("role", "is_active")


@role_required(Role.ADMIN)
def settings_page(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "pages/settings.html",
        {
            "title": _("Settings"),
            "crumb": _("Run"),
            "zone": settings.PROJECT_TIME_ZONE,
            "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
            "events": settings.EVENTS_URL.partition(":")[0],
            "redis": bool(settings.REDIS_URL),
            "north_star": NorthStarForm(instance=NorthStar.objects.first()),
            "goals": [
                (goal, GoalForm(initial={"events": "\n".join(goal.events)})) for goal in Goal.objects.order_by("id")
            ],
            "users": User.objects.order_by("-is_active", "username"),
            "roles": Role.choices,
            "invite": InviteForm(),
        },
    )


@require_POST
@role_required(Role.ADMIN)
def save_north_star(request: HttpRequest) -> HttpResponse:
    form = NorthStarForm(request.POST, instance=NorthStar.objects.first())
    if not form.is_valid():
        return refused(request, form)
    with transaction.atomic():
        star = form.save()
        record(user_of(request), "settings.north_star", star.metric, target=star.target, question=star.question)
    messages.success(request, _("The North Star is set."))
    return redirect("settings")


@require_POST
@role_required(Role.ADMIN)
def save_goal(request: HttpRequest, pk: int) -> HttpResponse:
    form = GoalForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    with transaction.atomic():
        goal = get_object_or_404(Goal.objects.select_for_update(), pk=pk)
        before, goal.events = goal.events, form.cleaned_data["events"]
        goal.save(update_fields=["events"])
        record(user_of(request), "settings.goal", goal.role, before=before, after=goal.events)
    messages.success(request, _("The goal is saved. Figures that rest on it are worked out again tonight."))
    return redirect("settings")


@require_POST
@role_required(Role.ADMIN)
def invite_user(request: HttpRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    with transaction.atomic():
        user = form.save(commit=False)
        # A password nobody knows: with an unusable one Django would send no mail to set it.
        user.set_password(secrets.token_urlsafe(32))
        user.save()
        record(user_of(request), "user.invite", user.username, role=user.role)
    send_password_mail(request, user)
    messages.success(request, _("%(name)s is invited: a mail tells how to set a password.") % {"name": user.username})
    return redirect("settings")


@require_POST
@role_required(Role.ADMIN)
def save_role(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    before = {"role": user.role, "is_active": user.is_active}
    form = RoleForm(request.POST, instance=user)
    if not form.is_valid():
        return refused(request, form)
    with transaction.atomic():
        form.save()
        if not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
            transaction.set_rollback(True)
            messages.error(request, _("Somebody has to stay admin: give another user that role first."))
            return redirect("settings")
        record(user_of(request), "user.role", user.username, before=before, role=user.role, is_active=user.is_active)
    messages.success(request, _("%(name)s is now %(role)s.") % {"name": user.username, "role": user.get_role_display()})
    return redirect("settings")


def send_password_mail(request: HttpRequest, user: User) -> None:
    reset = PasswordResetForm({"email": user.email})
    if reset.is_valid():
        reset.save(request=request, use_https=request.is_secure())


def refused(request: HttpRequest, form: forms.BaseForm) -> HttpResponse:
    """Back to the page with what was wrong; nothing was saved."""
    for name, errors in form.errors.items():
        label = form.fields[name].label or name if name in form.fields else ""
        messages.error(request, f"{label}: {' '.join(str(error) for error in errors)}".lstrip(": "))
    return redirect("settings")
