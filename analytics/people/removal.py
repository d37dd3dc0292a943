"""Taking a person out of the tables of this room."""

from collections.abc import Collection

from django.db import transaction

from analytics.people import linking
from analytics.people.deciding import mark_people_changed
from analytics.people.identities import hold_map, lock
from analytics.people.merging import replay_among
from analytics.people.models import Identity, IdentityEdge
from analytics.records import among
from productops.lib.person_data import PersonIds

# Of the usual traits, those that tell who someone is and may stand as an example somewhere.
PERSONAL_TRAITS = frozenset(
    {"name", "firstName", "lastName", "first_name", "last_name", "username", "email", "phone", "address", "birthday"}
)


class NoSuchPerson(LookupError):
    """No identity belongs to a person of this id."""


def ids_of(person: int) -> PersonIds:
    """All ids of a person. Raises NoSuchPerson."""
    identities = list(Identity.objects.filter(person=person).values_list("pk", flat=True))
    if not identities:
        raise NoSuchPerson(person)
    return ids_named(identities)


def ids_named(identities: Collection[int]) -> PersonIds:
    """These identities, with the ids they stand for as far as they are stored."""
    rows = list(Identity.objects.filter(pk__in=identities).values_list("pk", "kind", "value"))
    return PersonIds(
        identities=frozenset(identities),
        user_ids=frozenset(value for _, kind, value in rows if kind == Identity.Kind.USER),
        anonymous_ids=frozenset(value for _, kind, value in rows if kind == Identity.Kind.ANONYMOUS),
    )


def traits_of(identities: Collection[int]) -> frozenset[str]:
    """The values of these identities' traits that tell who someone is."""
    traits = Identity.objects.filter(pk__in=identities).values_list("traits", flat=True)
    values = (value for one in traits for name, value in one.items() if name in PERSONAL_TRAITS)
    return frozenset(value for value in values if isinstance(value, str))


@transaction.atomic
def remove_identities(identities: Collection[int]) -> int:
    """Delete identities with their traits and every edge of theirs; returns how many rows went.

    Identities that are left of their persons are parted, as nobody is to belong to a person that is gone.
    """
    hold_map()
    edges = IdentityEdge.objects.touching(identities)
    undos, _ = edges.filter(undoes__isnull=False).delete()
    others, _ = edges.delete()
    rows, _ = Identity.objects.filter(pk__in=identities).delete()
    _part_those_left_of(identities)
    transaction.on_commit(linking.forget)
    return undos + others + rows


def _part_those_left_of(persons: Collection[int]) -> None:
    """There are some if a process took events before it knew of the erasure, or if a restored backup knew of more."""
    left = lock(Identity.objects.filter(person__in=among(persons)).values_list("pk", flat=True))
    if left:
        replay_among(left)
        mark_people_changed(min(row.first_us for row in left.values()))
