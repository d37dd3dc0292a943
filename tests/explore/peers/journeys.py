"""Small worlds and funnels written as a line of text each.

A person is a line, and what they did is words::

    ada: signup pay@1h30m{plan=pro} | pay@2d
    bob[plan=free]: signup@-1d

``@`` says how long after the world's beginning; without it, a minute after the word before. Braces
hold the event's properties, brackets the person's traits. What stands behind ``|`` was done under
another id of the same person.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.explore.conftest import event
from tests.metrics.world import Row, World

SINCE = "2021-05-01"
OTHER_IDS = 1_000  # added to a person's number for each further id
WORD = re.compile(r"(?P<name>[^@{]+)(?:@(?P<after>[^{]+))?(?:\{(?P<said>.*)\})?")
PART = re.compile(r"(\d+)([dhms])")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
FIRST_TIME = {"": None, "!": "event", "!!": "event_with_filters"}


@dataclass(frozen=True)
class Journeys:
    world: World
    names: dict[str, str]
    """A person's id in answers → the name in the text."""


def journeys(text: str, since: str = SINCE) -> Journeys:
    world, names = World(), {}
    for number, line in enumerate(text.strip().splitlines(), 1):
        who, did = line.split(":", 1)
        name, _, traits = who.strip().partition("[")
        names[str(number)] = name
        if traits:
            told = said(traits.rstrip("]"))
            row = event(number, moment(since, timedelta(days=-1)), "identify", type="identify", properties=told)
            world.events.append(row)
        for place, words in enumerate(did.split("|")):
            actor = number + place * OTHER_IDS
            if place:
                world.identities[actor] = number
            world.events += _events(actor, words, since)
    return Journeys(world, names)


def _events(actor: int, words: str, since: str) -> list[Row]:
    rows = []
    after = timedelta(minutes=-1)
    for place, word in enumerate(words.split()):
        found = WORD.fullmatch(word)
        assert found, word
        after = after + timedelta(minutes=1) if found["after"] is None else span(found["after"])
        columns = {"message_id": f"{actor}-{place:03}", "properties": said(found["said"] or "")}
        rows.append(event(actor, moment(since, after), found["name"], **columns))
    return rows


def span(text: str) -> timedelta:
    whole = timedelta(**{UNITS[unit]: int(count) for count, unit in PART.findall(text)})
    return -whole if text.startswith("-") else whole


def moment(since: str, after: timedelta) -> str:
    return (datetime.fromisoformat(since) + after).isoformat()


def said(text: str) -> dict[str, Any]:
    """``a=1,b=x`` as properties."""
    pairs = [part.split("=", 1) for part in text.split(",") if part]
    return {name: int(value) if value.isdigit() else value for name, value in pairs}


def steps(text: str) -> list[dict[str, Any]]:
    """``signup !pay{plan=pro} share?``: ``?`` may be left out, ``!`` first time, ``!!`` with filters, ``*`` any."""
    found = []
    for word in text.split():
        match = re.fullmatch(r"(!*)([^{?]+)(?:\{(.*)\})?(\??)", word)
        assert match, word
        first_time, name, values, optional = match.groups()
        step: dict[str, Any] = {"event": None if name == "*" else name}
        if values:
            filters = said(values).items()
            step["filters"] = [{"property": key, "operator": "is", "value": value} for key, value in filters]
        if first_time:
            step["first_time"] = FIRST_TIME[first_time]
        if optional:
            step["optional"] = True
        found.append(step)
    return found


def exclusions(text: str) -> list[dict[str, Any]]:
    """``x:0-1 y{a=b}:2-3``."""
    found = []
    for word in text.split():
        selector, _, between = word.rpartition(":")
        first, last = between.split("-")
        found.append({**steps(selector)[0], "from_step": int(first), "to_step": int(last)})
    return found
