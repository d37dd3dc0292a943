from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from productops.lib import navigation
from productops.lib.models import User


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
def admin(make_user: Callable[..., User], client: Client) -> Client:
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    return client
