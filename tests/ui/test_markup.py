"""What the content security policy would block must not be in a page in the first place."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client

INLINE = re.compile(
    r"""<[^>]*\s(?:style|on[a-z]+)\s*=|<style|<script(?![^>]*\bsrc=)(?![^>]*type="application/json")|javascript:"""
)
PAGES = [
    "/login/",
    "/password/reset/",
    "/password/reset/done/",
    "/nothing/",
    "/styleguide/",
    "/styleguide/?by=nonsense",
]


@pytest.mark.parametrize("address", PAGES)
def test_no_inline_style_script_or_handler(admin: Client, address: str) -> None:
    page = admin.get(address).content.decode()
    if address == "/login/":  # who is logged in is sent on
        page = Client().get(address).content.decode()
    assert "</html>" in page
    assert INLINE.findall(page) == []


@pytest.mark.parametrize(
    "bad", ['<p style="x">', "<p onclick=x>", "<script>x</script>", "<style>", '<a href="javascript:x">']
)
def test_the_search_finds_what_it_looks_for(bad: str) -> None:
    assert INLINE.search(bad)


@pytest.mark.parametrize(
    "good", ['<script src="a.js" defer></script>', '<script id="d" type="application/json">{}</script>']
)
def test_the_search_lets_pass_what_is_allowed(good: str) -> None:
    assert not INLINE.search(good)


def test_warnings_of_the_query_string_become_banners(admin: Client) -> None:
    page = admin.get("/styleguide/?by=nonsense&range=7d").content.decode()
    assert "“by=nonsense” can&#x27;t be used here" in page
    assert '<input type="hidden" name="range" value="7d">' in page


def test_one_heading_and_named_cards(admin: Client) -> None:
    page = admin.get("/styleguide/").content.decode()
    assert len(re.findall(r"<h1\b", page)) == 1
    cards = re.findall(r'<section class="card[^"]*"[^>]*aria-labelledby="([^"]+)"', page)
    assert len(cards) >= 10
    assert all(f'id="{name}"' in page for name in cards)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_page_is_complete_without_scripts(admin: Client) -> None:
    page = admin.get("/styleguide/").content.decode()
    charts = re.findall(r'<figure class="chart.*?</figure>', page, re.S)
    assert len(charts) == 5
    assert all(re.search(r"<(polyline|rect)\b", one) for one in charts)
    assert '<button class="button apply" type="submit">Apply</button>' in page


def test_only_administrators_see_the_styleguide(client: Client, make_user) -> None:
    client.force_login(make_user("vera", "analyst"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/styleguide/")
    assert answer.status_code == 403
    assert "You may not open this page" in answer.content.decode()


def test_an_error_page_needs_nothing_from_the_request() -> None:
    page = render_to_string("500.html")
    assert "Something went wrong" in page
    assert INLINE.findall(page) == []
