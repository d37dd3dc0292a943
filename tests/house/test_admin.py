"""The Django admin: a useful list of every model, for staff, with nothing secret in it."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from analytics.collect.services import create_source
from productops.lib.admin import ReadOnly
from productops.lib.models import ApiToken, AuditEntry, Role, User

pytestmark = pytest.mark.django_db

OWN_MODELS = [model for label in ("lib", "analytics") for model in apps.get_app_config(label).get_models()]
RULES = {
    "position": 1,
    "field": "utm_source",
    "pattern": "^news",
    "channel": "email",
}


@pytest.fixture
def staff(client) -> User:
    user = User.objects.create_superuser("ada", password="a long enough one", role=Role.ADMIN)
    client.force_login(user)
    return user


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", OWN_MODELS, ids=lambda model: model.__name__)
def test_each_model_has_a_list_that_opens_and_can_be_searched(client, staff, model):
    listing = admin.site._registry[model]
    assert len(listing.list_display) > 1
    assert client.get(address(model, "changelist"), {"q": "7"}).status_code == 200


@pytest.mark.parametrize("role", Role.values)
def test_who_is_not_staff_stays_outside(client, role):
    client.force_login(User.objects.create_user("eve", role=role))
    assert client.get(reverse("admin:index")).status_code == 302


def test_what_services_write_cannot_be_changed_here(client, staff):
    read_only = [model for model in OWN_MODELS if isinstance(admin.site._registry[model], ReadOnly)]
    assert {"AuditEntry", "Event", "IdentityEdge", "Segment", "SourceKey"} <= {model.__name__ for model in read_only}
    for model in read_only:
        assert client.get(address(model, "add")).status_code == 403


def test_keys_and_tokens_are_never_shown(client, staff):
    source, write_key, secret_key = create_source(name="web", platform="web")
    token, text = ApiToken.issue(user=staff, name="bi", role=Role.VIEWER)
    secrets = {write_key, secret_key, text, token.hash}
    pages = [
        address(type(key), page, *args)
        for key in source.keys.all()
        for page, args in (("changelist", ()), ("change", (key.pk,)))
    ]
    pages += [address(ApiToken, "changelist"), address(ApiToken, "change", token.pk)]
    for page in pages:
        content = client.get(page).content.decode()
        assert not [secret for secret in secrets if secret in content], page


def test_what_is_changed_here_stands_in_the_audit_trail(client, staff):
    rule = apps.get_model("analytics", "ChannelRule")
    client.post(address(rule, "add"), RULES)
    made = rule.objects.get(channel="email")
    client.post(address(rule, "change", made.pk), RULES | {"pattern": "^letter"})
    client.post(address(rule, "delete", made.pk), {"post": "yes"})
    trail = AuditEntry.objects.filter(action__startswith="admin.").order_by("id")
    assert list(trail.values_list("actor", "action")) == [
        ("ada", "admin.add"),
        ("ada", "admin.change"),
        ("ada", "admin.delete"),
    ]
    assert trail[1].detail == {"fields": ["Pattern"]}


def test_a_token_can_be_revoked_from_the_list(client, staff):
    token, text = ApiToken.issue(user=staff, name="bi", role=Role.VIEWER)
    client.post(address(ApiToken, "changelist"), {"action": "revoke", "_selected_action": [token.pk]})
    assert ApiToken.objects.matching(text) is None
    assert AuditEntry.objects.get(action="token.revoke").object == "bi"


def test_pages_need_no_exception_from_the_content_policy(client, staff):
    page = client.get(address(User, "changelist"))
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)(?![^>]*type=\"application/json\")[^>]*>", page.content.decode())
