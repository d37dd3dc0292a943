"""The default demo is what it says it is: planted rates, rhythm, journeys, all without a database."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.demo import world
from analytics.demo.assignment import fnv1a32, variants_of
from analytics.demo.frames import CODE, NAMES
from analytics.demo.ids import uuids
from analytics.demo.outcomes import experiments
from analytics.demo.plan import DAY, HOUR, chosen, scaled
from analytics.demo.population import NEVER
from analytics.demo.rates import rates
from analytics.demo.rows import TOUCHES
from analytics.people.channels import Rule, resolve
from analytics.people.default_channels import DEFAULT_RULES


def test_every_planted_rate_is_reached(census) -> None:
    found = rates(census)
    assert {
        "activation_rate",
        "activation_to_engagement_drop",
        "stickiness",
        "share_of_top_tenth",
        "paid_share",
        "enterprise_converts",
        "retention_month_1",
        "retention_month_3",
        "retention_month_6",
        "late_cohorts_better",
        "fast_activation_retains",
    } <= set(found)
    missed = {name: rate for name, rate in found.items() if abs(rate["actual"] - rate["planted"]) > rate["tolerance"]}
    assert missed == {}


def test_the_planted_rates_are_the_promised_ones(census) -> None:
    promised = {
        "activation_rate": 0.60,
        "activation_to_engagement_drop": 0.55,
        "stickiness": 0.35,
        "share_of_top_tenth": 0.50,
        "paid_share": 0.13,
        "enterprise_converts": 6.0,
        "retention_month_1": 0.45,
        "retention_month_3": 0.29,
        "retention_month_6": 0.19,
        "late_cohorts_better": 0.08,
        "fast_activation_retains": 2.0,
    }
    found = rates(census)
    assert {name: found[name]["planted"] for name in promised} == promised


def actives(events: np.ndarray, days: int) -> np.ndarray:
    """Distinct people of the so many days up to each of the last 26 weeks' days, from the events as they are drawn."""
    own = events[~events["passive"] & ~events["bot"] & ~np.isin(events["code"], [CODE["identify"], CODE["group"]])]
    day = own["at"] // DAY
    last = int(day.max())
    people = [set(own["person"][day == last - back].tolist()) for back in range(26 * 7 + days)][::-1]
    return np.array([len(set().union(*people[end - days : end])) for end in range(days + 1, len(people) + 1)])


def test_months_leave_no_mark_on_rolling_figures(events) -> None:
    """People come and go at any time of a month: MAU and WAU change slowly, and not with the calendar's months."""
    mau, wau = actives(events, 30), actives(events, 7)
    assert len(mau) == len(wau) == 26 * 7
    changes = np.abs(np.diff(mau[-12 * 7 :])) / mau[-12 * 7 : -1]
    assert changes.max() < 0.02
    for end in range(35, len(wau) + 1):
        month = wau[end - 35 : end]
        growth = np.linspace(*np.polyval(np.polyfit(np.arange(35), month, 1), [0, 34]), 35)
        level = month / growth
        assert level.max() / level.min() < 1.15


def test_the_habit_grows_gently(census) -> None:
    """Stickiness rises from a twentieth to a third of the year before the end, and in no week by leaps."""
    weekly = [census.stickiness(census.end_day - back) for back in range(7 * 52, 0, -7)]
    assert weekly[0] < 0.08
    assert weekly[-1] > 0.33
    assert np.abs(np.diff(weekly)).max() < 0.025


def test_size(events, whole) -> None:
    assert 740_000 < len(events) < 770_000
    assert (whole.population.signups, whole.population.visitors) == (50_000, 6_000)
    plan = whole.population.plan
    assert events["at"].min() >= plan.first_day * DAY
    assert events["at"].max() < plan.end_day * DAY
    assert (np.diff(events["at"]) >= 0).all()


def test_the_touches_are_those_of_six_channels() -> None:
    """Touches resolve, by the rules an installation starts with, to the channel they were drawn for."""
    rules = tuple(Rule(*rule) for rule in DEFAULT_RULES)
    expected = [channel.key for channel in world.CHANNELS for _ in channel.touches]
    assert [channel for _, channel, _ in resolve(TOUCHES[1:], rules)] == expected
    assert len(set(expected)) == 6


def test_better_channels_activate_and_keep_more(census) -> None:
    people = census.people
    kept = [
        (people.activated[people.channel[: people.signups] == number] != NEVER).mean()
        for number in range(len(world.CHANNELS))
    ]
    quality = [channel.quality for channel in world.CHANNELS]
    assert np.corrcoef(kept, quality)[0, 1] > 0.95


