"""Segment's official client for Node.js against a running portal."""

import json
import subprocess
from typing import Any

import pytest

from tests.collect.arrivals import assert_each_arrived_once
from tests.collect.faulty import FaultyProxy
from tests.collect.portal import ROOT, Portal

pytestmark = pytest.mark.node

Call = tuple[str, dict[str, Any]]


def make_calls(node: str, host: str, key: str, calls: list[Call]) -> list[str]:
    """The errors that the client reported."""
    command = [node, "segment.mjs", host, key, json.dumps(calls)]
    return json.loads(subprocess.check_output(command, cwd=ROOT / "tests" / "node", timeout=90))


def test_every_call_arrives_as_it_was_made(portal: Portal, proxy: FaultyProxy, node: str) -> None:
    sender = portal.source(platform="server")
    properties = {"total": 12.5, "nested": {"list": [1, None, "ü€"]}}
    calls: list[Call] = [
        (
            "track",
            {
                "event": "Order Completed",
                "userId": "u1",
                "anonymousId": "a1",
                "properties": properties,
                "context": {"ip": "2001:db8:1:2::3", "sessionId": 1795206767749},
            },
        ),
        ("identify", {"userId": "u1", "traits": {"email": "x@example.com"}}),
        ("group", {"userId": "u1", "groupId": "workspace-1", "traits": {"name": "Acme"}}),
        ("page", {"userId": "u1", "category": "Docs", "name": "Home", "properties": {"path": "/docs"}}),
        ("screen", {"anonymousId": "a1", "name": "Main"}),
        ("alias", {"userId": "u1", "previousId": "a1"}),
        ("track", {"event": "Old", "userId": "u1", "timestamp": "2026-03-01T12:00:00Z"}),
    ]
    assert make_calls(node, proxy.address, sender.key, calls) == []
    assert_each_arrived_once(sender, proxy.messages)
    events = {event.event: event for event in sender.events}
    assert sorted(events) == ["Old", "Order Completed", "alias", "group", "identify", "page", "screen"]
    order = events["Order Completed"]
    assert (order.value, order.session_id) == (12.5, "1795206767749")
    assert json.loads(order.context)["ip"] == "2001:db8:1::"
    assert json.loads(order.properties) == properties
    assert (events["page"].page, events["screen"].page) == ("/docs", "Main")


def test_many_calls_arrive_in_batches(portal: Portal, proxy: FaultyProxy, node: str) -> None:
    sender = portal.source(platform="server")
    calls: list[Call] = [("track", {"event": "Step", "userId": "u", "properties": {"n": n}}) for n in range(52)]
    assert make_calls(node, proxy.address, sender.key, calls) == []
    assert len(proxy.attempts) < 20
    assert_each_arrived_once(sender, proxy.messages)
    assert sorted(json.loads(event.properties)["n"] for event in sender.events) == list(range(52))


def test_what_fails_is_sent_again_and_counts_once(portal: Portal, proxy: FaultyProxy, node: str) -> None:
    sender = portal.source(platform="server")
    proxy.faults.extend(["503", "drop", "drop_answer"])
    calls: list[Call] = [("track", {"event": "Step", "userId": "u", "properties": {"n": n}}) for n in range(3)]
    assert make_calls(node, proxy.address, sender.key, calls) == []
    assert proxy.faults_met == ["503", "drop", "drop_answer", ""]
    assert_each_arrived_once(sender, proxy.messages)
    assert (sender.counted("accepted"), sender.counted("duplicates")) == (3, 3)
