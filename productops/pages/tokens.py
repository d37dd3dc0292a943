"""API tokens: everybody's own, and for admins everyone's."""

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from productops.lib.models import ApiToken, Role, User, record
from productops.lib.roles import role_required, user_of


class TokenForm(forms.Form):
    name = forms.CharField(max_length=100, label=gettext_lazy("What is it for?"))
    role = forms.ChoiceField(label=gettext_lazy("May do what this role may"))

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, role.label) for role in Role if user.has_role(role)]


def issue_token(*, user: User, name: str, role: str) -> str:
    """Make a token for ``user`` and return its text, which is not kept."""
    with transaction.atomic():
        token, text = ApiToken.issue(user=user, name=name, role=role)
        record(user, "token.create", token.name, prefix=token.prefix, role=role)
    return text


def revoke_token(*, token: ApiToken, by: User) -> None:
    with transaction.atomic():
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        record(by, "token.revoke", token.name, prefix=token.prefix, owner=token.user.get_username())


@role_required(Role.VIEWER)
def token_list(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    form = TokenForm(user, request.POST or None)
    text = ""
    if request.method == "POST" and form.is_valid():
        # Shown in this very answer and never again: a redirect would have to keep it somewhere.
        text = issue_token(user=user, **form.cleaned_data)
        form = TokenForm(user)
    everyone = user.has_role(Role.ADMIN)
    tokens = ApiToken.objects.select_related("user").order_by("revoked_at", "-id")
    response = render(
        request,
        "pages/tokens.html",
        {
            "title": _("API tokens"),
            "form": form,
            "new_token": text,
            "tokens": tokens if everyone else tokens.filter(user=user),
            "everyone": everyone,
        },
        status=400 if form.errors else 200,
    )
    if text:
        response["Cache-Control"] = "no-store"
    return response


@require_POST
@role_required(Role.VIEWER)
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user = user_of(request)
    own = ApiToken.objects.all() if user.has_role(Role.ADMIN) else ApiToken.objects.filter(user=user)
    token = get_object_or_404(own.live(), pk=pk)
    revoke_token(token=token, by=user)
    messages.success(request, _("The token “%(name)s” no longer works.") % {"name": token.name})
    return redirect("tokens")
