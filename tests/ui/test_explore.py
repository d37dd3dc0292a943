"""The pages of Explore in a real Chromium: accessible, unblocked, within a phone's width, alive."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from analytics.explore.models import Annotation, PeopleSegment, Run, SavedAnalysis
from analytics.explore.pages.kinds import PAGES
from productops.lib.models import User
from tests.dashboards.conftest import Send, fresh_memory, send  # noqa: F401  (fixtures)
from tests.lib.browsing import THEMES, WIDTHS, Open, problems, width_needed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Kept:
    dynamic: PeopleSegment
    static: PeopleSegment
    annotation: Annotation


@pytest.fixture
def kept(send: Send, make_user) -> Kept:  # noqa: F811
    """Forty people who sign up on four Mondays and come back on Wednesdays; segments, an annotation, what is pinned."""
    make_user("owner")
    owner = User.objects.get(username="owner")
    today = datetime.now(UTC).date()
    monday = today - timedelta(days=today.weekday())
    for week in range(4):
        began = monday - timedelta(weeks=5 - week)
        for number in range(10):
            user = f"w{week}p{number}"
            send(user, began, "signup_completed", platform=("web", "ios")[number % 2])
            send(user, began, "profile_filled")
            for later in range(number % 3 + 1):
                send(user, began + timedelta(weeks=later, days=2), "video_created")
    doing = {"kind": "event", "event": "video_created", "filters": [], "at_least": 2, "at_most": None}
    definition = {"match": "all", "conditions": [{**doing, "days": 90, "from": None, "to": None}]}
    asked = {"from": str(monday - timedelta(weeks=6)), "to": str(today)}
    for kind, more in (("trend", {"series": [{"event": None}]}), ("sessions", {}), ("paths", {})):
        SavedAnalysis.objects.create(name=f"Pinned {kind}", kind=kind, body={**asked, **more}, pinned=True, owner=owner)
    return Kept(
        PeopleSegment.objects.create(name="Makers", kind="dynamic", definition=definition),
        PeopleSegment.objects.create(name="A list", kind="static"),
        Annotation.objects.create(day=monday - timedelta(weeks=2), text="Release 4", kind="release"),
    )


# One after the other, as a reader does: what is opened first fetches its SQL, and here all requests share a connection.
OPEN_ALL = """async () => {
  for (const one of document.querySelectorAll(':is(.card details, .asking):not([open])')) {
    const opened = new Promise((next) => one.addEventListener('toggle', next, { once: true }));
    one.open = true;
    await opened;
    while (document.querySelector('[aria-busy]')) await new Promise((next) => setTimeout(next, 20));
  }
}"""


@pytest.mark.node  # axe-core comes from npm
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_page_is_accessible_unblocked_and_fits(kept: Kept, open_browser: Open, theme: str, width: int) -> None:
    visitor = open_browser(theme, width)
    visitor.log_in("/explore/segments/")
    for path in [
        "/",
        *(f"/explore/{kind}/" for kind in PAGES),
        "/explore/trend/?series.0.measure=events&series.0.filters.0.property=plan&breakdown=platform&filters.0.property=",
        "/explore/funnel/?breakdown.property=platform&exclusions.0.event=page&sql=steps.postgres",
        "/explore/trend/?from=2020-01-01&to=2020-01-31",
        "/explore/funnel/people/?point.step=0",
        "/explore/segments/",
        "/explore/segments/new/?do=add:events",
        "/explore/segments/new/?events.0.event=video_created&events.0.filters.0.property=plan&filters.0.property=platform"
        f"&segments.0.segment={kept.dynamic.pk}",
        "/explore/segments/upload/",
        f"/explore/segments/{kept.dynamic.pk}/",
        f"/explore/segments/{kept.dynamic.pk}/people/",
        f"/explore/segments/{kept.static.pk}/",
        "/explore/annotations/",
        "/explore/annotations/new/",
        f"/explore/annotations/{kept.annotation.pk}/",
    ]:
        page = visitor.go(path)
        expect(page.locator("[aria-busy]")).to_have_count(0)
        page.evaluate(OPEN_ALL)
        assert problems(page) == "", path
        assert width_needed(page) == width, path
        assert page.locator("[style]:not(canvas, .chart *)").count() == 0, path
    assert visitor.complaints == []


def test_answers_follow_their_page_with_their_charts(kept: Kept, open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in("/explore/segments/")
    page = visitor.page
    with page.expect_response(lambda answer: "/explore/trend/result/" in answer.url):
        page.goto(f"{visitor.address}/explore/trend/?range=90d")
    expect(page.locator("#trend .chart.enhanced canvas")).to_be_visible()
    expect(page.get_by_text("Working it out")).to_have_count(0)
    assert visitor.complaints == []


def test_a_page_that_is_left_withdraws_its_question(kept: Kept, open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in("/explore/segments/")
    visitor.page.route("**/result/**", lambda route: None)  # an answer that doesn't come
    visitor.page.goto(f"{visitor.address}/explore/trend/?range=7d")
    expect(visitor.page.get_by_role("button", name="Cancel")).to_be_visible()
    visitor.go("/explore/segments/")
    ends = time.monotonic() + 20
    while not Run.objects.filter(withdrawn=True).exists():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_tab_shows_the_sql_of_another_engine(kept: Kept, open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in("/explore/segments/")
    page = visitor.go("/explore/retention/")
    card = page.locator("#cohorts")
    assert card.locator("code").text_content() == ""  # nobody has looked at it yet
    card.get_by_text("How is it computed?").click()
    expect(card.get_by_role("link", name="DuckDB, as it ran")).to_have_attribute("aria-current", "true")
    ran = card.locator("code").inner_text()
    assert "SELECT" in ran
    card.get_by_role("link", name="ClickHouse").click()
    expect(card.get_by_role("link", name="ClickHouse")).to_have_attribute("aria-current", "true")
    assert card.locator("code").inner_text() != ran
    assert "sql=" not in page.url


def test_sql_that_nobody_has_looked_at_is_copied(kept: Kept, open_browser: Open) -> None:
    visitor = open_browser(permissions=["clipboard-read", "clipboard-write"])
    visitor.log_in("/explore/segments/")
    page = visitor.go("/explore/funnel/")
    card = page.locator("#steps")
    card.locator(".card-menu summary").click()
    card.get_by_role("button", name="Copy SQL").click()
    expect(page.get_by_text("SQL copied").last).to_be_visible()
    text = card.locator("code").text_content()
    assert "SELECT" in text
    assert page.evaluate("navigator.clipboard.readText()") == text
    assert visitor.complaints == []


@pytest.mark.parametrize(("kind", "card"), [("funnel", "steps"), ("paths", "paths"), ("retention", "cohorts")])
def test_a_picture_of_a_table_and_of_a_flow(kept: Kept, open_browser: Open, kind: str, card: str) -> None:
    visitor = open_browser()
    visitor.log_in("/explore/segments/")
    page = visitor.go(f"/explore/{kind}/?range=90d")
    page.locator(f"#{card} .card-menu summary").click()
    with page.expect_download() as download:
        page.locator(f"#{card}").get_by_role("button", name="Download PNG").click()
    assert download.value.suggested_filename == f"{card}.png"
    picture = download.value.path().read_bytes()
    width = int.from_bytes(picture[16:20], "big")
    assert picture.startswith(b"\x89PNG")
    assert width == 2 * (page.evaluate(f"document.querySelector('#{card} .card-body').clientWidth") + 32)
    assert visitor.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_without_scripts_pages_wait_and_are_whole(kept: Kept, open_browser: Open, width: int) -> None:
    visitor = open_browser(width=width, java_script_enabled=False)
    visitor.log_in("/explore/funnel/")
    page = visitor.page
    expect(page.locator("#steps table")).to_be_visible()
    page.locator("#steps").get_by_text("How is it computed?").click()
    page.locator("#steps").get_by_role("link", name="PostgreSQL").click()
    expect(page.locator("#steps .sql-tabs [aria-current]")).to_have_text("PostgreSQL")
    expect(page.locator("#steps code")).to_be_visible()
    page.get_by_role("button", name="Add a step").click()
    expect(page.locator("fieldset.clause:has(.clause-mark)")).to_have_count(4)
    visitor.go("/")
    expect(page.locator("#pinned .card")).to_have_count(3)


def test_on_a_phone_the_answer_comes_before_the_question(kept: Kept, open_browser: Open) -> None:
    visitor = open_browser(width=390)
    visitor.log_in("/explore/segments/")
    page = visitor.go("/explore/funnel/")
    expect(page.locator("#clauses")).to_be_hidden()
    page.get_by_text("Change the question").click()
    page.get_by_role("button", name="Add a step").click()
    expect(page.locator("#clauses")).to_be_visible()  # it is being worked on
    page = visitor.go("/explore/trend/")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator("#clauses")).to_be_visible()


def test_a_segment_is_built_from_the_keyboard(kept: Kept, open_browser: Open) -> None:
    visitor = open_browser()
    visitor.log_in("/explore/segments/")
    page = visitor.go("/explore/segments/new/")
    page.get_by_role("button", name="People who did …").press("Enter")
    page.get_by_label("Event").fill("signup_completed")
    page.get_by_label("Event").press("Enter")
    expect(page.get_by_text("40 people are in it now.")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("Signed up")
    page.get_by_role("textbox", name="Name").press("Enter")
    expect(page.get_by_text("Saved. Every analysis can be asked of these people now.")).to_be_visible()
    assert PeopleSegment.objects.filter(name="Signed up").exists()
