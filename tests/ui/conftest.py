from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from productops.lib import navigation
from productops.lib.models import Role, User

PASSWORD = "a long enough phrase"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def pages_as_they_are() -> Iterator[None]:
    """What pages there are is remembered for the life of a process; tests may come with other URLs."""
    navigation.required_role.cache_clear()
    yield
    navigation.required_role.cache_clear()


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(name: str = "ada", role: str = Role.ADMIN) -> User:
        return User.objects.create_user(name, f"{name}@example.com", PASSWORD, role=role)

    return make


@pytest.fixture
def admin(make_user: Callable[..., User], client: Client) -> Client:
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    return client
