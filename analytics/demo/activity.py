"""Who is active on which day: retention by quota, then days by intensity."""

from dataclasses import dataclass

import numpy as np

from analytics.demo import world
from analytics.demo.clock import weekday_weight
from analytics.demo.plan import DAY, Plan
from analytics.demo.population import NEVER, Population

# Chance of a day's activity of a retained person of median intensity, by months before the end: the
# product has become a habit lately. Between these points it changes evenly.
DAILY = {3.9: 0.29, 4.5: 0.14, 5.5: 0.06, 6.5: 0.03, 7.5: 0.015, 8.5: 0.01}
_MONTH = 30.4  # days
SPREAD = 0.75  # of intensity among people, as the standard deviation of its logarithm


@dataclass(frozen=True)
class Days:
    """One entry per person and day on which they are active, in order of day and person."""

    person: np.ndarray
    day: np.ndarray


def retention_curve(offsets: np.ndarray) -> np.ndarray:
    """The planted share of a cohort that is active so many months later; geometric between the given points."""
    known = np.array([0, *world.RETENTION], dtype=float)
    values = np.log([1.0, *world.RETENTION.values()])
    return np.exp(np.interp(offsets, known, values))


def active_days(plan: Plan, population: Population) -> Days:
    """Every active day of everyone but bots, whole months first and then cut to the plan's days."""
    random = plan.random("activity")
    forced = _forced_days(population)
    months = plan.months
    by_month: list[tuple[np.ndarray, np.ndarray]] = [forced]
    forced_month = plan.month_of(forced[1])
    intensity = _intensity(plan, population)
    for month in range(len(months) - 1):
        bound = forced[0][forced_month == month]
        active = _active_people(plan, population, month, np.unique(bound[bound < population.signups]), random)
        by_month.append(_days_of(plan, population, month, active, intensity[active], bound, random))
    person, day = (np.concatenate(column) for column in zip(*by_month, strict=True))
    inside = (day >= plan.first_day) & (day < plan.end_day)
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


def _active_people(
    plan: Plan, population: Population, month: int, forced: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Those active in a month: of each cohort its quota, the forced ones and then the least frail."""
    score = population.frailty + 0.7 * random.normal(size=population.signups)
    score[forced] -= 1_000.0
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


def _days_of(
    plan: Plan,
    population: Population,
    month: int,
    active: np.ndarray,
    intensity: np.ndarray,
    bound: np.ndarray,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """At least one day in the month for each active person, more of them the higher their intensity."""
    days = np.arange(plan.months[month], plan.months[month + 1])
    before_end = (plan.end_day - days.mean()) / _MONTH
    chance = np.clip(np.interp(before_end, list(DAILY), list(DAILY.values())) * intensity, 0.0, 0.93)
    new = population.cohort[active] == month
    chance = np.where(new, chance * 0.3, chance)
    weight = weekday_weight(days) / weekday_weight(days).mean()
    draw = random.random((len(active), len(days))) / weight
    draw[days < (population.signup[active] // DAY)[:, None]] = np.inf
    comes = draw < chance[:, None]
    idle = ~comes.any(axis=1) & ~np.isin(active, bound)
    comes[idle, draw[idle].argmin(axis=1)] = True
    row, column = np.nonzero(comes)
    return active[row], days[column]
