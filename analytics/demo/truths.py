"""What the portal must answer about the demo, counted from the generator's own arrays.

Nothing here goes through the portal's store, metrics or identity map: people are the generator's
people, days are Arrow's, sessions are cut by a loop over sorted arrays. That is what makes these
numbers a check of the portal's.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.demo import world
from analytics.demo.frames import CODE, NAMES
from analytics.demo.plan import DAY, EPOCH, HOUR, SECOND
from analytics.demo.population import Population

LEDGER = np.dtype(
    [
        ("at", "i8"),
        ("session", "i8"),
        ("person", "i4"),
        ("device", "i4"),
        ("code", "i2"),
        ("source", "i1"),
        ("active", "?"),
    ]
)


def entries(events: np.ndarray) -> np.ndarray:
    """What the truths need to remember of events; bots are left out."""
    events = events[~events["bot"]]
    ledger = np.empty(len(events), dtype=LEDGER)
    for column in ("at", "session", "person", "device", "code", "source"):
        ledger[column] = events[column]
    calls = np.isin(events["code"], [CODE["identify"], CODE["group"]])
    ledger["active"] = ~events["passive"] & ~calls
    return ledger


def local_days(at: np.ndarray, zone: str) -> np.ndarray:
    """Days since 1970 in a zone, of UTC microseconds."""
    instants = pa.array(at, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone))
    return pc.local_timestamp(instants).cast(pa.int64()).to_numpy() // DAY


def iso(day: int) -> str:
    return (EPOCH + timedelta(days=int(day))).isoformat()


@dataclass(frozen=True)
class Census:
    """Counts of one ledger, in one zone. Days are numbers since 1970, weeks are named by their first day."""

    people: Population
    ledger: np.ndarray
    zone: str
    week_start: int

    @cached_property
    def end_day(self) -> int:
        """The first day that isn't over in the zone: truths about days stop before it."""
        return int(local_days(np.array([self.people.plan.end]), self.zone)[0])

    @cached_property
    def day(self) -> np.ndarray:
        return local_days(self.ledger["at"], self.zone)

    @cached_property
    def visits(self) -> np.ndarray:
        """Distinct ``(day, person)`` of activity, in order."""
        active = self.ledger["active"]
        return np.unique(np.stack([self.day[active], self.ledger["person"][active]], axis=1), axis=0)

    def active_between(self, first: int, last: int) -> np.ndarray:
        """The distinct people active from one day to another, both included."""
        begin, end = np.searchsorted(self.visits[:, 0], [first, last + 1])
        return np.unique(self.visits[begin:end, 1])

    def daily(self) -> dict[int, int]:
        """Active people of every whole day."""
        whole = self.visits[:, 0] < self.end_day
        days, counts = np.unique(self.visits[whole, 0], return_counts=True)
        return dict(zip(days.tolist(), counts.tolist(), strict=True))

    def stickiness(self, day: int) -> float:
        begin, end = np.searchsorted(self.visits[:, 0], [day - 29, day + 1])
        return (end - begin) / 30 / max(len(np.unique(self.visits[begin:end, 1])), 1)

    @cached_property
    def created(self) -> np.ndarray:
        """The day of everyone's first event of any kind; a very late one for those without."""
        created = np.full(self.people.count, np.iinfo(np.int64).max)
        np.minimum.at(created, self.ledger["person"], self.day)
        return created

    def lifecycle(self, first: int, days: int) -> dict[str, int]:
        """New, returning, resurrected and dormant people of a period of so many days, against the one before."""
        now, before = self.active_between(first, first + days - 1), self.active_between(first - days, first - 1)
        new = self.created[now] >= first
        again = np.isin(now, before)
        return {
            "new": int(new.sum()),
            "returning": int(again.sum()),
            "resurrected": int((~new & ~again).sum()),
            "dormant": int((~np.isin(before, now)).sum()),
        }

    def week_of(self, day: np.ndarray) -> np.ndarray:
        """The first day of each day's week."""
        return day - (day + 3 - self.week_start) % 7

    def times_of(self, name: str) -> np.ndarray:
        """UTC microseconds of each person's first event of a name; -1: none."""
        chosen = self.ledger[self.ledger["code"] == CODE[name]]
        first = np.full(self.people.count, np.iinfo(np.int64).max)
        np.minimum.at(first, chosen["person"], chosen["at"])
        return np.where(first == np.iinfo(np.int64).max, -1, first)

    def signups(self, weeks: list[int]) -> dict[str, dict[str, dict[str, int]]]:
        """By week, for each dimension, signups by its values."""
        chosen = np.flatnonzero(self.ledger["code"] == CODE["signup_completed"])
        person, week = self.ledger["person"][chosen], self.week_of(self.day[chosen])
        dimensions = {
            "channel": (self.people.channel[person], [each.key for each in world.CHANNELS]),
            "platform": (self.ledger["source"][chosen], [each.key for each in world.PLATFORMS]),
            "customer_segment": (self.people.segment[person], [each.key for each in world.SEGMENTS]),
        }
        return {
            iso(first): {
                dimension: {
                    key: count
                    for key, count in zip(
                        keys, np.bincount(values[week == first], minlength=len(keys)).tolist(), strict=True
                    )
                    if count
                }
                for dimension, (values, keys) in dimensions.items()
            }
            for first in weeks
        }

    def collaborative_workspaces(self, first: int) -> int:
        """Workspaces with two or more active people in the week that begins on a day."""
        here = self.ledger["active"] & (self.day >= first) & (self.day < first + 7)
        person = self.ledger["person"][here]
        member = person < self.people.signups
        person, at = person[member], self.ledger["at"][here][member]
        joined = at >= self.people.signup[person] - SECOND // 2
        workspace = self.people.workspace[person]
        pairs = np.unique(np.stack([workspace, person], axis=1)[joined & (workspace >= 0)], axis=0)
        return int((np.bincount(pairs[:, 0]) >= 2).sum()) if len(pairs) else 0

    @cached_property
    def sessions(self) -> np.ndarray:
        """Start, end, number of active events and source of every session."""
        active = self.ledger[self.ledger["active"]]
        active = active[np.lexsort((active["at"], active["session"], active["device"], active["source"]))]
        begins = np.ones(len(active), dtype=bool)
        same = np.ones(max(len(active) - 1, 0), dtype=bool)
        for column in ("source", "device", "session"):
            same &= active[column][1:] == active[column][:-1]
        silent = (active["session"][1:] == 0) & (np.diff(active["at"]) > 1_800 * SECOND)
        begins[1:] = ~same | silent
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], len(active)) - 1
        self._refuse_long(active, starts, ends)
        return np.stack([active["at"][starts], active["at"][ends], ends - starts + 1, active["source"][starts]], axis=1)

    @staticmethod
    def _refuse_long(active: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
        """The generator makes no session that the 24-hour rule would cut; were there one, this count would be wrong."""
        if (active["at"][ends] - active["at"][starts] > 24 * HOUR).any():
            raise AssertionError("a session lasts longer than a day")

    def sessions_by_week(self, weeks: list[int]) -> dict[str, dict[str, dict[str, float]]]:
        """By week and platform: sessions, those of one event, and the median length of the others in seconds."""
        week = self.week_of(local_days(self.sessions[:, 0], self.zone))
        counted: dict[str, dict[str, dict[str, float]]] = {}
        for first in weeks:
            here = self.sessions[week == first]
            counted[iso(first)] = {}
            for number, platform in enumerate(world.PLATFORMS):
                own = here[here[:, 3] == number]
                if not len(own):
                    continue
                longer = (own[:, 1] - own[:, 0])[own[:, 2] > 1] / SECOND
                counted[iso(first)][platform.key] = {
                    "sessions": len(own),
                    "of_one_event": int((own[:, 2] == 1).sum()),
                    "median_seconds_of_longer": round(float(np.median(longer)), 3) if len(longer) else 0.0,
                }
        return counted

    def share_of_top(self, top: float) -> float:
        """The share of all active events that the most active ``top`` of the people who were ever active make."""
        counts = np.bincount(self.ledger["person"][self.ledger["active"]], minlength=self.people.count)
        counts = np.sort(counts[counts > 0])[::-1]
        return float(counts[: round(len(counts) * top)].sum() / counts.sum())

    def retention(self, offset: int, among: np.ndarray) -> tuple[int, int]:
        """How many of these people were active in the month so many after that of signing up, and of how many.

        Only cohorts whose month is over are taken.
        """
        months = self.visits[:, 0].astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        signup = self.times_of("signup_completed")
        cohort = local_days(signup, self.zone).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        end = np.datetime64(self.end_day, "D").astype("datetime64[M]").astype(np.int64)
        eligible = among & (signup >= 0) & (cohort + offset < end)
        person = self.visits[:, 1]
        back = np.unique(person[eligible[person] & (months == cohort[person] + offset)])
        return len(back), int(eligible.sum())


def sample_weeks(census: Census, count: int) -> list[int]:
    """The last ``count`` whole weeks of the plan."""
    last = int(census.week_of(np.array([census.end_day]))[0])
    return [last - 7 * back for back in range(count, 0, -1)]


def counts(census: Census) -> dict[str, Any]:
    """Exact figures: the portal's must equal them."""
    plan, daily = census.people.plan, census.daily()
    recent = range(census.end_day - 60, census.end_day)
    ends = [int(first) - 1 for first in plan.months[1:-1] if first <= census.end_day]
    weeks = sample_weeks(census, 26)
    months = [
        (int(first), int(after) - 1)
        for first, after in zip(plan.months[:-1], plan.months[1:], strict=True)
        if after <= census.end_day
    ]
    actives = census.active_between(plan.first_day, plan.drawn_day)
    return {
        "people": len(np.unique(census.ledger["person"])),
        "people_active": len(actives),
        "signups": int((census.ledger["code"] == CODE["signup_completed"]).sum()),
        "dau": {iso(day): count for day, count in sorted(daily.items())},
        "wau": {iso(day): len(census.active_between(day - 6, day)) for day in [*ends, *recent]},
        "mau": {iso(day): len(census.active_between(day - 29, day)) for day in [*ends, *recent]},
        "active_people_by_month": {iso(first)[:7]: len(census.active_between(first, last)) for first, last in months},
        "signups_by_week": census.signups(weeks),
        "sessions_by_week": census.sessions_by_week(weeks),
        "lifecycle_by_week": {iso(week): census.lifecycle(week, 7) for week in weeks[-8:]},
        "collaborative_workspaces_by_week": {iso(week): census.collaborative_workspaces(week) for week in weeks},
        "events_by_name": {
            NAMES[code]: int(count)
            for code, count in enumerate(np.bincount(census.ledger["code"], minlength=len(NAMES)).tolist())
            if count
        },
    }


def settled_before(census: Census, days: int) -> np.ndarray:
    """Who signed up so many days before the end, or earlier."""
    signup = census.times_of("signup_completed")
    return (signup >= 0) & (signup < census.people.plan.end - days * DAY)
