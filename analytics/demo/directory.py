"""Who is who in the demo, written in bulk: what the collector would have recorded, event by event."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from django.db import connection, models, transaction

from analytics.demo import world
from analytics.demo.plan import SECOND
from analytics.demo.population import NEVER, Population
from analytics.demo.rows import Writer
from analytics.demo.stories import compact, first_traits
from analytics.people.models import Account, Identity, IdentityEdge
from analytics.people.traits import search_text

_CHUNK = 5_000  # rows a statement


@dataclass
class Sightings:
    """Gathered while the events are written: the earliest event of each id, and of each link between two."""

    user: np.ndarray
    anonymous: np.ndarray
    touched: np.ndarray  # of anonymous ids: the earliest event with a touch
    account: np.ndarray
    link: np.ndarray  # by anonymous id: the earliest event sent with the user id, too
    evidence: list[str]  # that event's message id

    @classmethod
    def none(cls, writer: Writer) -> "Sightings":
        def never(count: int) -> np.ndarray:
            return np.full(count, NEVER)

        anonymous = len(writer.anonymous)
        return cls(
            user=never(len(writer.users)),
            anonymous=never(anonymous),
            touched=never(anonymous),
            account=never(len(writer.accounts)),
            link=never(anonymous),
            evidence=[""] * anonymous,
        )

    def see(self, events: np.ndarray, accounts: np.ndarray, message_ids: Any) -> None:
        """Take in a chunk of events, given their accounts and message ids; chunks come in order of time."""
        at, known, carried = events["at"], events["known"], events["device"] >= 0
        device = events["device"]
        np.minimum.at(self.user, events["person"][known], at[known])
        np.minimum.at(self.anonymous, device[carried], at[carried])
        touched = carried & (events["touch"] > 0) & ~known
        np.minimum.at(self.touched, device[touched], at[touched])
        np.minimum.at(self.account, accounts, at)
        linking = np.flatnonzero(known & carried)
        linked, first = np.unique(device[linking], return_index=True)
        new = self.link[linked] == NEVER
        for anonymous, row in zip(linked[new].tolist(), linking[first[new]].tolist(), strict=True):
            self.link[anonymous] = at[row]
            self.evidence[anonymous] = message_ids[row].as_py()


def record(writer: Writer, seen: Sightings) -> None:
    """Write identities, links and accounts, all or none; those already there are left alone."""
    with transaction.atomic():
        if Identity.objects.filter(pk=int(writer.users[0])).exists():
            return
        _insert(Identity, chain(_users(writer, seen), _anonymous(writer, seen)))
        _insert(IdentityEdge, _edges(writer, seen))
        _insert(Account, _accounts(writer, seen))


def _insert(model: type[models.Model], rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows of equal columns, some thousand at a time; model instances would take five times as long."""
    table = connection.ops.quote_name(model._meta.db_table)
    rows = iter(rows)
    while chunk := list(islice(rows, _CHUNK)):
        columns = ", ".join(connection.ops.quote_name(name) for name in chunk[0])
        values = ", ".join(["%s"] * len(chunk[0]))
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING",  # noqa: S608
                [tuple(row.values()) for row in chunk],
            )


def _users(writer: Writer, seen: Sightings) -> Iterator[dict[str, Any]]:
    people = writer.people
    upgraded = (people.paid + 5 * SECOND).tolist()
    for number, traits in enumerate(first_traits(people)):
        if seen.user[number] == NEVER:
            continue
        traits_us = int(people.signup[number]) - SECOND
        if people.paid[number] != NEVER and upgraded[number] < people.plan.end:
            traits["plan"] = world.SEGMENTS[people.segment[number]].plan
            traits_us = upgraded[number]
        identity, value = int(writer.users[number]), people.user_ids[number]
        yield {
            "id": identity,
            "kind": Identity.Kind.USER.value,
            "value": value,
            "person": identity,
            "traits": compact(**traits),
            "traits_us": traits_us,
            "first_us": int(seen.user[number]),
            "first_touch_us": 0,
            "search": search_text(value, traits),
        }


def _anonymous(writer: Writer, seen: Sightings) -> Iterator[dict[str, Any]]:
    owner = owners(writer.people)
    for number, value in enumerate(writer.people.devices):
        if seen.anonymous[number] == NEVER:
            continue
        identity = int(writer.anonymous[number])
        linked = seen.link[number] != NEVER
        touched = int(seen.touched[number])
        yield {
            "id": identity,
            "kind": Identity.Kind.ANONYMOUS.value,
            "value": value,
            "person": int(writer.users[owner[number]]) if linked else identity,
            "traits": "{}",
            "traits_us": 0,
            "first_us": int(seen.anonymous[number]),
            "first_touch_us": 0 if touched == NEVER else touched,
            "search": search_text(value, {}),
        }


def owners(people: Population) -> np.ndarray:
    """The person of each device."""
    owner = np.arange(len(people.devices))
    has_second = np.flatnonzero(people.second_device >= 0)
    owner[people.second_device[has_second]] = has_second
    return owner


def _edges(writer: Writer, seen: Sightings) -> Iterator[dict[str, Any]]:
    owner = owners(writer.people)
    linked = np.flatnonzero(seen.link != NEVER)
    for number in linked[np.argsort(seen.link[linked], kind="stable")].tolist():
        yield {
            "identity": int(writer.anonymous[number]),
            "into": int(writer.users[owner[number]]),
            "rule": IdentityEdge.Rule.SEEN_TOGETHER.value,
            "accepted": True,
            "reason": "",
            "evidence": seen.evidence[number],
            "at_us": int(seen.link[number]),
        }


def _accounts(writer: Writer, seen: Sightings) -> Iterator[dict[str, Any]]:
    """Every workspace that was sent, with the traits of its latest group call."""
    people = writer.people
    members = np.flatnonzero(people.workspace >= 0)
    latest = np.zeros(len(writer.accounts), dtype=np.int64)
    segment = np.zeros(len(writer.accounts), dtype=np.int64)
    sent = people.signup[members] - SECOND // 2
    within = members[sent < people.plan.end]
    np.maximum.at(latest, people.workspace[within] + 1, people.signup[within] - SECOND // 2)
    segment[people.workspace[members] + 1] = people.segment[members]
    for number in np.flatnonzero(seen.account != NEVER).tolist():
        if number:
            traits = {"customer_segment": world.SEGMENTS[segment[number]].key, "plan": "free"}
            yield {
                "id": writer.accounts[number].as_py(),
                "traits": compact(**traits),
                "traits_us": int(latest[number]),
                "first_us": int(seen.account[number]),
            }
