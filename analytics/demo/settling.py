"""Settles the population: draws the people so that the planted shares come out as planned."""

import numpy as np

from analytics.demo import world
from analytics.demo.assignment import variants_of
from analytics.demo.clock import Clock, weekday_weight
from analytics.demo.ids import uuids
from analytics.demo.plan import DAY, HOUR, SECOND, Plan, chosen, scaled
from analytics.demo.population import NEVER, Population

_MINUTE = 60 * SECOND
LAUNCH = 4.0  # signups a day above the usual at the launch, which fades within the first half


def settle(plan: Plan) -> Population:
    """Draw the whole population of a plan."""
    visitors = round(plan.people * world.VISITORS)
    bots = round(plan.people * world.BOTS)
    pool = _arrivals(plan, plan.people + visitors)
    signs_up = _signs_up(plan, pool)
    order = np.concatenate([np.flatnonzero(signs_up), np.flatnonzero(~signs_up)])
    pool = {name: column[order] for name, column in pool.items()}
    crawlers = _arrivals(plan, bots, purpose="bots")
    everyone = {name: np.concatenate([pool[name], crawlers[name]]) for name in pool}
    everyone["platform"][plan.people + visitors :] = world.WEB
    members = _members(plan, {name: column[: plan.people] for name, column in pool.items()})

    second = np.flatnonzero(members.pop("has_second"))
    second_device = np.full(len(everyone["arrival"]), -1)
    second_device[second] = len(second_device) + np.arange(len(second))
    second_platform = np.full(len(everyone["arrival"]), -1)
    second_platform[second] = _another_platform(plan, everyone["platform"][second])
    names = np.concatenate([everyone.pop("device"), _names(plan.random("second devices"), len(second))])
    return Population(
        plan=plan,
        signups=plan.people,
        visitors=visitors,
        devices=names,
        second_device=second_device,
        second_platform=second_platform,
        **everyone,
        **members,
    )


def _names(random: np.random.Generator, count: int) -> np.ndarray:
    """Anonymous ids in the form of a UUID of version 4."""
    return np.array(uuids(random, count).to_pylist(), dtype=object)


def _arrivals(plan: Plan, count: int, purpose: str = "arrivals") -> dict[str, np.ndarray]:
    """Who comes, when, from where and with what."""
    random = plan.random(purpose)
    days = np.arange(plan.first_day, plan.drawn_day)
    progress = (days - plan.first_day) / len(days)
    season = 1 + 0.12 * np.sin((days % 365.25) / 365.25 * 2 * np.pi)
    weight = (1 + LAUNCH * np.exp(-6 * progress)) * season * weekday_weight(days)
    day = random.choice(days, count, p=weight / weight.sum())
    zone = random.choice(len(world.ZONES), count, p=world.shares(world.ZONES))
    channel = random.choice(len(world.CHANNELS), count, p=world.shares(world.CHANNELS))
    platform = random.choice(len(world.PLATFORMS), count, p=world.shares(world.PLATFORMS))
    touches = np.array([len(each.touches) for each in world.CHANNELS])
    agents = np.array([len(each.agents) for each in world.PLATFORMS])
    arrival = Clock(plan).times(day, zone, random)
    device = _names(random, count)
    late = arrival >= (plan.end_day - world.EXPERIMENTS[0].days) * DAY
    cta = np.full(count, -1)
    cta[late] = variants_of(world.EXPERIMENTS[0].key, device[late].tolist(), len(world.EXPERIMENTS[0].variants))
    return {
        "arrival": arrival,
        "channel": channel,
        "touch": (random.random(count) * touches[channel]).astype(np.int64),
        "platform": platform,
        "zone": zone,
        "agent": (random.random(count) ** 1.6 * agents[platform]).astype(np.int64),
        "device": device,
        "cta": cta,
    }


def _signs_up(plan: Plan, pool: dict[str, np.ndarray]) -> np.ndarray:
    """Exactly ``plan.people`` of the visitors, more of them where the call to action works better."""
    count = len(pool["arrival"])
    effects = np.array([*world.EXPERIMENTS[0].effects, 0.0])  # the last: not in the experiment (-1)
    probability = scaled(plan.people / count + effects[pool["cta"]], plan.people)
    signs_up = chosen(probability, (pool["channel"], pool["cta"]), plan.random("signing up"))
    surplus = int(signs_up.sum()) - plan.people  # rounding: one at most
    signs_up[np.flatnonzero(signs_up == (surplus > 0))[: abs(surplus)]] ^= True
    return signs_up


