"""Retention once more, in the plainest Python: for every cell, look at everybody and everything they did.

Nothing here is shared with the code under test: instants are datetimes of their zone, periods are
walked one by one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from tests.metrics.world import Row, World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOWS = {"hour": HOUR, "day": 24 * HOUR, "week": 7 * 24 * HOUR, "month": 30 * 24 * HOUR}


class NaiveRetention:
    """``asked`` is the body of a request."""

    def __init__(self, world: World, **asked: Any) -> None:
        self.world, self.asked = world, asked
        self.zone = ZoneInfo(asked["timezone"])
        self.people = sorted({self.person(row) for row in world.events})

    def person(self, row: Row) -> int:
        return self.world.identities.get(row["actor"], row["actor"])

    def when(self, row: Row) -> datetime:
        return EPOCH + timedelta(microseconds=row["at_us"])

    # --- periods ------------------------------------------------------------------------------
    def period(self, instant: datetime) -> datetime:
        """The beginning of the period an instant lies in."""
        here = instant.astimezone(self.zone)
        if self.asked["grain"] == "hour":
            return instant.replace(minute=0, second=0, microsecond=0)
        day = datetime(here.year, here.month, here.day)  # noqa: DTZ001
        if self.asked["grain"] == "month":
            day = day.replace(day=1)
        while self.asked["grain"] == "week" and day.weekday() != self.asked["week_start"]:
            day -= timedelta(days=1)
        return day.replace(tzinfo=self.zone).astimezone(UTC)

    def after(self, period: datetime) -> datetime:
        """The beginning of the period after one: the next instant, hour by hour, that lies in another."""
        instant = period
        while self.period(instant) == period:
            instant += HOUR
        return self.period(instant)

    def before(self, period: datetime) -> datetime:
        return self.period(period - timedelta(microseconds=1))

    @cached_property
    def periods(self) -> list[datetime]:
        """Those of the cohorts, and as many after them as brackets need."""
        end = datetime.fromisoformat(self.asked["to"]).replace(tzinfo=self.zone) + timedelta(days=1)
        periods = [self.period(end.astimezone(UTC) - timedelta(microseconds=1))]
        while len(periods) < self.asked["periods"]:
            periods.insert(0, self.before(periods[0]))
        for _ in range(max(self.asked["brackets"], default=0) + 1):
            periods.append(self.after(periods[-1]))
        return periods

    # --- who did what -------------------------------------------------------------------------
    def did(self, person: int, selector: dict[str, Any]) -> list[datetime]:
        """When somebody sent a chosen event."""
        return sorted(
            self.when(row)
            for row in self.world.events
            if self.person(row) == person
            and not row["flags"] & 2
            and (row["event"] == selector["event"] if selector["event"] else not row["flags"] & 1)
        )

    def start(self, person: int, cohort: datetime) -> datetime | None:
        """When somebody of a cohort started; None: they aren't of it."""
        starts = self.did(person, self.asked["start"])
        if self.asked["mode"] == "first_time":
            starts = starts[:1]
        return next((start for start in starts if self.period(start) == cohort), None)

    def distances(self, person: int, number: int, start: datetime) -> Iterator[int]:
        """How many periods after their cohort somebody came back, each that has events enough."""
        periods = self.periods
        last = len(periods) - 1 - max(self.asked["brackets"], default=0) - 1
        returns = self.did(person, self.asked["return"])
        until = last - number if not self.asked["brackets"] else last - number + max(self.asked["brackets"])
        for distance in range(1, until + 1):
            if self.asked["window"] == "24h":
                width = WINDOWS[self.asked["grain"]]
                since, end = start + distance * width, start + (distance + 1) * width
            else:
                since, end = periods[number + distance], periods[number + distance + 1]
            if sum(since <= instant < end for instant in returns) >= self.asked["minimum_occurrences"]:
                yield distance

    def row(self, number: int) -> list[int]:
        """Of one cohort its size, and how many came back in each column."""
        cohort, brackets = self.periods[number], self.asked["brackets"]
        if brackets:
            columns = [
                range(first, following)
                for first, following in zip(brackets, [*brackets[1:], brackets[-1] + 1], strict=True)
            ]
        else:
            columns = [range(distance, distance + 1) for distance in range(1, self.asked["periods"] - number)]
        row = [0] * (len(columns) + 1)
        for person in self.people:
            start = self.start(person, cohort)
            if start is None:
                continue
            row[0] += 1
            came = list(self.distances(person, number, start))
            for place, column in enumerate(columns, 1):
                if self.asked["on_or_after"]:
                    row[place] += any(distance >= column.start for distance in came)
                else:
                    row[place] += any(distance in column for distance in came)
        return row

    def table(self) -> list[list[int]]:
        return [self.row(number) for number in range(self.asked["periods"])]
