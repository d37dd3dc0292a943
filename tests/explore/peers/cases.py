"""Small worlds written down as who did what on which days, to ask questions of them that other tools answer, too."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.explore.conftest import event
from tests.metrics.world import Row

TENTH = datetime(2020, 6, 10, 5, tzinfo=UTC)  # a Wednesday, from which days are counted


def day(number: int, hour: int = 5, minute: int = 0) -> str:
    return (TENTH + timedelta(days=number)).replace(hour=hour, minute=minute).isoformat(timespec="minutes")


def on_days(days: Mapping[int, Iterable[int]], name: str = "page", **columns: Any) -> list[Row]:
    """An event of each person on each of their days, of which the 0th is 10 June 2020."""
    return [event(who, day(number), name, **columns) for who, numbers in days.items() for number in numbers]


def at_times(times: Mapping[int, Iterable[str]], name: str = "page", **columns: Any) -> list[Row]:
    return [event(who, when, name, **columns) for who, whens in times.items() for when in whens]


def told(who: int, when: str, **traits: Any) -> Row:
    """What was told of a person."""
    return event(who, when, "identify", type="identify", properties=traits)


def having(row: Row, **properties: Any) -> Row:
    return row | {"properties": json.dumps(json.loads(row["properties"]) | properties)}


def later(row: Row, **by: float) -> Row:
    return row | {"at_us": row["at_us"] + timedelta(**by) // timedelta(microseconds=1)}


def where(property: str, operator: str, value: Any = None) -> list[dict[str, Any]]:
    """Filters: one."""
    return [{"property": property, "operator": operator, "value": value}]


def asked(first: str, last: str, event: str | None = "signup", measure: str = "events", **body: Any) -> dict[str, Any]:
    """The body of a trend of one series; ``of`` is its property, ``which`` its filters."""
    series = {"event": event, "measure": measure, "property": body.pop("of", None), "filters": body.pop("which", [])}
    return {"from": first, "to": last, "series": [series]} | body


def parts(answer: dict[str, Any]) -> list[tuple[str, list[float]]]:
    """The values of a breakdown, in the order of the answer."""
    return [(line["breakdown"], line["values"]) for line in answer["series"]]


def visits() -> list[Row]:
    """Pages seen and left by four people with a browser, a number and a truth each."""
    told: list[tuple[int, list[int], list[int], dict[str, Any]]] = [
        (1, [11, 12, 13, 15, 17, 19], [11, 12, 13], {"browser": "Chrome", "prop": 10, "bool": True}),
        (2, [9, 12], [13], {"browser": "Firefox", "prop": 20, "bool": False}),
        (3, [12], [13], {"browser": "Edge", "prop": 30, "bool": True}),
        (4, [15], [16], {"browser": "Safari", "prop": 40, "bool": False}),
    ]
    return [
        event(who, f"2020-01-{number:02}T12:00", name, properties=dict(properties))
        for who, seen, left, properties in told
        for name, numbers in (("page", seen), ("left", left))
        for number in numbers
    ]
