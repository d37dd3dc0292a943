"""Identity rows in bulk: read, made, locked in order, saved, on SQLite and PostgreSQL alike."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, F, Min, OuterRef, Q, Subquery

from analytics.people.batch import Seen
from analytics.people.clusters import Cluster
from analytics.people.models import Identity, IdentityEdge
from analytics.people.traits import search_text
from analytics.records import Records, among

_MAP_LOCK = 0x70656F706C65  # "people": any number that no other lock of the database uses

_TABLE = Identity._meta.db_table
_NEW = Records(Identity, ["id", "kind", "value", "person", "first_us", "first_touch_us", "search"])
_SAVED = ("person", "traits", "traits_us", "first_us", "first_touch_us", "search")
_CHANGED = Records(Identity, ["id", *_SAVED])


class Stored(NamedTuple):
    """What is read of an identity without locking it. Times are UTC microseconds; touch 0: none."""

    person: int
    first_us: int
    first_touch_us: int


def hold_map() -> None:
    """Make this transaction the only one that may change who belongs to whom, until it ends.

    SQLite has one writer anyway. On PostgreSQL it is a lock of the transaction, taken after new
    identities are made and before any row is locked: links between people that are stored already
    are rare beside events, so that waiting in line costs less than an order of locks over rows
    that the very links decide about.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_MAP_LOCK])


def read(identities: Collection[int]) -> dict[int, Stored]:
    """Those of these identities that are stored, as they are at this moment."""
    if not identities:
        return {}
    rows = Identity.objects.filter(pk__in=among(identities))
    return {row[0]: Stored(*row[1:]) for row in rows.values_list("pk", "person", "first_us", "first_touch_us")}


def unsaved(identity: int, seen: Seen) -> Identity:
    """The row of an identity that nothing is known of but this: its own person."""
    return Identity(
        id=identity,
        kind=seen.kind,
        value=seen.value,
        person=identity,
        first_us=seen.first_us,
        first_touch_us=seen.first_touch_us,
        search=search_text(seen.value, {}),
    )


def intern(seen: Mapping[int, Seen]) -> set[int]:
    """Insert the identities that aren't there yet, each its own person; returns those inserted.

    In the order of their ids, so that two writers with the same ones wait instead of deadlocking.
    """
    if not seen:
        return set()
    rows = (
        (identity, one.kind, one.value, identity, one.first_us, one.first_touch_us, search_text(one.value, {}))
        for identity, one in sorted(seen.items())
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_TABLE} ({_NEW.names}, traits, traits_us) SELECT {_NEW.names}, '{{}}', 0 "  # noqa: S608
            f"FROM {_NEW.source} WHERE true ON CONFLICT DO NOTHING RETURNING id",
            [_NEW.parameter(rows)],
        )
        return {identity for (identity,) in cursor.fetchall()}


def clusters_of(persons: Collection[int]) -> dict[int, Cluster]:
    """These persons, summed up by the database. Hold the map to rely on it.

    Raises LookupError when there is no identity of a person's own id, as after an edit by hand.
    """
    if not persons:
        return {}
    sums = Identity.objects.filter(person__in=among(persons)).values_list("person")
    rows = sums.annotate(
        root_kind=Min("kind", filter=Q(pk=F("person"))),
        first=Min("first_us"),
        first_touch=Min("first_touch_us", filter=Q(first_touch_us__gt=0)),
        anonymous_ids=Count("pk", filter=Q(kind=Identity.Kind.ANONYMOUS)),
    )
    clusters = {}
    for person, kind, first_us, first_touch_us, anonymous_ids in rows:
        if kind is None:
            raise LookupError("An identity's person is not there.")
        clusters[person] = Cluster(person, kind == Identity.Kind.USER, first_us, first_touch_us or 0, anonymous_ids)
    return clusters


def members_of(persons: Collection[int]) -> set[int]:
    """All identities of these persons. Hold the map to rely on it."""
    return set(Identity.objects.filter(person__in=among(persons)).values_list("pk", flat=True)) if persons else set()


def undone_among(persons: Collection[int]) -> list[tuple[int, int]]:
    """The pairs of these persons that staff took apart, by any of their ids.

    It looks at every undo there is, as staff make few, and not at every id of a person who may have thousands.
    """
    undos = IdentityEdge.objects.filter(undoes__gt=0).annotate(one=_person_of("identity"), other=_person_of("into"))
    theirs = undos.filter(one__in=among(persons), other__in=among(persons))
    return list(theirs.values_list("one", "other"))


def _person_of(end: str) -> Subquery:
    return Subquery(Identity.objects.filter(pk=OuterRef(end)).values("person"))


def lock(identities: Collection[int]) -> dict[int, Identity]:
    """The rows of these identities by id, locked in the order of their ids."""
    if not identities:
        return {}
    rows = Identity.objects.filter(pk__in=among(identities)).order_by("pk").select_for_update()
    return {row.pk: row for row in rows}


def save(rows: Iterable[Identity]) -> None:
    """Write back rows that were locked and changed."""
    changed = [(row.pk, *(getattr(row, name) for name in _SAVED)) for row in rows]
    if not changed:
        return
    assignments = ", ".join(f"{name} = r.{name}" for name in _SAVED)
    statement = f"UPDATE {_TABLE} SET {assignments} FROM {_CHANGED.source} WHERE {_TABLE}.id = r.id"  # noqa: S608
    parameters = [_CHANGED.parameter(changed)]
    if connection.vendor == "postgresql":
        # Told how many there are it uses the index. SQLite does anyway, and would read all rows anew for each id.
        theirs = among([row[0] for row in changed])
        statement += f" AND {_TABLE}.id IN ({theirs.sql})"
        parameters += theirs.params
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
