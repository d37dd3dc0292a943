"""Accepts or rejects what events claim about who is who, and records it."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection
from django.utils import timezone

from analytics.people.batch import Claim, Seen
from analytics.people.clusters import Cluster, People, Verdict, changed_since, judge
from analytics.people.identities import undone_among
from analytics.people.models import IdentityEdge
from analytics.records import Records, among
from analytics.stale import StaleDays, local_date, mark_stale

log = logging.getLogger(__name__)

_EDGE = Records(IdentityEdge, ["identity", "into", "rule", "accepted", "reason", "evidence", "at_us"])

MANY_ANONYMOUS_IDS = 200  # of one person: kept, but someone should look at it


def decide(claims: Sequence[Claim], seen: Mapping[int, Seen], people: People) -> None:
    """Decide each claim, in order, given the map held and the clusters of all that are named; they are moved."""
    past = _Past.of(claims, people)
    edges: list[tuple[Any, ...]] = []
    changed_us: list[int] = []
    for claim in claims:
        one, other = people[claim.identity], people[claim.user]
        if one is other:
            continue
        if past.parted(people, one, other):
            verdict = Verdict(False, "undone")
        else:
            verdict = judge(seen[claim.identity].kind, one, may_merge_users=claim.may_merge_users)
        if not verdict.accepted and past.already_rejected(claim, verdict):
            continue
        edges.append(_edge(claim, verdict))
        if verdict.accepted:
            if (since_us := changed_since(one, other)) is not None:
                changed_us.append(since_us)
            people.move(one, other)
            warn_of_many(other.root, other.anonymous_ids)
    _record(edges)
    if changed_us:
        mark_people_changed(min(changed_us))


def mark_people_changed(since_us: int) -> None:
    """Queue every day from a time on for new rollups: who was counted there has changed."""
    today = timezone.now().timestamp() * 1_000_000
    mark_stale(StaleDays.Kind.IDENTITY, local_date(since_us), local_date(max(since_us, int(today))))


def warn_of_many(person: int, anonymous_ids: int) -> None:
    if anonymous_ids == MANY_ANONYMOUS_IDS + 1:
        log.warning("Person %s has more than %s anonymous ids.", person, MANY_ANONYMOUS_IDS)


@dataclass
class _Past:
    """What was said before about the persons that a batch makes claims about."""

    undone: Collection[tuple[int, int]]  # persons that were one
    rejected: set[tuple[int, int, str]]

    @classmethod
    def of(cls, claims: Iterable[Claim], people: People) -> Self:
        stored = people.stored()
        if not stored:
            return cls([], set())
        said = IdentityEdge.objects.filter(
            accepted=False,
            identity__in=among({claim.identity for claim in claims}),
            into__in=among({claim.user for claim in claims}),
        )
        return cls(undone_among(stored), set(said.values_list("identity", "into", "reason")))

    def parted(self, people: People, one: Cluster, other: Cluster) -> bool:
        """Whether staff took these two apart: no event joins them again, whichever of their ids it names."""
        ends = ((people[here], people[there]) for here, there in self.undone)
        return any((here is one and there is other) or (here is other and there is one) for here, there in ends)

    def already_rejected(self, claim: Claim, verdict: Verdict) -> bool:
        """Whether this rejection is on record; if not, it is from now on."""
        key = (claim.identity, claim.user, verdict.reason)
        known = key in self.rejected
        self.rejected.add(key)
        return known


def _edge(claim: Claim, verdict: Verdict) -> tuple[Any, ...]:
    """The values of ``_EDGE``."""
    return claim.identity, claim.user, claim.rule, verdict.accepted, verdict.reason, claim.evidence, claim.at_us


def _record(edges: Sequence[tuple[Any, ...]]) -> None:
    if edges:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {IdentityEdge._meta.db_table} ({_EDGE.names}) SELECT {_EDGE.names} FROM {_EDGE.source}",  # noqa: S608
                [_EDGE.parameter(edges)],
            )
