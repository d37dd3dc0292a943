import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from productops.lib.models import User
from tests.lib.staff import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(client: Client, password: str = PASSWORD, **more: str):
    return client.post("/login/", {"username": "ada", "password": password, **more})


def test_who_is_not_logged_in_is_sent_there_and_back(client: Client, make_user: Callable[..., User]) -> None:
    make_user()
    asked = client.get("/styleguide/?by=channel")
    assert asked.status_code == 302
    assert asked["Location"] == "/login/?next=/styleguide/%3Fby%3Dchannel"
    assert log_in(client, next="/styleguide/?by=channel")["Location"] == "/styleguide/?by=channel"
    assert client.get("/styleguide/").status_code == 200


def test_a_wrong_password_is_refused_in_words(client: Client, make_user: Callable[..., User]) -> None:
    make_user()
    page = log_in(client, "wrong").content.decode()
    assert "Please enter a correct username and password" in page


def test_nobody_is_sent_to_another_site(client: Client, make_user: Callable[..., User]) -> None:
    make_user()
    assert log_in(client, next="https://evil.example/")["Location"] == "/"


def test_too_many_attempts_are_locked_and_the_page_says_for_how_long(
    client: Client, make_user: Callable[..., User], settings
) -> None:
    make_user()
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        answer = log_in(client, "wrong")
    assert answer.status_code == 429
    page = answer.content.decode()
    assert "Too many attempts" in page
    assert "locked for 15\xa0min" in page
    assert log_in(client).status_code == 429


def test_log_out(admin: Client) -> None:
    assert admin.post("/logout/")["Location"] == "/login/"
    assert admin.get("/styleguide/").status_code == 302


def test_a_forgotten_password(client: Client, make_user: Callable[..., User]) -> None:
    make_user()
    client.post("/password/reset/", {"email": "ada@example.com"})
    assert mail.outbox[0].subject == "Choose a new password for the portal"
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    assert "Choose a new password" in form.content.decode()
    done = client.post(
        form.request["PATH_INFO"], {"new_password1": "another long phrase", "new_password2": "another long phrase"}
    )
    assert done["Location"] == "/password/reset/done/"
    assert log_in(client, "another long phrase").status_code == 302
    assert "used before or is too old" in client.get(link, follow=True).content.decode()


def test_no_mail_tells_whether_an_account_exists(client: Client) -> None:
    answer = client.post("/password/reset/", {"email": "nobody@example.com"})
    assert answer["Location"] == "/password/reset/sent/"
    assert not mail.outbox


def test_change_of_password(admin: Client) -> None:
    fields = {"old_password": PASSWORD, "new_password1": "another long phrase", "new_password2": "another long phrase"}
    assert admin.post("/password/", fields)["Location"] == "/password/changed/"
    assert "Your password is changed" in admin.get("/password/changed/").content.decode()
