"""What the people pages and their API show, put together from the database and query processes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, F, QuerySet, When

from analytics.dashboards.people import directory, timeline
from analytics.dashboards.people.directory import Wanted
from analytics.dashboards.people.timeline import PersonSession, Slice
from analytics.metrics.calendar import date_of
from analytics.people.deciding import MANY_ANONYMOUS_IDS
from analytics.people.models import Account, Identity, IdentityEdge
from analytics.people.removal import NoSuchPerson
from analytics.people.traits import email_of, merged, name_of
from analytics.store import pool

MOST_FOUND = 20_000  # people that a text search hands on
# The person's own identity, then those with the newest traits.
_BEST_FIRST = (Case(When(pk=F("person"), then=0), default=1), "-traits_us", "first_us", "pk")


@dataclass(frozen=True)
class PersonRow:
    """A person in a list."""

    id: int
    ids: tuple[str, ...]
    known: bool
    name: str
    email: str
    channel: str
    persona: str
    created_at: datetime | None
    last_active_at: datetime | None

    @property
    def title(self) -> str:
        return self.name or self.email or (self.ids[0] if self.ids else str(self.id))


@dataclass(frozen=True)
class Link:
    """A statement that joined, or would have joined, two identities; ``undoable`` while it holds."""

    edge: IdentityEdge
    identity: str
    into: str
    undoable: bool


@dataclass(frozen=True)
class PersonaPeriod:
    persona: str
    first: date
    last: date | None


@dataclass(frozen=True)
class Profile:
    """A person; of ``identities`` and ``links`` perhaps only the first, and how many more there are."""

    row: PersonRow
    identities: Sequence[Identity]
    more_identities: int
    anonymous_ids: int
    traits: dict[str, Any]
    links: Sequence[Link]
    more_links: int
    personas: Sequence[PersonaPeriod]
    accounts: Sequence[Account]

    @property
    def has_many_ids(self) -> bool:
        return self.anonymous_ids > MANY_ANONYMOUS_IDS


def person_of(identity: int) -> int:
    """The person that an identity belongs to now. Raises NoSuchPerson."""
    person = Identity.objects.filter(pk=identity).values_list("person", flat=True).first() if identity < 2**63 else None
    if person is None:
        raise NoSuchPerson(identity)
    return person


def actors_of(person: int) -> list[int]:
    return list(Identity.objects.filter(person=person).values_list("pk", flat=True))


@dataclass(frozen=True)
class Search:
    """Which people are looked for; blank and None ask for any."""

    search: str = ""
    channel: str = ""
    persona: str = ""
    active_days: int | None = None

    def wanted(self) -> Wanted:
        persons = _found(self.search) if self.search else None
        return Wanted(persons, self.channel, self.persona, self.active_days)


def people(search: Search, offset: int, limit: int) -> Slice:
    """People who match all that isn't blank, newest activity first."""
    return _with_names(pool.ask(directory.find, search.wanted(), offset, limit))


def people_page(search: Search, offset: int, limit: int) -> tuple[Slice, directory.Choices]:
    """The same, with the channels and personas that there are."""
    found, choices = pool.ask(directory.page, search.wanted(), offset, limit)
    return _with_names(found), choices


def profile(person: int, *, most: int | None = None) -> Profile:
    """Everything on a person's page but the timeline. Raises NoSuchPerson.

    With ``most``, at most so many identities, those with the newest traits, and their newest links.
    """
    theirs = Identity.objects.filter(person=person)
    identities = list(theirs.order_by(*_BEST_FIRST)[:most])
    if not identities:
        raise NoSuchPerson(person)
    standing = pool.ask(directory.standing, person, actors_of(person))
    edges = _edges_of(identities)
    links = _links(edges[:most])
    personas = [
        PersonaPeriod(span.persona, date_of(span.from_day), None if span.to_day is None else date_of(span.to_day))
        for span in standing.personas
    ]
    known = Account.objects.in_bulk(standing.accounts)
    return Profile(
        row=_row(standing.entry, identities),
        identities=identities,
        more_identities=theirs.count() - len(identities),
        anonymous_ids=theirs.filter(kind=Identity.Kind.ANONYMOUS).count(),
        traits=merged(identity.traits for identity in identities),
        links=links,
        more_links=edges.count() - len(links),
        personas=personas,
        accounts=[known[account] for account in standing.accounts if account in known],
    )


def row_of(person: int) -> PersonRow:
    """What the database alone tells of a person: ids and names. Raises NoSuchPerson."""
    identities = _best_first(Identity.objects.filter(person=person))
    if not identities:
        raise NoSuchPerson(person)
    return _row(directory.Entry(person, "", "", None, None), identities)


def sessions(person: int, offset: int, limit: int, *, with_events: bool) -> Slice:
    ask = timeline.timeline if with_events else timeline.sessions_of
    return pool.ask(ask, actors_of(person), offset, limit)


def events(person: int, offset: int, limit: int) -> Slice:
    return pool.ask(timeline.events_of, actors_of(person), offset, limit)


def session(person: int, session_id: str) -> PersonSession | None:
    return pool.ask(timeline.session_of, actors_of(person), session_id)


def _with_names(found: Slice) -> Slice:
    by_person: dict[int, list[Identity]] = {}
    for identity in Identity.objects.filter(person__in=[entry.person for entry in found.items]):
        by_person.setdefault(identity.person, []).append(identity)
    return Slice([_row(entry, by_person.get(entry.person, [])) for entry in found.items], found.count)


def _found(search: str) -> tuple[int, ...]:
    text = search.strip().lower()
    found = Identity.objects.filter(search__contains=text).values_list("person", flat=True).distinct()
    return tuple(found[:MOST_FOUND])


def _best_first(identities: Iterable[Identity]) -> list[Identity]:
    """In the order of ``_BEST_FIRST``."""
    return sorted(identities, key=lambda one: (one.pk != one.person, -one.traits_us, one.first_us, one.pk))


def _row(entry: directory.Entry, identities: Iterable[Identity]) -> PersonRow:
    ordered = _best_first(identities)
    traits = merged(identity.traits for identity in ordered)
    return PersonRow(
        id=entry.person,
        ids=tuple(dict.fromkeys(identity.value for identity in ordered)),
        known=any(identity.kind == Identity.Kind.USER for identity in ordered),
        name=name_of(traits),
        email=email_of(traits),
        channel=entry.channel,
        persona=entry.persona,
        created_at=entry.created_at,
        last_active_at=entry.last_active_at,
    )


def _edges_of(identities: Iterable[Identity]) -> QuerySet[IdentityEdge]:
    """What was said of these identities, newest first."""
    edges = IdentityEdge.objects.touching([identity.pk for identity in identities])
    return edges.exclude(rule=IdentityEdge.Rule.UNDO).select_related("undone_by").order_by("-pk")


def _links(edges: QuerySet[IdentityEdge]) -> list[Link]:
    values = dict(
        Identity.objects.filter(pk__in={end for edge in edges for end in (edge.identity, edge.into)}).values_list(
            "pk", "value"
        )
    )
    return [
        Link(
            edge=edge,
            identity=values.get(edge.identity, str(edge.identity)),
            into=values.get(edge.into, str(edge.into)),
            undoable=edge.accepted and not hasattr(edge, "undone_by"),
        )
        for edge in edges
    ]
