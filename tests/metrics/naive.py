"""The definitions once more, in the plainest Python: for every figure, look at everything.

Nothing here is shared with the code under test; days are ``datetime.date`` and sets are sets.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from tests.metrics.world import CHANNELS, Row, World

EPOCH = date(1970, 1, 1)
NINETY_DAYS_US = 90 * 24 * 3600 * 10**6
DIMENSIONS = ("platform", "customer_segment", "channel", "persona")


def on(day: int) -> date:
    return EPOCH + timedelta(days=day)


def period(day: date, grain: str, week_start: int) -> date:
    if grain == "month":
        return day.replace(day=1)
    while grain == "week" and day.weekday() != week_start:
        day -= timedelta(days=1)
    return day


def end_of(start: date, grain: str) -> date:
    if grain == "day":
        return start
    if grain == "week":
        return start + timedelta(days=6)
    following = (start + timedelta(days=32)).replace(day=1)
    return following - timedelta(days=1)


class Naive:
    """Answers for one world and one way of cutting time."""

    def __init__(self, world: World, first: int, last: int, grain: str, week_start: int) -> None:
        self.world, self.grain, self.week_start = world, grain, week_start
        self.last = on(last)
        starts = {period(on(day), grain, week_start) for day in range(first, last + 1)}
        self.periods = sorted(starts)

    # --- looking things up --------------------------------------------------------------------
    def person(self, actor: int) -> int:
        return self.world.identities.get(actor, actor)

    def days_of(self, person: int) -> list[Row]:
        return [row for row in self.world.user_day if self.person(row["actor"]) == person]

    def created(self, person: int) -> date:
        return on(min(row["day"] for row in self.days_of(person)))

    def signup_us(self, person: int) -> int | None:
        return min((row["signup_us"] for row in self.days_of(person) if row["signup_us"]), default=None)

    def trait(self, kind: str, belongs: Callable[[str], bool], field: str, day: int) -> str:
        known = [
            row
            for row in self.world.trait_history
            if row["subject_kind"] == kind and row["field"] == field and row["day"] <= day and belongs(row["subject"])
        ]
        return max(known, key=lambda row: row["at_us"])["value"] if known else ""

    def account(self, row: Row) -> str:
        person = self.person(row["actor"])
        return row["account"] or self.trait("actor", lambda s: self.person(int(s)) == person, "account", row["day"])

    def dimensions(self, row: Row) -> dict[str, str]:
        person, account = self.person(row["actor"]), self.account(row)
        segment = (
            row["customer_segment"]
            or (account and self.trait("account", lambda s: s == account, "customer_segment", row["day"]))
            or self.trait("actor", lambda s: self.person(int(s)) == person, "customer_segment", row["day"])
        )
        persona = [
            f"{p['ability']}-{p['experience']}-{p['wallet']}"
            for p in self.world.persona_history
            if p["person"] == person and p["from_day"] <= row["day"] <= p["to_day"]
        ]
        return {
            "platform": row["platform"] or "unknown",
            "customer_segment": segment or "unknown",
            "channel": self.channel(person),
            "persona": persona[0] if persona else "unknown",
        }

    def channel(self, person: int) -> str:
        signup = self.signup_us(person)
        named = [
            (touch["at_us"], CHANNELS[touch["touch"]])
            for touch in self.world.touches
            if self.person(touch["actor"]) == person and CHANNELS[touch["touch"]] != "direct" and self.days_of(person)
        ]
        if signup is not None:
            named = [(at, channel) for at, channel in named if signup - NINETY_DAYS_US <= at <= signup]
        return min(named)[1] if named else "direct"

    # --- cells --------------------------------------------------------------------------------
    def cells(self, rows: Iterable[Row], sets: tuple[tuple[str, ...], ...]) -> dict[tuple[str, ...], list[Row]]:
        """Rows by the values of every set of dimensions; what is not in the set is empty."""
        result: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            values = self.dimensions(row)
            for chosen in sets:
                cell = tuple(values[name] if name in chosen else "" for name in DIMENSIONS)
                result.setdefault(cell, []).append(row)
        return result

    def active(self) -> list[Row]:
        return [row for row in self.world.user_day if row["active_events"] > 0]

    def people(self, rows: Iterable[Row], first: date, last: date) -> set[int]:
        return {self.person(row["actor"]) for row in rows if first <= on(row["day"]) <= last}

    def end(self, start: date) -> date:
        return min(end_of(start, self.grain), self.last)

    # --- metrics: (period, rows of a cell) → value, or (numerator, denominator) ------------------
    def active_people(self, start: date, rows: list[Row]) -> int:
        return len(self.people(rows, start, self.end(start)))

    dau = active_people

    def trailing(self, start: date, rows: list[Row], days: int) -> int:
        end = self.end(start)
        return len(self.people(rows, end - timedelta(days=days - 1), end))

    def wau(self, start: date, rows: list[Row]) -> int:
        return self.trailing(start, rows, 7)

    def mau(self, start: date, rows: list[Row]) -> int:
        return self.trailing(start, rows, 30)

    def stickiness(self, start: date, rows: list[Row]) -> tuple[float, int]:
        window = [self.end(start) - timedelta(days=back) for back in range(30)]
        return float(Fraction(sum(len(self.people(rows, d, d)) for d in window), 30)), self.mau(start, rows)

    def wau_mau(self, start: date, rows: list[Row]) -> tuple[int, int]:
        return self.wau(start, rows), self.mau(start, rows)

    def here_and_before(self, start: date, rows: list[Row]) -> tuple[set[int], set[int], set[int]]:
        before = period(start - timedelta(days=1), self.grain, self.week_start)
        here = self.people(rows, start, self.end(start))
        born = {person for person in here if start <= self.created(person) <= self.end(start)}
        return here, self.people(rows, before, start - timedelta(days=1)), born

    def new(self, start: date, rows: list[Row]) -> int:
        return len(self.here_and_before(start, rows)[2])

    def returning(self, start: date, rows: list[Row]) -> int:
        here, before, _ = self.here_and_before(start, rows)
        return len(here & before)

    def resurrected(self, start: date, rows: list[Row]) -> int:
        here, before, born = self.here_and_before(start, rows)
        return len(here - before - born)

    def dormant(self, start: date, rows: list[Row]) -> int:
        here, before, _ = self.here_and_before(start, rows)
        return len(before - here)

    def in_period(self, start: date, rows: list[Row]) -> list[Row]:
        return [row for row in rows if start <= on(row["day"]) <= self.end(start)]

    def sessions(self, start: date, rows: list[Row]) -> int:
        return len(self.in_period(start, rows))

    def bounces(self, start: date, rows: list[Row]) -> int:
        return sum(row["active_events"] == 1 for row in self.in_period(start, rows))

    def bounce_rate(self, start: date, rows: list[Row]) -> tuple[int, int]:
        return self.bounces(start, rows), self.sessions(start, rows)

    def lengths(self, start: date, rows: list[Row]) -> list[float]:
        long = [row for row in self.in_period(start, rows) if row["active_events"] > 1]
        return [(row["end_us"] - row["start_us"]) / 1e6 for row in long]

    def session_length_median(self, start: date, rows: list[Row]) -> float | None:
        lengths = self.lengths(start, rows)
        return float(np.median(lengths)) if lengths else None

    def session_length_p90(self, start: date, rows: list[Row]) -> float | None:
        lengths = self.lengths(start, rows)
        return float(np.percentile(lengths, 90)) if lengths else None

    def sessions_per_week(self, start: date, rows: list[Row]) -> tuple[float, int]:
        rows = self.in_period(start, rows)
        people = {self.person(row["actor"]) for row in rows}
        total = 0.0
        for person in people:
            since = max(start, self.created(person))
            weeks = ((self.end(start) - since).days + 1) / 7
            total += sum(self.person(row["actor"]) == person for row in rows) / weeks
        return total, len(people)

    def signups(self, start: date, rows: list[Row]) -> int:
        firsts = [
            row for row in rows if row["signup_us"] and row["signup_us"] == self.signup_us(self.person(row["actor"]))
        ]
        return len(self.people(firsts, start, self.end(start)))

    def collaborative_workspaces(self, start: date, rows: list[Row]) -> int:
        here = self.in_period(start, rows)
        accounts = {self.account(row) for row in here} - {""}
        return sum(len({self.person(r["actor"]) for r in here if self.account(r) == name}) >= 2 for name in accounts)

    def events(self, start: date, rows: list[Row]) -> int:
        return sum(row["active_events"] for row in self.in_period(start, rows))

    def answer(self, metric: str, sets: tuple[tuple[str, ...], ...]) -> dict[tuple[Any, ...], Any]:
        """``{(period, *cell): value}`` of all cells in which anything was counted."""
        about_sessions = metric.startswith(("session", "bounce"))
        rows = self.world.sessions if about_sessions else self.world.user_day if metric == "signups" else self.active()
        answers = {}
        for cell, members in self.cells(rows, sets).items():
            for start in self.periods:
                value = getattr(self, metric)(start, members)
                if value is not None and value not in (0, (0, 0)):
                    answers[(start, *cell)] = value
        return answers


ALL_SETS = tuple(chosen for size in range(len(DIMENSIONS) + 1) for chosen in combinations(DIMENSIONS, size))
