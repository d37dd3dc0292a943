"""Every page of this history in a real Chromium: accessible, unblocked, within a phone's width, alive."""

from datetime import date

import pytest
from playwright.sync_api import expect

from analytics.collect.services import create_source
from analytics.demo.mapping import map_features
from analytics.people.models import Identity
from analytics.rollups import dictionary
from tests.dashboards.conftest import Send
from tests.lib.browsing import THEMES, WIDTHS, Open, problems, width_needed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/",
    "/product/activity/",
    "/product/engagement/",
    "/product/acquisition/",
    "/people/",
    "/metrics/",
    "/metrics/collaborative_workspaces/",
    "/data/sources/",
    "/data/live/",
    "/data/events/",
    "/data/events/signup_completed/",
    "/data/features/",
    "/data/features/new/",
    "/data/tokens/",
    "/data/audit/",
    "/run/health/",
    "/settings/",
    "/settings/channels/",
]


@pytest.mark.node  # axe-core comes from npm
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_page_is_accessible_unblocked_and_fits(history: date, open_browser: Open, theme: str, width: int) -> None:
    source, _write, _secret = create_source(name="Website", platform="web")
    dictionary.update()
    map_features()
    person = Identity.objects.get(value="w0p0").person
    visitor = open_browser(theme, width)
    visitor.log_in("/")
    for path in [*PAGES, f"/data/sources/{source.pk}/", f"/data/sources/{source.pk}/refused/", f"/people/{person}/"]:
        page = visitor.go(path)
        assert problems(page) == "", path
        assert width_needed(page) == width, path
        assert page.locator("[style]:not(canvas, .chart *)").count() == 0, path
    assert visitor.complaints == []


def test_a_page_is_whole_without_scripts(history: date, open_browser: Open) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.log_in("/product/activity/")
    people = visitor.page.locator("#people")
    expect(people.locator("svg").first).to_be_visible()
    people.get_by_text("Show as table").click()
    expect(people.get_by_role("table")).to_be_visible()
    people.get_by_text("How is it computed?").click()
    expect(people.get_by_text("SQL for DuckDB")).to_be_visible()
    visitor.page.locator("select[name=grain]").select_option("week")
    visitor.page.get_by_role("button", name="Apply").click()
    expect(visitor.page.locator("select[name=grain]")).to_have_value("week")


def test_new_events_appear_on_the_live_page_until_it_is_paused(open_browser: Open, send: Send) -> None:
    visitor = open_browser()
    visitor.log_in("/data/live/")
    rows = visitor.page.locator("#live-rows > li")
    expect(rows).to_have_count(0)
    send("ada", date(2026, 11, 20), "checkout_started", page="/cart")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("checkout_started")
    rows.first.click()
    expect(rows.first).to_contain_text("Message id")
    visitor.page.get_by_role("button", name="Pause").click()
    send("ada", date(2026, 11, 20), "checkout_completed")
    visitor.page.wait_for_timeout(2500)
    expect(rows).to_have_count(1)
    visitor.page.get_by_role("button", name="Resume").click()
    expect(rows).to_have_count(2)


def test_a_key_is_copied_and_revoking_asks_first(open_browser: Open, db: None) -> None:
    source, _write, _secret = create_source(name="Website", platform="web")
    visitor = open_browser()
    visitor.log_in(f"/data/sources/{source.pk}/")
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.get_by_role("button", name="Copy").first.click()
    expect(visitor.page.get_by_role("status").last).to_have_text("Copied")
    visitor.page.once("dialog", lambda dialog: dialog.dismiss())
    visitor.page.get_by_role("button", name="Revoke").first.click()
    assert source.keys.live().count() == 2
    visitor.page.once("dialog", lambda dialog: dialog.accept())
    visitor.page.get_by_role("button", name="Revoke").first.click()
    expect(visitor.page.locator(".tag", has_text="revoked")).to_have_count(1)
    assert source.keys.live().count() == 1


def test_what_a_rule_matches_is_shown_while_it_is_written(history: date, open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in("/data/features/new/")
    page = visitor.page
    rule, preview = page.get_by_role("group", name="Rule 1"), page.locator("#preview")
    expect(preview).to_contain_text("Write a rule")
    rule.get_by_label("How it is compared").select_option("prefix")
    rule.get_by_label("With what").press_sequentially("signup")
    expect(preview.get_by_role("rowheader", name="event signup_completed")).to_be_visible()
    rule.get_by_label("How it is compared").select_option("regex")
    rule.get_by_label("With what").fill("(")
    expect(preview).to_contain_text("This is no regular expression")
    assert page.url.endswith("/data/features/new/")
    assert visitor.complaints == []
