"""What is compared of an answer."""

from typing import Any


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
