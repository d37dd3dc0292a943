"""Headers of every answer, and what happens to who guesses passwords."""

import pytest
from django.urls import reverse

from productops.lib.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada", password=PASSWORD)


def log_in(client, password: str, *, name: str = "ada", address: str = "192.0.2.1"):
    return client.post(reverse("login"), {"username": name, "password": password}, REMOTE_ADDR=address)


def test_the_content_policy_allows_nothing_inline_and_nothing_foreign(client):
    policy = dict(
        part.strip().split(" ", 1) for part in client.get(reverse("login"))["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert {policy[directive] for directive in ("script-src", "style-src", "connect-src", "font-src")} == {"'self'"}
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_pages_cannot_be_framed_sniffed_or_told_on(client):
    answer = client.get(reverse("login"))
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(client, user):
    log_in(client, PASSWORD)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_guessing_is_stopped_for_that_name_from_that_address_alone(client, user, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(client, "guess")
    assert log_in(client, PASSWORD).status_code == 429
    assert log_in(client, PASSWORD, address="192.0.2.2").status_code == 302


def test_a_locked_name_is_open_again_after_a_while(client, user, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(client, "guess")
    settings.AXES_COOLOFF_TIME = 0
    assert log_in(client, PASSWORD).status_code == 302


def test_a_few_mistakes_lock_nobody_out(client, user, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        log_in(client, "oops")
    assert log_in(client, PASSWORD).status_code == 302


def test_with_https_all_is_secure(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = client.get(reverse("login"))
    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")
