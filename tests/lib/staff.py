"""Staff of each role, and clients that are logged in as them."""

from collections.abc import Callable

import pytest
from django.test import Client

from productops.lib.models import Role, User

PASSWORD = "a long enough phrase"
LogIn = Callable[..., Client]


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(name: str = "ada", role: str = Role.ADMIN) -> User:
        return User.objects.create_user(name, f"{name}@example.com", PASSWORD, role=role)

    return make


@pytest.fixture
def log_in(db: None) -> LogIn:
    """Make a user of a role and return a client that is logged in as them."""

    def logged_in(role: str = Role.ADMIN) -> Client:
        user, _made = User.objects.get_or_create(
            username=f"{role}-user", defaults={"role": role, "email": f"{role}@example.com"}
        )
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return logged_in


@pytest.fixture
def viewer(log_in: LogIn) -> Client:
    return log_in(Role.VIEWER)
