"""The pages of features and core areas: viewers read them, analysts edit."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from analytics.dashboards.features import forms, matched
from analytics.features import services
from analytics.features.models import Area, Feature
from analytics.features.queries import as_rule, mapping
from analytics.metrics.features import Rule
from analytics.rollups.models import EventDefinition
from productops.lib.models import Role
from productops.lib.roles import request_has_role, role_required, user_of

OFFERED_NAMES = 200
NAMED = 3  # features without use, in the sentence above the list


@dataclass(frozen=True)
class Line:
    """A feature of the list, and what its rules match."""

    feature: Feature
    reach: matched.Reach


@role_required(Role.VIEWER)
def feature_list(request: HttpRequest) -> HttpResponse:
    return _list(request, forms.AreaForm())


@require_POST
@role_required(Role.ANALYST)
def area_add(request: HttpRequest) -> HttpResponse:
    form = forms.AreaForm(request.POST)
    if _saved(form, lambda: services.add_area(**form.cleaned_data, user=user_of(request))):
        return redirect("features")
    return _list(request, form)


@role_required(Role.ANALYST)
def area_page(request: HttpRequest, pk: int) -> HttpResponse:
    area = get_object_or_404(Area, pk=pk)
    form = forms.AreaForm(request.POST or None, instance=area)
    name = area.name
    if request.method == "POST" and _saved(
        form, lambda: services.edit_area(area=area, name=form.cleaned_data["name"], user=user_of(request))
    ):
        return redirect("features")
    context = {"title": name, "area": area, "form": form}
    return render(request, "data/area.html", context, status=400 if form.errors else 200)


@require_POST
@role_required(Role.ANALYST)
def area_move(request: HttpRequest, pk: int) -> HttpResponse:
    area = get_object_or_404(Area, pk=pk)
    services.move_area(area=area, to=area.position + (-1 if "up" in request.POST else 1), user=user_of(request))
    return redirect("features")


@require_POST
@role_required(Role.ANALYST)
def area_delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete_area(area=get_object_or_404(Area, pk=pk), user=user_of(request))
    return redirect("features")


@role_required(Role.ANALYST)
def feature_new(request: HttpRequest) -> HttpResponse:
    return _feature(request, Feature())


@role_required(Role.VIEWER)
def feature_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _feature(request, get_object_or_404(Feature, pk=pk))


@require_POST
@role_required(Role.ANALYST)
def feature_move(request: HttpRequest, pk: int) -> HttpResponse:
    feature = get_object_or_404(Feature, pk=pk)
    to = feature.position + (-1 if "up" in request.POST else 1)
    services.move_feature(feature=feature, to=to, user=user_of(request))
    return redirect("features")


@require_POST
@role_required(Role.ANALYST)
def feature_delete(request: HttpRequest, pk: int) -> HttpResponse:
    services.delete_feature(feature=get_object_or_404(Feature, pk=pk), user=user_of(request))
    messages.success(request, _("Deleted. Its events stay."))
    return redirect("features")


@require_POST
@role_required(Role.ANALYST)
def feature_preview(request: HttpRequest) -> HttpResponse:
    """What the rules of a form match, for the page's script to show while they are written."""
    sent = forms.rule_forms_sent(request.POST)
    if not sent.is_valid():
        return render(request, "data/feature_preview.html", {"problems": _problems(sent)})
    return render(request, "data/feature_preview.html", {"preview": matched.preview(sent.rules())})


def _list(request: HttpRequest, form: ModelForm) -> HttpResponse:
    reach = matched.reach(mapping())
    features = Feature.objects.select_related("area").prefetch_related("rules")
    lines = [Line(feature, reach.get(feature.key, matched.Reach())) for feature in features]
    context = {
        "title": _("Features"),
        "lines": lines,
        "takeaway": _takeaway(lines),
        "areas": Area.objects.all(),
        "form": form,
        "may_edit": request_has_role(request, Role.ANALYST),
    }
    return render(request, "data/features.html", context, status=400 if form.errors else 200)


def _takeaway(lines: list[Line]) -> str:
    unmet = [line.feature.name for line in lines if not line.reach.events]
    if not unmet:
        return _("Every feature was used in the last 28 days.")
    told = _("%(unmet)d of %(all)d features were not used in the last 28 days: %(names)s.")
    if len(unmet) > NAMED:
        told = _("%(unmet)d of %(all)d features were not used in the last 28 days: %(names)s and others.")
    return told % {"unmet": len(unmet), "all": len(lines), "names": ", ".join(unmet[:NAMED])}


def _feature(request: HttpRequest, feature: Feature) -> HttpResponse:
    """One feature, or a new one. With ``try`` the preview is that of what the form says, which is not saved."""
    may_edit = request_has_role(request, Role.ANALYST)
    rules = [as_rule(rule) for rule in feature.rules.all()] if feature.pk else []
    name, form, rows = feature.name, forms.FeatureForm(instance=feature), forms.rule_forms(rules)
    problems: list[str] = []
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        rows = forms.rule_forms_sent(request.POST)
        if rows.is_valid():
            rules = rows.rules()
        else:
            problems = _problems(rows)
        if "try" in request.POST:
            form = forms.FeatureForm(instance=feature, initial=request.POST.dict())
            rows = rows if problems else forms.rule_forms(rules)
        else:
            form = forms.FeatureForm(request.POST, instance=feature)
            if not problems and _saved(form, lambda: _save(request, feature, form, rules)):
                messages.success(request, _("Saved. Analyses go by it from now on, for events of all times."))
                return redirect("features")
    context = {
        "title": name or _("New feature"),
        "feature": feature,
        "form": form,
        "rows": rows,
        "may_edit": may_edit,
        "names": EventDefinition.objects.order_by("-volume").values_list("name", flat=True)[:OFFERED_NAMES],
        "problems": problems,
        "preview": None if problems else matched.preview(rules),
    }
    return render(request, "data/feature.html", context, status=400 if form.errors or problems else 200)


def _save(request: HttpRequest, feature: Feature, form: ModelForm, rules: list[Rule]) -> None:
    asked, user = form.cleaned_data, user_of(request)
    if feature.pk:
        services.edit_feature(feature=feature, name=asked["name"], area=asked["area"], rules=rules, user=user)
    else:
        services.add_feature(**asked, rules=rules, user=user)


def _saved(form: ModelForm, save: Callable[[], object]) -> bool:
    """Whether the form was right and what it says is saved; what a service refuses is told with it."""
    if not form.is_valid():
        return False
    try:
        save()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    return True


def _problems(rows: forms.BaseRuleForms) -> list[str]:
    """What is wrong with rules, once each."""
    told = [
        *rows.non_form_errors(),
        *(error for form in rows.forms for errors in form.errors.values() for error in errors),
    ]
    return list(dict.fromkeys(str(error) for error in told))
