"""The rhythm of days and hours, by the zone a person lives in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from analytics.demo import world
from analytics.demo.plan import DAY, HOUR, Plan

_CUMULATIVE = np.cumsum(world.HOURS) / world.HOURS.sum()


def weekday_weight(day: np.ndarray) -> np.ndarray:
    return world.WEEKDAYS[(day + 3) % 7]  # 1970-01-01 was a Thursday


class Clock:
    """Turns a UTC day and a zone into a time of that day at which people there are awake."""

    def __init__(self, plan: Plan) -> None:
        self._first = plan.first_day - 40
        noons = [
            datetime(1970, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(self._first, plan.end_day + 60)
        ]
        self._offset_us = np.array(
            [
                [int((noon.astimezone(zone).utcoffset() or timedelta()) / timedelta(microseconds=1)) for noon in noons]
                for zone in (ZoneInfo(each.name) for each in world.ZONES)
            ]
        )

    def times(self, day: np.ndarray, zone: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """UTC microseconds on each (UTC) day, by the rhythm of the local hours."""
        draw = random.random(len(day))
        hour = np.searchsorted(_CUMULATIVE, draw, side="right")
        local = hour * HOUR + (random.random(len(day)) * HOUR).astype(np.int64)
        return day * DAY + (local - self._offset_us[zone, day - self._first]) % DAY
