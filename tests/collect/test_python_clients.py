"""The official Python clients of Segment and RudderStack against a running portal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import rudderstack.analytics.client
import segment.analytics.client

from analytics.collect.models import Event
from tests.collect.arrivals import assert_each_arrived_once
from tests.collect.faulty import FaultyProxy
from tests.collect.portal import MakePortal, Portal

Client = Any
CLIENTS: dict[str, Callable[..., Client]] = {
    "segment": segment.analytics.client.Client,
    "segment with gzip": lambda *args, **options: segment.analytics.client.Client(*args, gzip=True, **options),
    "rudderstack": rudderstack.analytics.client.Client,
    "rudderstack without gzip": lambda *args, **options: rudderstack.analytics.client.Client(
        *args, gzip=False, **options
    ),
}


@pytest.fixture(params=CLIENTS)
def make_client(request: pytest.FixtureRequest) -> Callable[..., Client]:
    return CLIENTS[request.param]


def sent(client: Client) -> None:
    client.flush()
    client.join()


def test_every_call_arrives_as_it_was_made(
    portal: Portal, proxy: FaultyProxy, make_client: Callable[..., Client]
) -> None:
    sender = portal.source(platform="server")
    errors: list[Exception] = []
    client = make_client(sender.key, host=proxy.address, on_error=lambda error, _: errors.append(error))
    when = datetime(2026, 3, 1, 12, tzinfo=UTC)
    bought = {"total": 12.5, "when": when.isoformat(), "nested": {"list": [1, None, "ü€"]}}
    client.track("u1", "Order Completed", bought, anonymous_id="a1", context={"ip": "203.0.113.77", "sessionId": "s1"})
    client.identify("u1", {"email": "x@example.com", "customer_segment": "enterprise"})
    client.group("u1", "workspace-1", {"name": "Acme"})
    client.page("u1", "Docs", "Home", {"url": "https://shop.example/"})
    client.screen("u1", "Main", "Start", {"tab": 1})
    client.alias("a1", "u1")
    client.track("u1", "Old", {}, timestamp=when)
    sent(client)
    assert errors == []
    assert_each_arrived_once(sender, proxy.messages)
    events = {event.event: event for event in sender.events}
    assert sorted(events) == ["Old", "Order Completed", "alias", "group", "identify", "page", "screen"]
    order = events["Order Completed"]
    assert (order.value, order.session_id, order.platform) == (12.5, "s1", "server")
    assert '"ip":"203.0.113.0"' in order.context
    assert events["group"].account == "workspace-1"
    assert events["identify"].customer_segment == "enterprise"
    # A backfilled event happened when it was said to have, but for the time it took from call to arrival.
    assert 0 <= events["Old"].at_us - when.timestamp() * 1e6 < 60e6


def test_many_calls_arrive_in_batches(portal: Portal, proxy: FaultyProxy, make_client: Callable[..., Client]) -> None:
    sender = portal.source(platform="server")
    client = make_client(sender.key, host=proxy.address)
    for number in range(250):
        client.track(f"u{number % 7}", "Step", {"number": number})
    sent(client)
    assert len(proxy.attempts) < 50
    assert_each_arrived_once(sender, proxy.messages)
    assert len(sender.events) == 250


def test_what_fails_is_sent_again_and_counts_once(
    portal: Portal, proxy: FaultyProxy, make_client: Callable[..., Client]
) -> None:
    sender = portal.source(platform="server")
    proxy.faults.extend(["503", "drop", "drop_answer"])
    client = make_client(sender.key, host=proxy.address)
    for number in range(5):
        client.track("u", "Step", {"number": number})
    sent(client)
    assert proxy.faults_met[:4] == ["503", "drop", "drop_answer", ""]
    assert_each_arrived_once(sender, proxy.messages)
    assert len(sender.events) == 5
    assert sender.counted("accepted") == 5
    assert sender.counted("duplicates") > 0


@pytest.mark.parametrize("make_client", [CLIENTS["segment"], CLIENTS["rudderstack"]], ids=["segment", "rudderstack"])
def test_what_came_too_fast_is_sent_again_and_arrives_once(
    make_portal: MakePortal, make_client: Callable[..., Client]
) -> None:
    portal = make_portal(workers=1, COLLECT_RATE_PER_SOURCE="100")
    proxy = FaultyProxy(portal.port)
    sender = portal.source(platform="server")
    client = make_client(sender.key, host=proxy.address)
    one = {"type": "track", "event": "Step", "userId": "u", "messageId": "1"}
    assert portal.post("/v1/batch", {"batch": [one] * 1_400}, sender.key).status == 200  # of 14 seconds; 10 may come
    for number in range(5):
        client.track("u", "Step", {"number": number})
    sent(client)
    proxy.close()
    assert 429 in proxy.statuses
    Event.objects.using(portal.alias).get(message_id="1").delete()
    assert_each_arrived_once(sender, proxy.messages)
    assert len(sender.events) == 5


def test_a_revoked_key_is_told_once_and_not_tried_for_ever(
    portal: Portal, proxy: FaultyProxy, make_client: Callable[..., Client]
) -> None:
    errors: list[Exception] = []
    client = make_client("unknown", host=proxy.address, on_error=lambda error, _: errors.append(error))
    client.track("u", "Step", {})
    sent(client)
    assert len(proxy.attempts) == 1
    assert len(errors) == 1
    assert "unknown or was revoked" in str(errors[0])
