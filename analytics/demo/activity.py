"""Who is active on which day: months by quota, stretches within and across them, then days by intensity."""

from dataclasses import dataclass

import numpy as np

from analytics.demo import world
from analytics.demo.clock import weekday_weight
from analytics.demo.plan import DAY, Plan
from analytics.demo.population import NEVER, Population

# Chance of a day's activity of a person of median intensity: the product becomes a habit in the course
# of its history, slowly, then faster, and lately hardly any more.
HABIT = 0.335
TURN, PACE = 5.8, 1.8  # months before the end at which half of that is reached, and how gently
SPREAD = 0.55  # of intensity among people, as the standard deviation of its logarithm
CONSTANCY = 0.85  # correlation of a person's inclination to stay from one month to the next
_MONTH = 30.4  # days
_LEAVES = 3.0  # days that those stay, on average, whose signup month or return is a single one


@dataclass(frozen=True)
class Days:
    """One entry per person and day on which they are active, in order of day and person."""

    person: np.ndarray
    day: np.ndarray


@dataclass(frozen=True)
class _Stay:
    """The people active in a month, and the part of it that they are there: days, both included."""

    person: np.ndarray
    first: np.ndarray
    last: np.ndarray
    usual: np.ndarray  # the day about which those come who come once

    def covers(self, days: np.ndarray) -> np.ndarray:
        return (days >= self.first[:, None]) & (days <= self.last[:, None])

    def once(self, days: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Index into ``days`` of one within three of the usual one: thus a month passes from one to the next."""
        weeks_off = (np.abs(days - self.usual[:, None]) + 3) // 7
        draw = random.random(weeks_off.shape) / weekday_weight(days)
        return (draw + 2.0 * weeks_off).argmin(axis=1)


def retention_curve(offsets: np.ndarray) -> np.ndarray:
    """The planted share of a cohort that is active so many months later; geometric between the given points."""
    known = np.array([0, *world.RETENTION], dtype=float)
    values = np.log([1.0, *world.RETENTION.values()])
    return np.exp(np.interp(offsets, known, values))


def active_days(plan: Plan, population: Population) -> Days:
    """Every active day of everyone but bots, whole months first and then cut to the plan's days."""
    random = plan.random("activity")
    forced = _forced_days(population)
    by_month: list[tuple[np.ndarray, np.ndarray]] = [forced]
    forced_month = plan.month_of(forced[1])
    intensity = _intensity(plan, population)
    active = _active_months(plan, population, forced[0], forced_month)
    for month in range(len(plan.months) - 1):
        stay = _stay(plan, population, month, active, random)
        bound = forced[0][forced_month == month]
        by_month.append(_days_of(plan, month, stay, intensity[stay.person], bound, random))
    person, day = (np.concatenate(column) for column in zip(*by_month, strict=True))
    inside = (day >= plan.first_day) & (day < plan.drawn_day)
    keys = np.unique(day[inside] * population.count + person[inside])
    return Days(person=keys % population.count, day=keys // population.count)


def _forced_days(population: Population) -> tuple[np.ndarray, np.ndarray]:
    """Days on which something planted happens to a person."""
    moments = [population.arrival[: population.signups + population.visitors]]
    moments += [population.signup, population.activated, population.engaged, population.paid]
    person = np.concatenate([np.arange(len(times)) for times in moments])
    day = np.concatenate(moments) // DAY
    happens = np.concatenate(moments) != NEVER
    return person[happens], day[happens]


def _intensity(plan: Plan, population: Population) -> np.ndarray:
    """Each person's multiple of the daily chance: those who stay longer also come more often."""
    noise = plan.random("intensity").normal(size=population.signups)
    standing = -population.frailty
    standing = (standing - standing.mean()) / standing.std()
    return np.exp(SPREAD * (0.55 * standing + 0.835 * noise))


def _active_months(
    plan: Plan, population: Population, forced_person: np.ndarray, forced_month: np.ndarray
) -> np.ndarray:
    """Whether each person (column) is active in each of ``plan.months`` (row), the one after the history included."""
    random = plan.random("months")
    active = np.zeros((len(plan.months), population.signups), dtype=bool)
    mood = random.normal(size=population.signups)
    for month, members in enumerate(active):
        bound = forced_person[forced_month == month]
        score = population.frailty + 0.7 * mood
        score[bound[bound < population.signups]] -= 1_000.0
        members[_active_people(plan, population, month, score)] = True
        mood = CONSTANCY * mood + (1 - CONSTANCY**2) ** 0.5 * random.normal(size=population.signups)
    return active


def _active_people(plan: Plan, population: Population, month: int, score: np.ndarray) -> np.ndarray:
    """Those active in a month: its own cohort, and of each older one its quota, the lowest scores first."""
    half = (len(plan.months) - 1) // 2
    mean_gain = 1 + world.LATE_COHORTS_BETTER * (population.cohort >= half).mean()
    picked = [np.flatnonzero(population.cohort == month)]
    for cohort in range(month):
        rate = float(retention_curve(np.array([month - cohort]))[0])
        if month - cohort == 1:
            rate *= (1 + world.LATE_COHORTS_BETTER * (cohort >= half)) / mean_gain
        members = population.cohort == cohort
        share = (members & population.fast).sum() / max(members.sum(), 1)
        rest = rate / (1 + (world.FAST_RETAINS - 1) * share)
        for fast in (True, False):
            group = np.flatnonzero(members & (population.fast == fast))
            quota = round(len(group) * min(rest * (world.FAST_RETAINS if fast else 1.0), 1.0))
            picked.append(group[np.argsort(score[group])[:quota]])
    return np.concatenate(picked)


def _stay(plan: Plan, population: Population, month: int, active: np.ndarray, random: np.random.Generator) -> _Stay:
    """When in a month people are there.

    Active months are a calendar's; people come and go at any time. Who was not active in the month before comes on
    a random day, who is not in the next one leaves on a random day, and the others stay through.
    """
    person = np.flatnonzero(active[month])
    begin, end = plan.months[month], plan.months[month + 1]
    some_day, another = begin + random.integers(0, end - begin, (2, len(person)))
    signup = population.signup[person] // DAY
    new = population.cohort[person] == month
    comes = ~new & ~(active[month - 1, person] if month else False)
    goes = ~active[month + 1, person]
    single = (new | comes) & goes
    first = np.where(new, signup, np.where(comes, some_day, begin))
    soon = np.minimum(first + random.exponential(_LEAVES, len(person)).astype(np.int64), end - 1)
    last = np.where(single, soon, np.where(goes, another, end - 1))
    monthly = begin + signup - plan.months[population.cohort[person]]
    return _Stay(person, first, last, usual=np.where(single, first, monthly))


def _chance(plan: Plan, days: np.ndarray) -> np.ndarray:
    """Of a person of median intensity, by day."""
    months_left = (plan.end_day - days) / _MONTH
    return HABIT / (1 + np.exp((months_left - TURN) / PACE)) * weekday_weight(days) / world.WEEKDAYS.mean()


def _days_of(
    plan: Plan, month: int, stay: _Stay, intensity: np.ndarray, bound: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """At least one day in the month for each active person, more of them the higher their intensity."""
    days = np.arange(plan.months[month], plan.months[month + 1])
    chance = np.clip(intensity[:, None] * _chance(plan, days), 0.0, 0.93)
    comes = stay.covers(days) & (random.random(chance.shape) < chance)
    idle = ~comes.any(axis=1) & ~np.isin(stay.person, bound)
    comes[idle, stay.once(days, random)[idle]] = True
    row, column = np.nonzero(comes)
    return stay.person[row], days[column]
