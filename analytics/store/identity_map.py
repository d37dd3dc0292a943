"""Who is whom, as an Arrow table: kept by each process, and brought up to date by what was decided since."""

import pyarrow as pa
from django.db.models import F, QuerySet

from analytics.people.models import Identity, IdentityEdge
from analytics.store.inbox import among
from analytics.store.schema import without_rows

SCHEMA = pa.schema({"actor": pa.int64(), "person": pa.int64()})

FEW = 5_000  # edges; from more of them the whole map is read faster than what they concern
Epoch = tuple[int, int]  # number of edges, and the newest one's id


def epoch() -> Epoch:
    """What changes whenever an identity moves to another person.

    The newest id alone doesn't tell: PostgreSQL may commit an edge after one with a higher id.
    """
    edges = IdentityEdge.objects
    # Asked for one by one: counting alone, SQLite needn't look at any row.
    return edges.count(), edges.order_by("-pk").values_list("pk", flat=True).first() or 0


class IdentityMap:
    """The identities that belong to another person than themselves. Used within one database snapshot."""

    def __init__(self) -> None:
        self._epoch: Epoch = (0, 0)
        self._persons: dict[int, int] = {}
        self._table = without_rows(SCHEMA)

    def current(self) -> pa.Table:
        """Return ``actor, person`` as the database has it now; only what changed is asked for."""
        now = epoch()
        if now != self._epoch:
            self._refresh(now)
            self._epoch = now
            columns = [pa.array(self._persons.keys(), pa.int64()), pa.array(self._persons.values(), pa.int64())]
            self._table = pa.table(columns, schema=SCHEMA)
        return self._table

    def _refresh(self, now: Epoch) -> None:
        count, newest = self._epoch
        later = IdentityEdge.objects.filter(pk__gt=newest)
        added = now[0] - count
        # Another number than that of the later edges: some were committed late, or removed, and
        # whom they were about can't be told. Then, and at first, the whole map is read.
        if count and added <= FEW and later.count() == added:
            self._follow(later)
        else:
            self._persons = dict(Identity.objects.exclude(person=F("pk")).values_list("pk", "person"))

    def _follow(self, edges: QuerySet[IdentityEdge]) -> None:
        """Whoever was moved by a decision is now in the cluster of one of the two it was about."""
        about = {identity for edge in edges.values_list("identity", "into") for identity in edge}
        persons = set(Identity.objects.filter(pk__in=among(about)).values_list("person", flat=True))
        for identity, person in Identity.objects.filter(person__in=among(persons)).values_list("pk", "person"):
            if identity == person:
                self._persons.pop(identity, None)
            else:
                self._persons[identity] = person


IDENTITIES = IdentityMap()
