"""Who is in a segment, worked out person by person."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from analytics.explore.segments.members import AsOf, Being, Belonging, Doing, Listed, Segment
from tests.metrics.world import World


def members(world: World, segment: Segment, as_of: AsOf) -> set[int]:
    return {person for person in people(world) if is_member(world, person, segment, as_of)}


def people(world: World) -> set[int]:
    return {person_of(world, event) for event in world.events if event["actor"] and not event.get("flags", 0) & 2}


def is_member(world: World, person: int, segment: Segment, as_of: AsOf) -> bool:
    if isinstance(segment, Listed):
        return person in {world.identities.get(identity, identity) for identity in segment.identities}
    answers = [_meets(world, person, condition, as_of) for condition in segment.conditions]
    return all(answers) if segment.match == "all" else any(answers)


def _meets(world: World, person: int, condition: Being | Doing | Belonging, as_of: AsOf) -> bool:
    if isinstance(condition, Belonging):
        return is_member(world, person, condition.segment, as_of) == condition.inside
    if isinstance(condition, Being):
        text = (
            _last_platform(world, person, as_of)
            if condition.condition.property == "platform"
            else _trait(world, person, condition.condition.property.removeprefix("person."))
        )
        return {"is": text == condition.condition.value, "is_not": text != condition.condition.value}[
            condition.condition.operator
        ]
    times = sum(_is_chosen(event, condition, as_of) for event in _events_of(world, person))
    return times >= condition.at_least and (condition.at_most is None or times <= condition.at_most)


def person_of(world: World, event: dict[str, Any]) -> int:
    return world.identities.get(event["actor"], event["actor"])


def _events_of(world: World, person: int) -> list[dict[str, Any]]:
    sent = [event for event in world.events if person_of(world, event) == person]
    return sorted(sent, key=lambda event: event["at_us"])


def _is_chosen(event: dict[str, Any], doing: Doing, as_of: AsOf) -> bool:
    if event["type"] == "identify" or event.get("flags", 0) & 2:
        return False
    if doing.selector.event is None:
        if event.get("flags", 0) & 1:
            return False
    elif event["event"] != doing.selector.event:
        return False
    day = local_day(event["at_us"], as_of.zone)
    if doing.days is not None:
        return as_of.day - timedelta(days=doing.days) < day <= as_of.day
    return (doing.first is None or day >= doing.first) and (doing.last is None or day <= doing.last)


def local_day(us: int, zone: str) -> Any:
    return (datetime.fromtimestamp(0, UTC) + timedelta(microseconds=us)).astimezone(ZoneInfo(zone)).date()


def _trait(world: World, person: int, name: str) -> str:
    told = [json.loads(event["properties"]) for event in _events_of(world, person) if event["type"] == "identify"]
    return next((traits[name] for traits in reversed(told) if name in traits), "")


def _last_platform(world: World, person: int, as_of: AsOf) -> str:
    used = [
        event["platform"]
        for event in _events_of(world, person)
        if event["type"] != "identify"
        and not event.get("flags", 0)
        and local_day(event["at_us"], as_of.zone) <= as_of.day
    ]
    return used[-1] if used else "unknown"
