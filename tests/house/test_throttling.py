"""The API answers a user only so often, and says when it will again."""

import pytest
from django.core.cache import cache
from django.urls import reverse
from rest_framework.throttling import SimpleRateThrottle

from productops.lib.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def slow(monkeypatch):
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": "2/hour"})
    cache.clear()


def test_too_many_requests_are_told_to_come_back(client):
    client.force_login(User.objects.create_user("eager", role=Role.VIEWER))
    answers = [client.get(reverse("schema")) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1]["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600


def test_one_user_does_not_use_up_the_share_of_another(client):
    for name in ("eager", "patient"):
        client.force_login(User.objects.create_user(name, role=Role.VIEWER))
        assert [client.get(reverse("schema")).status_code for _ in range(2)] == [200, 200]
