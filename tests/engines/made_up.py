"""A small world with something in every table, always the same for the same seed."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from analytics.metrics.calendar import DAY_US, day_number
from tests.metrics.world import CHANNELS, World

PEOPLE = 14
MERGED = {11: 1, 12: 2, 13: 2}
KEY_ACTION = "video_created"
PLANS = ["pro", "team", "free", "", None]
PRICES = [40, "40", 1e3, 12.5, "12,5", True, None, {"amount": 1}, -3, "1e3"]


def made_up(names: Sequence[str], first: date, last: date, seed: int = 7) -> World:
    """People who did what is named, on the days from ``first`` to ``last`` and somewhat before."""
    dice = random.Random(seed)
    began, ended = day_number(first) - 10, day_number(last)
    visits = [
        (actor, dice.randrange(began + (ended - began) * actor // PEOPLE, ended + 1) * DAY_US + dice.randrange(DAY_US))
        for actor in range(1, PEOPLE)  # of whom one after the other comes for the first time
        for _ in range(dice.randrange(5, 40))
    ]
    events: list[dict[str, Any]] = []
    sessions: list[dict[str, Any]] = []
    for number, (actor, start) in enumerate(sorted(visits)):
        sent = {
            "actor": actor,
            "device": actor,
            "source": 1,
            "session_id": f"s{number}",
            "platform": dice.choice(["web", "ios", "android", ""]),
            "account": dice.choice(["", "acme", "initech"]),
            "customer_segment": dice.choice(["", "", "enterprise"]),
        }
        times = [start + step * dice.choice([0, 1, 60, 600]) * 10**6 for step in range(dice.randrange(1, 9))]
        for step, at_us in enumerate(times):
            seen = {"type": "page", "event": "page", "page": dice.choice(["/", "/swap"])} if dice.random() < 0.2 else {}
            events.append(sent | _event(dice, dice.choice(names), at_us, f"{number}-{step}") | seen)
        if not number % 3:
            traits = json.dumps({"plan": dice.choice(PLANS), "seats": number})
            events.append(sent | {"type": "identify", "event": "identify", "at_us": start, "properties": traits})
        sessions.append(
            sent | {"day": start // DAY_US, "start_us": start, "end_us": times[-1], "active_events": len(times)}
        )
    touches = [
        {"actor": actor, "day": began, "at_us": began * DAY_US + actor, "touch": dice.choice(list(CHANNELS))}
        for actor in range(1, PEOPLE)
    ]
    persona = {"from_day": began, "to_day": ended - 9, "ability": "power", "experience": "noob", "wallet": "whale"}
    traits = [("actor", "2", "account", "acme"), ("account", "acme", "customer_segment", "small_team")]
    return World(
        events=events,
        sessions=sessions,
        user_day=_days(events),
        touches=touches,
        trait_history=[
            {
                "subject_kind": kind,
                "subject": subject,
                "field": field,
                "day": day,
                "at_us": day * DAY_US,
                "value": value,
            }
            for day, (kind, subject, field, value) in enumerate(traits, began)
        ],
        persona_history=[{**persona, "person": person} for person in (1, 2, 5)],
        identities=MERGED,
    )


def _event(dice: random.Random, name: str, at_us: int, message_id: str) -> dict[str, Any]:
    properties = {"plan": dice.choice(PLANS), "price": dice.choice(PRICES), "a.b $c": dice.choice(["x", "ä", "Ä y"])}
    return {
        "type": "track",
        "event": name,
        "at_us": at_us,
        "message_id": message_id,
        "value": dice.choice([None, 0.1, 2.5, 40.0]),
        "flags": dice.choice([0, 0, 0, 0, 1, 2]),
        "properties": json.dumps(properties, ensure_ascii=False, separators=(",", ":")),
    }


def _days(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``user_day`` of these events."""
    found: dict[tuple, list[dict[str, Any]]] = defaultdict(list)
    for event in events:
        found[event["actor"], event["at_us"] // DAY_US, event["platform"], event["account"]].append(event)
    rows = []
    for (actor, day, platform, account), of_day in found.items():
        active = [event["at_us"] for event in of_day if event["type"] != "identify" and not event.get("flags", 0)]
        rows.append(
            {
                "actor": actor,
                "day": day,
                "platform": platform,
                "account": account,
                "customer_segment": of_day[-1]["customer_segment"],
                "first_us": min(event["at_us"] for event in of_day),
                "last_us": max(active, default=0),
                "events": len(of_day),
                "active_events": len(active),
                "key_actions": sum(event["event"] == KEY_ACTION for event in of_day if not event.get("flags", 0)),
            }
        )
    return rows
