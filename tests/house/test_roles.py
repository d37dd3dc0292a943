"""Every page and endpoint asks for a role; a role includes those below it, and a token gives no more than its user."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from productops.lib.models import ApiToken, Role, User
from productops.lib.roles import HasRole, request_has_role
from tests.lib.addresses import addresses

# Open to everyone, since one isn't logged in there yet, or to everyone who is logged in.
PUBLIC = {
    "login",
    "logout",
    "password_change",
    "password_change_done",
    "password_reset",
    "password_reset_sent",
    "password_reset_done",
    "password_reset_confirm",
    "password_reset_complete",
    "theme",
}
GUARDED = [address for address in addresses() if address.name not in PUBLIC]
PAGES = [address for address in GUARDED if address.api_class is None]


def by_route(address) -> str:
    return address.route or "overview"


@pytest.mark.parametrize("address", GUARDED, ids=by_route)
def test_every_address_asks_for_a_role(address):
    if address.api_class is None:
        assert getattr(address.view, "required_role", None) in Role.values
    else:
        permissions = address.api_class.permission_classes
        assert permissions
        assert all(issubclass(permission, HasRole) for permission in permissions)


@pytest.mark.django_db
@pytest.mark.parametrize("address", GUARDED, ids=by_route)
def test_a_stranger_gets_in_nowhere(client, address):
    answer = client.get(address.filled)
    if address.api_class is None:
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("login"))
    else:
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", [page for page in PAGES if getattr(page.view, "required_role", "") != Role.VIEWER], ids=by_route
)
def test_a_viewer_is_refused_what_asks_for_more(client, address):
    client.force_login(User.objects.create_user("viewer", role=Role.VIEWER))
    assert client.get(address.filled).status_code in (403, 405)
    assert client.post(address.filled).status_code in (403, 405)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "asked", "may"),
    [
        ("viewer", "viewer", True),
        ("viewer", "analyst", False),
        ("analyst", "viewer", True),
        ("analyst", "analyst", True),
        ("analyst", "admin", False),
        ("admin", "viewer", True),
        ("admin", "admin", True),
    ],
)
def test_a_role_includes_those_below_it(own, asked, may):
    request = RequestFactory().get("/")
    request.user = User(username="ada", role=own)
    assert request_has_role(request, asked) is may


@pytest.mark.django_db
def test_who_left_has_no_role():
    assert not User(username="gone", role=Role.ADMIN, is_active=False).has_role(Role.VIEWER)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("user_role", "token_role", "asked", "may"),
    [
        ("admin", "viewer", "viewer", True),
        ("admin", "viewer", "analyst", False),
        ("viewer", "admin", "analyst", False),
        ("admin", "admin", "admin", True),
    ],
)
def test_a_token_gives_no_more_than_it_and_its_user_may(user_role, token_role, asked, may):
    request = RequestFactory().get("/")
    request.user = User.objects.create_user("bi", role=user_role)
    request.auth, _ = ApiToken.issue(user=request.user, name="bi", role=token_role)
    assert request_has_role(request, asked) is may
