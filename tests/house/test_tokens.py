"""API tokens: shown once, kept as a hash, of no use once revoked."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from productops.lib.models import ApiToken, AuditEntry, Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return User.objects.create_user("bi", role=Role.VIEWER)


def ask(client, authorization: str):
    return client.get(reverse("schema"), headers={"Authorization": authorization})


def test_a_token_opens_the_api(client, user):
    token, text = ApiToken.issue(user=user, name="bi", role=Role.VIEWER)
    assert ask(client, f"Bearer {text}").status_code == 200
    assert ask(client, f"bearer  {text} ").status_code == 200
    token.refresh_from_db()
    assert token.last_used_at is not None


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer po_wrong", "Bearer \xff\xfe", "Basic Ymk6"])
def test_what_is_no_token_opens_nothing(client, user, authorization):
    answer = ask(client, authorization)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["status"] == 401


def test_a_revoked_token_opens_nothing(client, user):
    token, text = ApiToken.issue(user=user, name="bi", role=Role.VIEWER)
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    assert ask(client, f"Bearer {text}").status_code == 401


def test_a_token_of_someone_who_left_opens_nothing(client, user):
    _, text = ApiToken.issue(user=user, name="bi", role=Role.VIEWER)
    User.objects.update(is_active=False)
    assert ask(client, f"Bearer {text}").status_code == 401


def test_its_text_is_kept_nowhere(user):
    token, text = ApiToken.issue(user=user, name="bi", role=Role.VIEWER)
    kept = [str(getattr(token, field.attname)) for field in ApiToken._meta.fields]
    assert not [value for value in kept if text in value]
    assert token.prefix == text[:8]


def test_the_command_prints_the_token_alone_and_makes_its_user(client):
    out = StringIO()
    call_command("create_token", "robot", "--role", "analyst", stdout=out)
    text = out.getvalue().removesuffix("\n")
    assert "\n" not in text
    assert ask(client, f"Bearer {text}").status_code == 200
    made = User.objects.get(username="robot")
    assert made.role == Role.ANALYST
    assert not made.has_usable_password()
    assert AuditEntry.objects.get(action="token.create").detail["owner"] == "robot"


def test_the_command_makes_no_token_that_promises_more_than_its_user_may(user):
    with pytest.raises(CommandError, match="bi may not act as admin"):
        call_command("create_token", "bi", "--role", "admin")
    assert not ApiToken.objects.exists()
