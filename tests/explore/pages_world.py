"""One small world that the pages of all kinds are asked about, and how tests read what they show."""

import re
from html import unescape
from typing import Any

from django.test import Client

from productops.lib.cards import Card
from productops.lib.downloads import plain_cell
from tests.explore.conftest import at, event
from tests.metrics.world import World

DAYS = "from=2025-03-03&to=2025-03-30"
BODY = {"from": "2025-03-03", "to": "2025-03-30", "series": None}


def session(actor: int, start: str, end: str) -> dict[str, Any]:
    return {"source": 1, "device": actor, "start_us": at(start), "end_us": at(end), "actor": actor, "day": 0}


WORLD = World(
    identities={7: 1},
    events=[
        event(1, "2025-03-03T10:00", "signup_completed"),
        event(7, "2025-03-03T11:00", "first_video_created", platform="ios"),
        event(1, "2025-03-12T11:00", "video_created"),
        event(2, "2025-03-04T10:00", "signup_completed", platform="ios"),
        event(2, "2025-03-05T10:00", "first_video_created"),
        event(3, "2025-03-11T10:00", "signup_completed"),
        event(3, "2025-03-18T10:00", "page", properties={"name": "Home", "path": "/"}, type="page"),
        event(3, "2025-03-18T10:05", "video_created"),
        event(4, "2025-03-19T10:00", "video_created"),
        event(4, "2025-03-19T10:10", "video_created"),
        event(4, "2025-03-19T10:20", "signup_completed"),
    ],
    sessions=[
        session(1, "2025-03-03T10:00", "2025-03-03T10:00"),
        session(3, "2025-03-18T10:00", "2025-03-18T10:05"),
        session(4, "2025-03-19T10:00", "2025-03-19T10:20"),
    ],
)


def cards(client: Client, kind: str, query: str = DAYS) -> dict[str, Card]:
    answer = client.get(f"/explore/{kind}/?{query}")
    assert answer.status_code == 200
    return {card.key: card for card in answer.context["cards"]}


def plain(card: Card) -> list[list[Any]]:
    return [[plain_cell(cell) for cell in row] for row in card.table.rows]


def answered(ask, kind: str, **body: Any) -> dict[str, Any]:
    return ask(kind, **{**BODY, **body})


def sent_by(form: str) -> list[tuple[str, str]]:
    found = []
    for tag in re.findall(r"<input[^>]*>|<select.*?</select>", form, re.DOTALL):
        name = re.search(r'name="([^"]*)"', tag)
        if tag.startswith("<select"):
            chosen = re.search(r'<option value="([^"]*)"[^>]*selected', tag) or re.search(r'value="([^"]*)"', tag)
            found.append((unescape(name[1]), unescape(chosen[1])))
        elif name and ('type="checkbox"' not in tag or " checked" in tag):
            found.append((unescape(name[1]), unescape(re.search(r'value="([^"]*)"', tag)[1])))
    return found