def _members(plan: Plan, pool: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What becomes of those who sign up."""
    random = plan.random("members")
    count = plan.people
    quality = np.array([each.quality for each in world.CHANNELS])[pool["channel"]]
    waits = random.random(count) < 0.12
    signup = pool["arrival"] + np.where(
        waits, random.exponential(20 * HOUR, count), random.exponential(4 * _MINUTE, count)
    )
    signup = signup.astype(np.int64) + 20 * SECOND
    month = plan.month_of(signup // DAY)
    segment = random.choice(len(world.SEGMENTS), count, p=world.shares(world.SEGMENTS))
    users = np.array([f"usr_{number * 2_654_435_761 % 2**32:08x}" for number in range(count)], dtype=object)

    recent = signup >= (plan.end_day - world.EXPERIMENTS[1].days) * DAY
    flow = _variants(1, users, recent)
    base = np.array([each.activation for each in world.SEGMENTS])[segment]
    effect = np.array([*world.EXPERIMENTS[1].effects, 0.0])[flow]
    probability = scaled(base + 0.10 * quality + effect, count * _mean("activation"))
    activates = chosen(probability, (month, flow, segment), random)
    fast = np.zeros(count, dtype=bool)
    fast[activates] = chosen(np.full(activates.sum(), world.FAST_SHARE), (month[activates],), random)
    soon = np.minimum(random.lognormal(np.log(40 * _MINUTE), 1.4, count), 0.95 * DAY) + 2 * _MINUTE
    later = (1.02 + np.minimum(random.exponential(2.6, count), 8.5)) * DAY
    activated = np.where(activates, signup + np.where(fast, soon, later).astype(np.int64), NEVER)

    engages = np.zeros(count, dtype=bool)
    rates = np.array([each.engagement for each in world.SEGMENTS])[segment[activates]]
    engages[activates] = chosen(
        scaled(rates + 0.04 * quality[activates], rates.sum()), (month[activates], segment[activates]), random
    )
    engaged = np.where(engages, activated + (random.uniform(0.02, 3.2, count) * DAY).astype(np.int64), NEVER)

    pricing = _variants(2, users, engages & recent)
    pays = np.zeros(count, dtype=bool)
    effect = np.array([*world.EXPERIMENTS[2].effects, 0.0])
    for number, each in enumerate(world.SEGMENTS):
        group = np.flatnonzero(engages & (segment == number))
        wanted = each.paid * (segment == number).sum()
        rate = scaled(wanted / max(len(group), 1) + 0.06 * quality[group] + effect[pricing[group]], wanted)
        pays[group] = chosen(rate, (month[group], pricing[group]), random)
    thinks = (0.02 + np.minimum(random.exponential(5, count), 16)) * DAY
    paid = np.where(pays, engaged + thinks.astype(np.int64), NEVER)

    has_second = random.random(count) < world.SECOND_DEVICE
    holds = (activated != NEVER) & (random.random(count) < 0.45)
    workspace = _workspaces(plan, segment, signup)
    return {
        "user_ids": users,
        "signup": signup,
        "segment": segment,
        "activated": activated,
        "engaged": engaged,
        "paid": paid,
        "has_second": has_second,
        "workspace": workspace,
        "founder": _founders(workspace, signup),
        "frailty": random.normal(size=count) - 0.45 * quality - 0.7 * activates - 0.8 * engages - 1.3 * pays,
        "balance": np.where(holds, np.round(random.lognormal(5.2, 1.9, count), 2), 0.0),
        "flow": flow,
        "pricing": pricing,
    }


def _mean(rate: str) -> float:
    return sum(each.share * getattr(each, rate) for each in world.SEGMENTS)


def _variants(number: int, users: np.ndarray, taking_part: np.ndarray) -> np.ndarray:
    """The variant of those who take part in an experiment; -1 for the rest."""
    experiment = world.EXPERIMENTS[number]
    variants = np.full(len(users), -1)
    variants[taking_part] = variants_of(experiment.key, users[taking_part].tolist(), len(experiment.variants))
    return variants


def _workspaces(plan: Plan, segment: np.ndarray, signup: np.ndarray) -> np.ndarray:
    """Groups of people of one segment who signed up within some weeks of each other; -1: works alone."""
    random = plan.random("workspaces")
    workspace = np.full(len(segment), -1)
    started = 0
    for number, each in enumerate(world.SEGMENTS):
        if not each.workspace:
            continue
        people = np.flatnonzero(segment == number)
        people = people[np.argsort(signup[people] + random.normal(0, 12 * DAY, len(people)))]
        sizes = 1 + random.negative_binomial(1.2, 1.2 / (each.workspace + 0.2), len(people))
        group = np.searchsorted(np.cumsum(sizes), np.arange(len(people)), side="right")
        workspace[people] = started + group
        started += int(group[-1]) + 1 if len(group) else 0
    return workspace


def _founders(workspace: np.ndarray, signup: np.ndarray) -> np.ndarray:
    """Whether a person was the first of their workspace to sign up."""
    order = np.lexsort((signup, workspace))
    first = np.zeros(len(workspace), dtype=bool)
    first[order] = np.diff(workspace[order], prepend=-2) != 0
    return first & (workspace >= 0)


def _another_platform(plan: Plan, platform: np.ndarray) -> np.ndarray:
    """The platform of a second device: a phone to a browser, a browser to the rest."""
    phone = np.where(plan.random("phones").random(len(platform)) < 0.55, world.IOS, world.ANDROID)
    return np.where(platform == world.WEB, phone, world.WEB)
