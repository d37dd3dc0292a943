"""From events in the making to rows of the events table."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from analytics.collect.models import Flag
from analytics.demo import world
from analytics.demo.frames import CODE, NAMES, TYPES, Vocabulary
from analytics.demo.ids import uuids
from analytics.demo.pages import PAGES
from analytics.demo.plan import HOUR, SECOND
from analytics.demo.population import Population
from analytics.demo.stories import compact
from analytics.demo.subscriptions import account_name
from analytics.people.channels import Touch
from analytics.people.ids import identity_id
from analytics.store.schema import EVENTS

TOUCHES = ("", *(Touch(*touch).text() for channel in world.CHANNELS for touch in channel.touches))
_SEGMENTS = ("", *(segment.key for segment in world.SEGMENTS))


class Writer:
    """Knows everyone's ids and gives them, with all other texts, to events."""

    def __init__(self, population: Population, properties: Vocabulary, sources: Mapping[str, int]) -> None:
        self.people = population
        self.properties = properties
        self.users = np.array([identity_id("u", user) for user in population.user_ids], dtype=np.int64)
        self.anonymous = np.array([identity_id("a", device) for device in population.devices], dtype=np.int64)
        self.accounts = pa.array(["", *map(account_name, range(int(population.workspace.max(initial=-1)) + 1))])
        self._sources = np.array([sources[platform.key] for platform in world.PLATFORMS])
        self._contexts = _contexts()

    def account_of(self, events: np.ndarray) -> np.ndarray:
        """Index into ``accounts`` of the workspace each event is sent with; 0: none."""
        member = np.minimum(events["person"], self.people.signups - 1)
        joined = events["known"] & (events["at"] >= self.people.signup[member] - SECOND // 2)
        inside = joined & (events["code"] != CODE["identify"]) & (events["source"] != world.SERVER)
        return np.where(inside, self.people.workspace[member] + 1, 0)

    def table(self, events: np.ndarray, random: np.random.Generator) -> pa.Table:
        """``events`` as rows of ``store.schema.EVENTS``, with message ids and arrival times drawn."""
        people, count = self.people, len(events)
        person, device = events["person"], events["device"]
        anon = np.where(device >= 0, self.anonymous[device], 0)
        user = self.users[np.minimum(person, people.signups - 1)]
        actor = np.where(events["known"], user, anon)
        flags = np.where(events["passive"], Flag.PASSIVE.value, 0) | np.where(events["bot"], Flag.BOT.value, 0)
        pages = pa.array(["", *(path for path, _, _ in PAGES)])
        names = pa.array(["", *(name for _, name, _ in PAGES)])
        page = pa.array(events["page"] + 1)
        screen = pa.array(events["code"] == CODE["screen"])
        columns = {
            "source": self._sources[events["source"]],
            "message_id": uuids(random, count),
            "type": pa.array(TYPES).take(pa.array(events["code"])),
            "event": pa.array(NAMES).take(pa.array(events["code"])),
            "at_us": events["at"],
            "received_us": self._received(events["at"], random),
            "actor": actor,
            "anon": anon,
            "device": np.where(anon != 0, anon, actor),
            "session_id": _numbered(events["session"]),
            "account": self.accounts.take(pa.array(self.account_of(events))),
            "platform": pa.array([platform.key for platform in world.PLATFORMS]).take(pa.array(events["source"])),
            "page": pa.compute.if_else(screen, names.take(page), pages.take(page)),
            "touch": pa.array(TOUCHES).take(pa.array(events["touch"])),
            "customer_segment": pa.array(_SEGMENTS).take(pa.array(self._segments(events))),
            "value": pa.array(events["value"], from_pandas=True),
            "flags": flags,
            "properties": pa.array(self.properties.texts).take(pa.array(events["properties"])),
            "context": pa.array(self._contexts).take(pa.array(self._context_of(events))),
        }
        return pa.table(columns).cast(EVENTS)

    def _segments(self, events: np.ndarray) -> np.ndarray:
        """The segment stands in the traits of the first identify call and of the group call."""
        member = np.minimum(events["person"], self.people.signups - 1)
        first = (events["code"] == CODE["identify"]) & (events["at"] < self.people.signup[member])
        told = first | (events["code"] == CODE["group"])
        return np.where(told, self.people.segment[member] + 1, 0)

    def _received(self, at: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Seconds later as a rule; some events wait for hours in a phone without network, but not beyond the end."""
        delay = random.lognormal(0.3, 0.7, len(at)) * SECOND
        late = random.random(len(at)) < world.LATE
        delay[late] += random.uniform(1, 60, late.sum()) * HOUR
        return np.minimum(at + delay.astype(np.int64), self.people.plan.end)

    def _context_of(self, events: np.ndarray) -> np.ndarray:
        person, source = events["person"], events["source"]
        agents = np.array([len(platform.agents) for platform in world.PLATFORMS])[source]
        number = (source.astype(np.int64) * len(world.ZONES) + self.people.zone[person]) * _AGENTS
        number += self.people.agent[person] % agents
        return np.where(events["bot"], len(self._contexts) - 1, number * 2 + events["passive"])


_AGENTS = max(len(platform.agents) for platform in world.PLATFORMS)


def _contexts() -> list[str]:
    """A context for each platform, zone, agent and whether the event is passive; the last one is a crawler's."""
    contexts = []
    for platform in world.PLATFORMS:
        library = {"name": platform.library[0], "version": platform.library[1]}
        for zone in world.ZONES:
            for number in range(_AGENTS):
                agent = platform.agents[number % len(platform.agents)]
                place = {} if platform.key == "server" else {"locale": zone.locale, "timezone": zone.name}
                common = {"library": library, "userAgent": agent, **place}
                contexts += [compact(**common), compact(**common, passive=True)]
    return [*contexts, compact(userAgent=world.BOT_AGENT)]


def _numbered(sessions: np.ndarray) -> pa.Array:
    """Session numbers as text, 0 as the empty text."""
    texts = pa.array(sessions).cast(pa.string())
    return pa.compute.if_else(pa.array(sessions == 0), "", texts)


def repeated(table: pa.Table, random: np.random.Generator) -> pa.Table:
    """Some of the rows, as a client sends them that missed the answer: the same but for the time of arrival."""
    rows = np.sort(random.choice(len(table), round(len(table) * world.DUPLICATES), replace=False))
    again = table.take(pa.array(rows))
    later = pa.compute.add(again["received_us"], 10 * SECOND)
    return again.set_column(again.schema.get_field_index("received_us"), EVENTS.field("received_us"), later)
