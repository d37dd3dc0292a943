"""Does what arrived equal what was sent?"""

import json
from datetime import datetime, timedelta
from typing import Any

from analytics.collect.models import Event
from analytics.people.ids import identity_id
from tests.collect.portal import SentBy

ADDED = {"ip", "originalTimestamp", "sentAt"}  # to the context, by the portal


def assert_each_arrived_once(sender: SentBy, messages: list[dict[str, Any]]) -> None:
    """``messages`` are those of all attempts, so that one that was sent again stands there more than once."""
    events = sender.events
    assert sorted(event.message_id for event in events) == sorted({message["messageId"] for message in messages})
    for event in events:
        sent_at = json.loads(event.context)["sentAt"]
        # More than one where the browser, unknown to the client, sent the same bytes again.
        attempts = [m for m in messages if (m["messageId"], m["sentAt"]) == (event.message_id, sent_at)]
        assert attempts
        assert_equal(event, attempts[0])
    assert sender.letters == []


def assert_equal(event: Event, message: dict[str, Any]) -> None:
    assert event.type == message["type"]
    assert event.event == message.get("event", message["type"])
    assert json.loads(event.properties) == _about(message)
    context = json.loads(event.context)
    assert _without_added(context) == _without_added(message.get("context", {}))
    user, anonymous = message.get("userId"), message.get("anonymousId")
    assert event.anon == (identity_id("a", anonymous) if anonymous else 0)
    assert event.actor == (identity_id("u", user) if user else event.anon)
    assert event.account == (message.get("groupId") or message.get("context", {}).get("groupId") or "")
    original = message.get("originalTimestamp") or message["timestamp"]
    assert context["originalTimestamp"] == original
    ago = datetime.fromisoformat(message["sentAt"]) - datetime.fromisoformat(original)
    assert event.at_us == event.received_us - max(ago, timedelta(0)) // timedelta(microseconds=1)
    assert event.flags == 0


def _about(message: dict[str, Any]) -> dict[str, Any]:
    if message["type"] in ("identify", "group", "alias"):
        return message.get("traits") or message["context"].get("traits", {})
    properties = dict(message.get("properties") or {})
    if message["type"] in ("page", "screen"):
        path = message["context"].get("page", {}).get("path")
        stated = {"name": message.get("name"), "category": message.get("category"), "path": path}
        properties = {key: value for key, value in stated.items() if value} | properties
    return properties


def _without_added(context: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in context.items() if key not in ADDED}
