"""A logged-in client for each role."""

import pytest
from django.test import Client

from productops.lib.models import Role, User


@pytest.fixture
def log_in(db):
    """Make a user of a role and return a client that is logged in as them."""

    def logged_in(role: str = Role.ADMIN) -> Client:
        user, _made = User.objects.get_or_create(
            username=f"{role}-user", defaults={"role": role, "email": f"{role}@example.com"}
        )
        client = Client()
        client.force_login(user)
        return client

    return logged_in


@pytest.fixture
def admin_client(log_in):
    return log_in(Role.ADMIN)
