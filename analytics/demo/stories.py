"""What is planted to happen to each person once: visiting, signing up, the first video, paying, experiments."""

import json

import numpy as np

from analytics.demo import world
from analytics.demo.frames import Vocabulary, frame
from analytics.demo.pages import LANDING, page_code, page_properties
from analytics.demo.plan import SECOND
from analytics.demo.population import NEVER, Population

_MINUTE = 60 * SECOND


def compact(**members: object) -> str:
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False)


class Stories:
    """Builds the events that the population's own columns determine."""

    def __init__(self, population: Population, properties: Vocabulary) -> None:
        self.people = population
        self.properties = properties
        self.random = population.plan.random("stories")
        self._everyone = np.arange(population.signups)

    def all(self) -> list[np.ndarray]:
        return [
            self._visits(),
            *self._signups(),
            *self._workspaces(),
            *self._onboarding(),
            *self._wallets(),
            *self._exposures(),
            self._bots(),
        ]

    def _sent(self, name: str, at: np.ndarray, person: np.ndarray, **columns: object) -> np.ndarray:
        """Events from a person's first device, with the user id from signing up on."""
        known = np.zeros(len(person), dtype=bool)
        member = person < self.people.signups
        known[member] = at[member] >= self.people.signup[person[member]] - SECOND
        return frame(
            name, at, person, **{"device": person, "source": self.people.platform[person], "known": known} | columns
        )

    def _fixed(self, **members: object) -> int:
        return self.properties.number(compact(**members))

    def _visits(self) -> np.ndarray:
        """The first page or screen of everyone who isn't a bot, with the touch that brought them."""
        person = np.arange(self.people.signups + self.people.visitors)
        visits = self._sent("page", self.people.arrival[person], person, page=LANDING)
        visits["code"] = page_code(self.people.platform[person])
        visits["properties"] = page_properties(self.properties)[LANDING]
        tells = np.array([any(map(any, channel.touches)) for channel in world.CHANNELS])[self.people.channel[person]]
        starts = np.cumsum([1, *(len(channel.touches) for channel in world.CHANNELS)])
        visits["touch"] = np.where(tells, starts[self.people.channel[person]] + self.people.touch[person], 0)
        return visits

    def _signups(self) -> list[np.ndarray]:
        people, everyone = self.people, self._everyone
        invited = (people.workspace >= 0) & ~people.founder
        starts = np.flatnonzero(~invited & (self.random.random(people.signups) < 0.6))
        identifies = self._sent("identify", people.signup - SECOND, everyone)
        identifies["properties"] = self.properties.numbers(compact(**traits) for traits in first_traits(people))
        accepts = np.flatnonzero(invited)
        verifies = (people.activated != NEVER) | (self.random.random(people.signups) < 0.4)
        verifies = np.flatnonzero(verifies)
        takes = np.minimum(self.random.exponential(6 * _MINUTE, len(verifies)) + 30 * SECOND, 100 * SECOND)
        return [
            self._sent(
                "signup_started", people.signup[starts] - 15 * SECOND, starts, properties=self._fixed(method="email")
            ),
            identifies,
            self._sent("signup_completed", people.signup, everyone, properties=self._fixed(method="email")),
            self._sent("invite_accepted", people.signup[accepts] + 2 * SECOND, accepts),
            self._sent("email_verified", people.signup[verifies] + takes.astype(np.int64), verifies),
        ]

    def _workspaces(self) -> list[np.ndarray]:
        """A group call just before each member of a workspace has signed up."""
        people = self.people
        member = np.flatnonzero(people.workspace >= 0)
        segments = [self._fixed(customer_segment=each.key, plan="free") for each in world.SEGMENTS]
        groups = self._sent("group", people.signup[member] - SECOND // 2, member)
        groups["properties"] = np.array(segments)[people.segment[member]]
        return [groups]

    def _onboarding(self) -> list[np.ndarray]:
        people = self.people
        activated = np.flatnonzero(people.activated != NEVER)
        engaged = np.flatnonzero(people.engaged != NEVER)
        tries = np.flatnonzero(self.random.random(people.signups) < np.where(people.activated != NEVER, 0.45, 0.35))
        tried = people.signup[tries] + 110 * SECOND
        paid = np.flatnonzero(people.paid != NEVER)
        plans = [self._fixed(plan=each.plan) for each in world.SEGMENTS]
        upgrades = self._sent("upgrade_to_pro", people.paid[paid], paid)
        updates = self._sent("identify", people.paid[paid] + 5 * SECOND, paid)
        upgrades["properties"] = updates["properties"] = np.array(plans)[people.segment[paid]]
        return [
            self._sent("onboarding_step_completed", tried, tries, properties=self._fixed(step=1, name="profile")),
            self._sent(
                "first_video_created", people.activated[activated], activated, properties=self._fixed(length_seconds=30)
            ),
            self._sent("video_shared", people.engaged[engaged], engaged, properties=self._fixed(to="link")),
            upgrades,
            updates,
        ]

    def _wallets(self) -> list[np.ndarray]:
        """Holders make a deposit soon after they are activated, and their balance is reported with it."""
        people = self.people
        holders = np.flatnonzero(people.balance > 0)
        deposits = self._sent("deposit_completed", people.activated[holders] + 3 * _MINUTE, holders)
        deposits["value"] = people.balance[holders]
        deposits["properties"] = self.properties.numbers(
            compact(value=balance, currency="USD", wallet_balance=balance)
            for balance in people.balance[holders].tolist()
        )
        return [deposits]

    def _exposures(self) -> list[np.ndarray]:
        people = self.people
        moments = (
            (people.cta, people.arrival + SECOND),
            (people.flow, people.signup + SECOND),
            (people.pricing, people.engaged + 60 * SECOND if len(people.engaged) else people.engaged),
        )
        frames = []
        for experiment, (variants, at) in zip(world.EXPERIMENTS, moments, strict=True):
            person = np.flatnonzero(variants[: people.signups + people.visitors] >= 0)
            names = [self._fixed(experiment=experiment.key, variant=variant) for variant in experiment.variants]
            exposed = self._sent("experiment_exposed", at[person], person)
            exposed["properties"] = np.array(names)[variants[person]]
            frames.append(exposed)
        return frames

    def _bots(self) -> np.ndarray:
        """Crawlers read dozens of pages in a row."""
        first = self.people.signups + self.people.visitors
        person = np.repeat(np.arange(first, self.people.count), 20)
        at = self.people.arrival[person] + np.tile(np.arange(20) * 3 * SECOND, self.people.bots)
        codes = page_properties(self.properties)
        pages = np.tile(np.arange(20) % len(codes), self.people.bots)
        return frame("page", at, person, device=person, source=world.WEB, bot=True, page=pages, properties=codes[pages])


_FIRST = [
    "Ada",
    "Ben",
    "Chloe",
    "Dan",
    "Eva",
    "Finn",
    "Gia",
    "Hugo",
    "Ines",
    "Jon",
    "Kira",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
    "Pete",
    "Rosa",
    "Sam",
    "Tess",
    "Uma",
    "Vera",
    "Will",
    "Yara",
    "Zoe",
]
_LAST = [
    "Abel",
    "Berg",
    "Costa",
    "Dias",
    "Engel",
    "Ford",
    "Garcia",
    "Hahn",
    "Ito",
    "Jensen",
    "Kaur",
    "Lopez",
    "Meyer",
    "Novak",
    "Okoye",
    "Patel",
    "Quinn",
    "Rossi",
    "Sato",
    "Tran",
]


def first_traits(people: Population) -> list[dict[str, object]]:
    """The traits each person signs up with."""
    names = len(_FIRST) * len(_LAST)
    traits: list[dict[str, object]] = []
    for number, (user, segment) in enumerate(zip(people.user_ids, people.segment.tolist(), strict=True)):
        place = number * 7_919 % names
        first, last = _FIRST[place % len(_FIRST)], _LAST[place // len(_FIRST)]
        email = f"{first}.{last}.{user[4:]}@example.com".lower()
        traits.append(
            {"name": f"{first} {last}", "email": email, "plan": "free", "customer_segment": world.SEGMENTS[segment].key}
        )
    return traits
