"""What people do on their active days: which device they take up, what they start with, how long they stay."""

from dataclasses import dataclass

import numpy as np

from analytics.demo import world
from analytics.demo.activity import Days
from analytics.demo.clock import Clock
from analytics.demo.frames import CODE, Vocabulary, frame
from analytics.demo.pages import LANDING, PAGES, WEIGHTS, page_code, page_properties
from analytics.demo.plan import DAY, SECOND
from analytics.demo.population import NEVER, Population

# What people do, by how far they have come: signed up, activated, engaged.
MIX: tuple[dict[str, float], ...] = (
    {"page": 0.70, "template_previewed": 0.20, "searched": 0.10},
    {
        "page": 0.42,
        "template_previewed": 0.06,
        "template_used": 0.15,
        "video_created": 0.17,
        "swap_started": 0.08,
        "deposit_completed": 0.03,
        "transaction_completed": 0.04,
        "chain_switched": 0.05,
    },
    {
        "page": 0.36,
        "template_previewed": 0.04,
        "template_used": 0.14,
        "video_created": 0.17,
        "video_shared": 0.08,
        "comment_added": 0.05,
        "invite_sent": 0.02,
        "swap_started": 0.06,
        "deposit_completed": 0.02,
        "transaction_completed": 0.03,
        "chain_switched": 0.03,
    },
)
_SILENCE = 1_800 * SECOND
_AMOUNTS = (10.0, 20.0, 25.0, 40.0, 50.0, 75.0, 100.0, 150.0, 250.0, 500.0, 1_000.0, 2_500.0)
_TEMPLATES = ("product-launch", "recipe", "unboxing", "event-recap", "tutorial", "quote", "travel", "sale")
_CHAINS = ("ethereum", "polygon", "solana", "base", "arbitrum")


@dataclass(frozen=True)
class Visits:
    """The active days on which a session is still to be made up: one entry each, in order of day."""

    person: np.ndarray
    day: np.ndarray
    start: np.ndarray  # UTC microseconds
    second: np.ndarray  # whether on the person's second device
    starts_second: np.ndarray  # whether that device is seen for the first time


