"""Small worlds to ask funnels of, and what is compared of the answers."""

from typing import Any

from tests.explore.conftest import event
from tests.metrics.world import World

STEPS = [{"event": "a"}, {"event": "b"}, {"event": "c"}]


def day(number: int, hour: int = 12, minute: int = 0) -> str:
    return f"2025-03-{number:02}T{hour:02}:{minute:02}"


def world(**people: list[tuple[str, str]]) -> World:
    """Each person's events, as pairs of name and instant."""
    events = [
        event(int(person[1:]), when, name, message_id=f"{person}-{place:03}")
        for person, did in people.items()
        for place, (name, when) in enumerate(did)
    ]
    return World(events=events)


def counts(answer: dict[str, Any]) -> list[int]:
    return [step["count"] for step in answer["steps"]]


def times(answer: dict[str, Any], name: str = "mean_seconds") -> list[float | None]:
    return [step[name] for step in answer["steps"]]


def by_value(answer: dict[str, Any]) -> dict[str, list[int]]:
    return {each["value"]: counts(each) for each in answer["breakdown"]}


def trend(answer: dict[str, Any]) -> list[tuple[int, int]]:
    """Entered and converted in each period."""
    return [(each["entered"], each["converted"]) for each in answer["periods"]]


def bins(answer: dict[str, Any]) -> list[tuple[int, int]]:
    return [(each["from_seconds"], each["count"]) for each in answer["bins"]]
