"""Sessions once more, from the events alone and in the plainest Python."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from tests.metrics.world import Row, World

MINUTE_US = 60_000_000
CLASSES = [10, 30, 60, 180, 600, 1800, 3600]


def day_of(us: int, zone: str) -> date:
    return datetime.fromtimestamp(us / 1e6, UTC).astimezone(ZoneInfo(zone)).date()


def of_someone(world: World) -> list[Row]:
    return [row for row in world.events if not row["flags"] & 2 and row["actor"]]


def cut(world: World) -> list[list[Row]]:
    """The active events of each session, in order."""
    devices: dict[Any, list[Row]] = defaultdict(list)
    for row in of_someone(world):
        if row["type"] in ("track", "page", "screen") and not row["flags"] & 1:
            devices[row["source"], row["device"], row["session_id"]].append(row)
    found = []
    for (_, _, session_id), rows in devices.items():
        rows.sort(key=lambda row: (row["at_us"], row["message_id"]))
        session: list[Row] = []
        for row in rows:
            silent = session and row["at_us"] - session[-1]["at_us"] > 30 * MINUTE_US
            long = session and row["at_us"] - session[0]["at_us"] > 24 * 60 * MINUTE_US
            if session and not session_id and (silent or long):
                found.append(session)
                session = []
            session.append(row)
        found.append(session)
    return found


def person_of(world: World, session: list[Row]) -> int:
    known = [row for row in session if row["actor"] != row["anon"]] or session
    return world.identities.get(known[-1]["actor"], known[-1]["actor"])


def begun(
    world: World, first: date, last: date, zone: str, passes: Callable[[Row], bool] | None = None
) -> list[list[Row]]:
    """The sessions that begin on these days and hold an event that passes."""
    return [
        session
        for session in cut(world)
        if first <= day_of(session[0]["at_us"], zone) <= last and (passes is None or any(map(passes, session)))
    ]


def answer(world: World, first: date, last: date, zone: str, passes: Callable[[Row], bool] | None) -> dict[str, Any]:
    sessions = begun(world, first, last, zone, passes)
    of_person: dict[int, list[list[Row]]] = defaultdict(list)
    for session in sessions:
        of_person[person_of(world, session)].append(session)
    weekly = []
    for person, own in of_person.items():
        seen = [row["at_us"] for row in of_someone(world) if world.identities.get(row["actor"], row["actor"]) == person]
        created = min([*seen, *(session[0]["at_us"] for session in own)])
        days = (last - max(first, day_of(created, zone))).days + 1
        weekly.append(len(own) / (days / 7))
    long = [(session[-1]["at_us"] - session[0]["at_us"]) / 1e6 for session in sessions if len(session) > 1]
    bounced = [session for session in sessions if len(session) == 1]
    edges = [0, *CLASSES, float("inf")]
    return {
        "count": len(sessions),
        "median_seconds": float(np.percentile(long, 50)) if long else None,
        "p90_seconds": float(np.percentile(long, 90)) if long else None,
        "mean_seconds": mean(long) if long else None,
        "bounce_rate": len(bounced) / len(sessions) if sessions else None,
        "per_person_per_week": mean(weekly) if weekly else None,
        "rates": {
            "bounce_rate": {"numerator": len(bounced), "denominator": len(sessions)},
            "per_person_per_week": {"numerator": sum(weekly), "denominator": len(weekly)},
        },
        "people": {"all": len(of_person), "bounced": len({person_of(world, session) for session in bounced})},
        "lengths": [sum(low <= seconds < high for seconds in long) for low, high in pairwise(edges)],
    }