def plan_visits(population: Population, days: Days) -> Visits:
    """A visit on each active day that nothing planted makes active anyway."""
    random = population.plan.random("visits")
    person, day = days.person, days.day
    planted = [population.arrival[: population.signups + population.visitors]]
    planted += [population.signup, population.activated, population.engaged, population.paid]
    keys = np.concatenate([times // DAY * population.count + np.arange(len(times)) for times in planted])
    free = ~np.isin(day * population.count + person, keys)
    person, day = person[free], day[free]
    starts = _second_starts(population, person, day, random)
    from_day = np.full(population.count, NEVER)
    from_day[person[starts]] = day[starts]
    second = (day > from_day[person]) & (random.random(len(person)) < 0.45) | starts
    start = Clock(population.plan).times(day, population.zone[person], random)
    return Visits(person=person, day=day, start=start, second=second, starts_second=starts)


def share_out(population: Population, visits: Visits, events: int) -> np.ndarray:
    """How many events follow the first one of each visit, ``events`` in all: more where people come often."""
    random = population.plan.random("extra events")
    own = np.bincount(visits.person, minlength=population.count)[visits.person]
    weight = random.lognormal(0, 1.3, len(own)) * own**0.15
    wanted = np.cumsum(weight) / weight.sum() * max(events, 0)
    return np.diff(np.floor(wanted + random.random()), prepend=0.0).astype(np.int64)


def _second_starts(
    population: Population, person: np.ndarray, day: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """On which visit a person with two devices takes up the second: a random one after signing up."""
    has_second = population.second_device[person] >= 0
    after = day > population.signup[np.minimum(person, population.signups - 1)] // DAY
    eligible = np.flatnonzero(has_second & after)
    order = eligible[np.lexsort((random.random(len(eligible)), person[eligible]))]
    first = np.diff(person[order], prepend=-1) != 0
    starts = np.zeros(len(person), dtype=bool)
    starts[order[first]] = True
    return starts


class Sessions:
    """Turns visits into events, some months' worth at a time."""

    def __init__(self, population: Population, properties: Vocabulary) -> None:
        self.people = population
        self._pages = page_properties(properties)
        self._choices = {
            name: properties.numbers(texts)
            for name, texts in {
                "template_previewed": [f'{{"template":"{name}"}}' for name in _TEMPLATES],
                "template_used": [f'{{"template":"{name}"}}' for name in _TEMPLATES],
                "video_created": [f'{{"length_seconds":{length}}}' for length in (15, 30, 45, 60, 90, 180)],
                "video_shared": [f'{{"to":"{to}"}}' for to in ("link", "workspace", "instagram", "youtube")],
                "searched": [f'{{"query":"{name}"}}' for name in _TEMPLATES],
                "deposit_completed": [f'{{"value":{amount},"currency":"USD"}}' for amount in _AMOUNTS],
                "transaction_completed": [f'{{"value":{amount},"currency":"USD"}}' for amount in _AMOUNTS],
                "swap_started": [f'{{"from":"{a}","to":"{b}"}}' for a in _CHAINS for b in _CHAINS if a != b],
                "swap_completed": [f'{{"from":"{a}","to":"{b}"}}' for a in _CHAINS for b in _CHAINS if a != b],
                "chain_switched": [f'{{"chain":"{chain}"}}' for chain in _CHAINS],
            }.items()
        }

    def events(self, visits: Visits, extra: np.ndarray, of: slice, random: np.random.Generator) -> np.ndarray:
        """The events of some visits."""
        visit = np.repeat(np.arange(of.start, of.stop), 1 + extra[of])
        person, second = visits.person[visit], visits.second[visit]
        people = self.people
        source = np.where(second, people.second_platform[person], people.platform[person])
        device = np.where(second, people.second_device[person], person)
        at = self._times(visits, visit, source, random)
        first = np.diff(visit, prepend=-1) != 0
        member = np.minimum(person, people.signups - 1)
        known = (person < people.signups) & (at >= people.signup[member])
        known &= ~(visits.starts_second[visit] & first)
        events = frame(self._codes(member, at, known, random), at, person, source=source, device=device, known=known)
        self._complete_swaps(events, visit, random)
        self._describe(events, random)
        return np.concatenate([events, self._identified(events[visits.starts_second[visit] & first])])

    def _times(self, visits: Visits, visit: np.ndarray, source: np.ndarray, random: np.random.Generator) -> np.ndarray:
        gap = np.array([platform.gap for platform in world.PLATFORMS])[source] * SECOND
        gap = np.minimum(gap * random.lognormal(0, 0.9, len(visit)), _SILENCE - SECOND).astype(np.int64)
        first = np.flatnonzero(np.diff(visit, prepend=-1))
        passed = np.cumsum(gap)
        since = passed - np.repeat(passed[first], np.diff(first, append=len(visit)))
        last = (visits.day[visit] + 1) * DAY - 1
        return np.minimum(visits.start[visit] + since, last)  # a day's activity stays on it

    def _codes(self, member: np.ndarray, at: np.ndarray, known: np.ndarray, random: np.random.Generator) -> np.ndarray:
        people = self.people
        level = np.zeros(len(member), dtype=np.int64)
        level += known & (at > people.activated[member])
        level += known & (at > people.engaged[member])
        codes = np.empty(len(member), dtype=np.int64)
        for number, mix in enumerate(MIX):
            here = level == number
            weights = np.array(list(mix.values()))
            codes[here] = np.array([CODE[name] for name in mix])[
                random.choice(len(mix), here.sum(), p=weights / weights.sum())
            ]
        alone = people.workspace[member] < 0
        codes[alone & np.isin(codes, [CODE["comment_added"], CODE["invite_sent"]])] = CODE["video_created"]
        return codes

    def _complete_swaps(self, events: np.ndarray, visit: np.ndarray, random: np.random.Generator) -> None:
        """Four in five swaps that have a next event in their session end with it."""
        started = np.flatnonzero(events["code"][:-1] == CODE["swap_started"])
        followed = started[(visit[started] == visit[started + 1]) & (random.random(len(started)) < 0.8)]
        events["code"][followed + 1] = CODE["swap_completed"]

    def _describe(self, events: np.ndarray, random: np.random.Generator) -> None:
        pages = events["code"] == CODE["page"]
        drawn = random.choice(len(PAGES), pages.sum(), p=WEIGHTS / WEIGHTS.sum())
        drawn[~events["known"][pages]] = LANDING
        events["page"][pages], events["properties"][pages] = drawn, self._pages[drawn]
        events["code"][pages] = page_code(events["source"][pages])
        for name, choices in self._choices.items():
            here = events["code"] == CODE[name]
            drawn = random.integers(0, len(choices), here.sum())
            events["properties"][here] = choices[drawn]
            if name in ("deposit_completed", "transaction_completed"):
                events["value"][here] = np.array(_AMOUNTS)[drawn]

    def _identified(self, firsts: np.ndarray) -> np.ndarray:
        """The identify call by which a second device becomes the person's, moments after its first event."""
        calls = firsts.copy()
        calls["at"] += SECOND
        calls["code"], calls["properties"], calls["known"] = CODE["identify"], 0, True
        calls["page"], calls["value"] = -1, np.nan
        return calls


def number_sessions(events: np.ndarray) -> None:
    """Give the events of SDKs that number sessions their session's id, as those SDKs cut them."""
    numbering = np.array([platform.session_ids for platform in world.PLATFORMS])
    numbered = np.flatnonzero(numbering[events["source"]] & ~events["passive"])
    order = numbered[np.lexsort((events["at"][numbered], events["device"][numbered]))]
    at, device = events["at"][order], events["device"][order]
    begins = (np.diff(device, prepend=-2) != 0) | (np.diff(at, prepend=0) > _SILENCE)
    starts = at[begins] // 1_000
    events["session"][order] = starts[np.cumsum(begins) - 1]
