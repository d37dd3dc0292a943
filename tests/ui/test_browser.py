"""The pages in a real Chromium: accessible, unblocked, within the width of a phone, and alive."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.lib.browsing import THEMES, WIDTHS, Open, problems, width_needed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.node  # axe-core comes from npm
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_accessible_unblocked_and_fit(open_browser: Open, theme: str, width: int) -> None:
    visitor = open_browser(theme, width)
    assert settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["default-src"] == ["'none'"]
    for path in ("/login/", "/password/reset/"):
        page = visitor.go(path)
        assert problems(page) == ""
        assert width_needed(page) == width
    visitor.log_in()
    expect(visitor.page.locator(".chart.enhanced")).to_have_count(6)
    assert width_needed(visitor.page) == width
    assert visitor.complaints == []
    assert problems(visitor.page) == ""


@pytest.mark.node
@pytest.mark.parametrize("theme", THEMES)
def test_opened_parts_are_accessible_too(open_browser: Open, theme: str) -> None:
    visitor = open_browser(theme, 1440)
    visitor.log_in()
    visitor.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    assert problems(visitor.page) == ""
    visitor.page.keyboard.press("?")
    expect(visitor.page.locator("#shortcuts")).to_be_visible()
    assert problems(visitor.page) == ""


@pytest.mark.parametrize("width", [320, 760, 1079, 1080])
def test_no_width_scrolls_sideways(open_browser: Open, width: int) -> None:
    visitor = open_browser(width=width)
    visitor.log_in()
    assert width_needed(visitor.page) == width


def test_a_drawn_chart_takes_the_place_of_the_servers(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    expect(visitor.page.locator(".chart.enhanced")).to_have_count(6)
    places = visitor.page.evaluate("""() => [...document.querySelectorAll(".chart")].map((figure) => {
        const drawn = Chart.getChart(figure.querySelector("canvas")).chartArea;
        const plot = figure.querySelector(".plot").getBoundingClientRect();
        const frame = figure.getBoundingClientRect();
        return [drawn.left - (plot.left - frame.left), drawn.top - (plot.top - frame.top),
                drawn.width - plot.width, drawn.height - plot.height];
    })""")
    assert len(places) == 6
    assert all(abs(difference) <= 1 for place in places for difference in place)


def test_pointing_at_a_chart_tells_its_figures(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    visitor.page.locator("#line .chart.enhanced").hover(position={"x": 120, "y": 100})
    told = visitor.page.evaluate("""() => {
        const tooltip = Chart.getChart(document.querySelector("#line canvas")).tooltip;
        return tooltip.body.flatMap((part) => part.lines);
    }""")
    assert told == ["This year  3,610", "year before  2,900"]


@pytest.mark.parametrize("width", WIDTHS)
def test_without_scripts_charts_filters_and_menus_work(open_browser: Open, width: int) -> None:
    visitor = open_browser(width=width, java_script_enabled=False)
    visitor.log_in()
    page = visitor.page
    expect(page.locator("#line .plot polyline").first).to_be_visible()
    page.get_by_label("Compare with").select_option("year")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_label("Compare with")).to_have_value("year")
    page.locator(".period summary").click()
    page.get_by_role("link", name="Last 7 days").click()
    expect(page.locator(".period summary")).to_contain_text("13 Nov – 20 Nov")
    assert "vs=year" in page.url
    if width == 390:
        page.get_by_role("link", name="Menu", exact=True).click()
        expect(page.get_by_role("navigation", name="Menu")).to_be_visible()


def test_a_slow_card_follows_the_page_with_its_chart(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    expect(visitor.page.locator("#slow .chart.enhanced canvas")).to_be_visible()
    expect(visitor.page.locator(".notice.loading")).to_have_count(0)


def test_without_scripts_a_slow_card_is_a_link_away(open_browser: Open) -> None:
    visitor = open_browser(java_script_enabled=False)
    visitor.log_in()
    visitor.page.get_by_role("link", name="Show the result").click()
    expect(visitor.page.get_by_role("heading", name="Which platform grew over two years?")).to_be_visible()


def test_filters_send_themselves_and_leave_out_what_is_blank(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    page = visitor.page
    expect(page.get_by_role("button", name="Apply")).to_be_hidden()
    page.get_by_label("Split by").select_option("channel")
    page.wait_for_url("**/styleguide/?*by=channel*")
    assert "seg=" not in page.url


def test_own_days_keep_the_rest_of_the_view(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    page = visitor.go("/styleguide/?range=7d&vs=none&tab=other")
    page.locator(".period summary").click()
    page.get_by_label("From", exact=True).fill("2026-11-02")
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**/styleguide/?*from=2026-11-02*")
    assert "to=2026-11-20" in page.url
    assert "range=" not in page.url
    assert "vs=none" in page.url
    assert "tab=other" in page.url


def test_shortcuts_move_the_period_and_rest_while_one_writes(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    page = visitor.page
    page.locator("#sample-name").press("[")
    assert "from=" not in page.url
    page.locator("h1").click()
    page.keyboard.press("[")
    page.wait_for_url("**from=2026-09-24&to=2026-10-22")
    page.keyboard.press("]")
    page.wait_for_url("**from=2026-10-23&to=2026-11-20")


def test_shortcuts_can_be_switched_off(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    page = visitor.page
    page.keyboard.press("?")
    page.get_by_label("Use shortcuts in this browser").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_hidden()


def test_a_link_is_copied_moving_or_fixed(open_browser: Open) -> None:
    visitor = open_browser(permissions=["clipboard-read", "clipboard-write"])
    visitor.log_in()
    page = visitor.page
    for name, ending in (("Moving period", "/styleguide/?"), ("Fixed days", "from=2026-10-23&to=2026-11-20")):
        page.get_by_text("Copy link", exact=True).click()
        page.get_by_role("link", name=name).click()
        expect(page.get_by_text("Link copied").last).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").endswith(ending)


def test_the_menu_of_a_phone_opens_closes_and_gives_the_focus_back(open_browser: Open) -> None:
    visitor = open_browser(width=390)
    visitor.log_in()
    page = visitor.page
    opener = page.get_by_role("link", name="Menu", exact=True)
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#menu")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_theme_stays(open_browser: Open) -> None:
    visitor = open_browser("light")
    visitor.log_in()
    page = visitor.page
    page.locator("summary[aria-label='Colour theme']").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.url.endswith("/styleguide/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 16, 20)"


def test_a_picture_of_a_chart(open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in()
    page = visitor.page
    page.locator("#line .card-menu summary").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download PNG").first.click()
    assert download.value.suggested_filename == "line.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert visitor.complaints == []


def test_print_is_light_and_without_the_shell(open_browser: Open) -> None:
    visitor = open_browser("dark")
    visitor.log_in()
    visitor.page.emulate_media(media="print")
    expect(visitor.page.locator(".sidebar")).to_be_hidden()
    expect(visitor.page.locator(".definition-text").first).to_be_visible()
    expect(visitor.page.locator("#line .plot")).to_be_visible()
    expect(visitor.page.locator("#line canvas")).to_be_hidden()
    assert visitor.page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(20, 24, 31)"
