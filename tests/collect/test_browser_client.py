"""Segment's official browser library, in Chromium, on a page of another origin than the portal."""

import json
from collections.abc import Iterator

import pytest

from analytics.collect.models import Flag
from analytics.people.channels import Touch
from tests.collect.arrivals import assert_each_arrived_once
from tests.collect.faulty import FaultyProxy
from tests.collect.portal import Portal, SentBy, eventually
from tests.collect.site import Site

pytestmark = pytest.mark.browser

SOMEONES_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
# What a site is told to do: name the portal as the CDN. Where to send stands in the settings it serves.
LOAD = """([cdnURL, writeKey, options]) => {
  window.analytics = AnalyticsNext.AnalyticsBrowser.load({ cdnURL, writeKey }, options);
}"""
EACH_IN_A_REQUEST = {"integrations": {"Segment.io": {"deliveryStrategy": {"strategy": "standard"}}}}


@pytest.fixture
def site() -> Iterator[Site]:
    running = Site()
    yield running
    running.close()


@pytest.fixture
def page(chromium) -> Iterator["playwright.sync_api.Page"]:  # noqa: F821
    context = chromium.new_context(user_agent=SOMEONES_AGENT, locale="en-GB")
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def sender(portal: Portal, site: Site) -> SentBy:
    return portal.source(platform="web", allowed_origins=[site.origin])


def test_every_call_arrives_as_it_was_made(page, site: Site, proxy: FaultyProxy, sender: SentBy) -> None:
    address = f"{site.origin}/pricing?utm_source=News&utm_medium=email&utm_campaign=Spring&gclid=abc"
    page.goto(address, referer="https://search.example/")
    page.evaluate(LOAD, [proxy.address, sender.key, {}])
    page.evaluate(
        """async () => {
          await analytics.page("Docs", "Pricing", { tab: 1 });
          await analytics.track("Order Completed", { total: 12.5, nested: { list: [1, null, "ü€"] } });
          await analytics.identify("u1", { email: "x@example.com", customer_segment: "small_team" });
          await analytics.group("workspace-1", { name: "Acme" });
          await analytics.track("Invited");
          await analytics.alias("u1", "someone-before");
        }"""
    )
    eventually(lambda: len(sender.events) >= 6)
    assert_each_arrived_once(sender, proxy.messages)
    assert len(proxy.attempts) < 6  # the settings ask for batches
    events = {event.event: event for event in sender.events}
    assert sorted(events) == ["Invited", "Order Completed", "alias", "group", "identify", "page"]
    pricing = events["page"]
    assert (pricing.page, pricing.platform) == ("/pricing", "web")
    assert json.loads(pricing.properties)["name"] == "Pricing"
    assert Touch.parse(pricing.touch) == Touch("gclid", "news", "email", "Spring", "search.example", "")
    assert pricing.actor == pricing.anon != 0
    assert {event.anon for event in sender.events} == {pricing.anon}
    assert {event.device for event in sender.events} == {pricing.anon}
    assert events["Invited"].actor != events["Invited"].anon
    assert events["Order Completed"].value == 12.5
    assert events["group"].account == "workspace-1"
    assert events["identify"].customer_segment == "small_team"
    assert '"ip":"127.0.0.0"' in pricing.context


def test_calls_arrive_one_by_one_where_the_site_asks_for_that(
    page, site: Site, proxy: FaultyProxy, sender: SentBy
) -> None:
    page.goto(site.origin)
    page.evaluate(LOAD, [proxy.address, sender.key, EACH_IN_A_REQUEST])
    page.evaluate(
        """async () => {
          for (let n = 0; n < 3; n++) await analytics.track("Step", { n });
          await analytics.screen("Main");
        }"""
    )
    eventually(lambda: len(sender.events) >= 4)
    assert len(proxy.attempts) == 4
    assert_each_arrived_once(sender, proxy.messages)


@pytest.mark.parametrize("options", [{}, EACH_IN_A_REQUEST], ids=["batches", "one by one"])
def test_what_fails_is_sent_again_and_counts_once(
    page, site: Site, proxy: FaultyProxy, sender: SentBy, options: dict[str, object]
) -> None:
    proxy.faults.extend(["503", "drop", "drop_answer"])
    page.goto(site.origin)
    page.evaluate(LOAD, [proxy.address, sender.key, options])
    page.evaluate("async () => { for (let n = 0; n < 3; n++) analytics.track('Step', { n }); }")
    eventually(lambda: len(sender.events) >= 3 and len(proxy.attempts) >= 4, seconds=60)
    assert proxy.faults_met[:3] == ["503", "drop", "drop_answer"]
    assert_each_arrived_once(sender, proxy.messages)
    assert sender.counted("accepted") == 3


def test_what_is_left_when_the_page_closes_still_arrives(page, site: Site, proxy: FaultyProxy, sender: SentBy) -> None:
    page.goto(site.origin)
    page.evaluate(LOAD, [proxy.address, sender.key, {}])
    page.evaluate("async () => { await analytics.track('Seen'); }")
    page.goto(f"{site.origin}/next")
    eventually(lambda: sender.events, seconds=10)
    assert_each_arrived_once(sender, proxy.messages)


def test_a_page_of_an_origin_that_is_not_allowed_is_refused(
    page, site: Site, proxy: FaultyProxy, portal: Portal
) -> None:
    sender = portal.source(platform="web", allowed_origins=["https://shop.example"])
    page.goto(site.origin)
    page.evaluate(LOAD, [proxy.address, sender.key, EACH_IN_A_REQUEST])
    page.evaluate("async () => { await analytics.track('Step'); }")
    eventually(lambda: sender.letters)
    assert sender.reasons == ["origin_not_allowed"]
    assert sender.events == []
    assert len(proxy.attempts) == 1  # the library could read the answer, and gave up


def test_a_browser_without_a_window_is_a_bot(chromium, site: Site, proxy: FaultyProxy, sender: SentBy) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.origin)
    page.evaluate(LOAD, [proxy.address, sender.key, EACH_IN_A_REQUEST])
    page.evaluate("async () => { await analytics.track('Step'); }")
    (event,) = eventually(lambda: sender.events)
    context.close()
    assert event.flags == Flag.BOT