def test_people_come_by_day_in_their_own_zone(events, whole) -> None:
    for number, zone in enumerate(world.ZONES):
        here = events[whole.population.zone[events["person"]] == number]
        sample = np.random.default_rng(1).choice(here["at"], 4_000)
        hours = [datetime.fromtimestamp(at / 1_000_000, ZoneInfo(zone.name)).hour for at in sample.tolist()]
        by_day = np.isin(hours, range(8, 22)).mean()
        assert by_day > 0.75, zone.name


def test_weekends_are_quieter(census) -> None:
    days = np.array(list(census.daily().items()))
    weekend = (days[:, 0] + 3) % 7 >= 5
    assert 0.4 < days[weekend, 1].mean() / days[~weekend, 1].mean() < 0.85


def test_nobody_does_what_they_have_not_come_to(events, whole) -> None:
    """No key action before activation, no sharing before engagement, nothing with a user id before signing up."""
    people = whole.population
    member = events["person"] < people.signups
    own, person = events[member], events["person"][member]
    for names, since in (
        (("video_created", "template_used", "deposit_completed", "swap_started", "chain_switched"), people.activated),
        (("video_shared", "comment_added", "invite_sent"), people.engaged),
    ):
        done = np.isin(own["code"], [CODE[name] for name in names])
        assert done.any()
        assert (own["at"][done] >= since[person[done]]).all(), names
    assert (own["at"][own["known"]] >= people.signup[person[own["known"]]] - 1_000_000).all()
    assert not events["known"][~member].any()


def test_sessions_that_are_numbered_are_cut_by_half_an_hour_of_silence(events) -> None:
    numbered = events[events["session"] > 0]
    order = np.lexsort((numbered["at"], numbered["session"], numbered["device"]))
    at, device, session = (numbered[column][order] for column in ("at", "device", "session"))
    same = (device[1:] == device[:-1]) & (session[1:] == session[:-1])
    assert np.diff(at)[same].max() <= HOUR // 2
    assert {world.PLATFORMS[source].key for source in np.unique(numbered["source"])} == {"web", "ios"}


def test_every_event_of_the_product_occurs(events) -> None:
    assert {NAMES[code] for code in np.unique(events["code"])} == set(NAMES)
    assert events["bot"].sum() == 2_000
    passive = {NAMES[code] for code in np.unique(events["code"][events["passive"]])}
    assert passive == {"subscription_updated", "payment_received", "ticket_closed", "notification_received"}


def test_experiments_have_their_planted_effects(whole) -> None:
    for experiment in world.EXPERIMENTS:
        told = experiments(whole.population)[experiment.key]["variants"]
        rate = {name: variant["reach_outcome"] / variant["people"] for name, variant in told.items()}
        base = rate[experiment.variants[0]]
        for name, effect in zip(experiment.variants, experiment.effects, strict=True):
            error = 3 * (0.25 / told[name]["people"] + 0.25 / told[experiment.variants[0]]["people"]) ** 0.5
            assert abs(rate[name] - base - effect) < error, (experiment.key, name)


def test_the_public_assignment() -> None:
    """Values of the hash from its specification."""
    assert fnv1a32("") == 0x811C9DC5
    assert fnv1a32("a") == 0xE40C292C
    assert fnv1a32("foobar") == 0xBF9CF968
    split = np.bincount(variants_of("key", [f"user{n}" for n in range(20_000)], 2))
    assert abs(split[0] - 10_000) < 300


def test_ids_look_like_uuids_and_never_repeat() -> None:
    made = uuids(np.random.default_rng(1), 20_000).to_pylist()
    assert len(set(made)) == 20_000
    pattern = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(map(pattern.fullmatch, made))


def test_systematic_sampling_keeps_every_stratum_exact() -> None:
    random = np.random.default_rng(2)
    stratum = random.integers(0, 5, 10_000)
    probability = np.array([0.1, 0.2, 0.3, 0.4, 0.5])[stratum]
    picked = chosen(probability, (stratum,), random)
    for number in range(5):
        here = stratum == number
        assert abs(picked[here].sum() - probability[here].sum()) <= 1


@pytest.mark.parametrize("total", [10.0, 50.0, 95.0])
def test_scaling_reaches_its_total_within_bounds(total: float) -> None:
    probability = scaled(np.random.default_rng(3).uniform(-0.2, 1.3, 100), total)
    assert probability.sum() == pytest.approx(total, abs=0.01)
    assert probability.min() >= 0
    assert probability.max() <= 1
