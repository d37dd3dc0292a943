"""Accepts or rejects what events claim about who is who, and records it."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from analytics.people.batch import Claim
from analytics.people.clusters import Cluster, Member, People, Verdict, changed_since, judge
from analytics.people.models import Identity, IdentityEdge
from analytics.records import Records, among
from analytics.stale import StaleDays, local_date, mark_stale

log = logging.getLogger(__name__)

_EDGE = Records(IdentityEdge, ["identity", "into", "rule", "accepted", "reason", "evidence", "at_us"])

MANY_ANONYMOUS_IDS = 200  # of one person: kept, but someone should look at it


def decide(claims: Sequence[Claim], identities: Mapping[int, Identity], new: Collection[int]) -> set[int]:
    """Decide each claim, in order, given the locked rows of all persons in it and the map held.

    ``new`` are identities without an event before this batch. Returns the identities whose person
    changed; the rows are changed, not saved.
    """
    people = people_of(identities.values(), new)
    past = _Past.of(identities.keys() - new)
    edges: list[tuple[Any, ...]] = []
    moved: set[int] = set()
    changed_us: list[int] = []
    for claim in claims:
        one, other = people[claim.identity], people[claim.user]
        if one is other:
            continue
        subject = people.member(claim.identity)
        if past.parted(people, one, other):
            verdict = Verdict(False, "undone")
        else:
            verdict = judge(subject, one, other, may_merge_users=claim.may_merge_users)
        if not verdict.accepted and past.already_rejected(claim, verdict):
            continue
        edges.append(_edge(claim, verdict))
        if verdict.accepted:
            if (since_us := changed_since(one, other)) is not None:
                changed_us.append(since_us)
            moved |= {member.id for member in one.members}
            people.move(one, other)
            warn_of_many(other.root.id, other.anonymous_ids)
    _record(edges)
    for identity in moved:
        identities[identity].person = people[identity].root.id
    if changed_us:
        mark_people_changed(min(changed_us))
    return moved


def people_of(identities: Iterable[Identity], new: Collection[int] = ()) -> People:
    """The clusters of whole persons."""
    identities = list(identities)
    members = [Member(row.pk, row.kind, row.first_us, row.first_touch_us, new=row.pk in new) for row in identities]
    return People(members, {row.pk: row.person for row in identities})


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

    undone: set[tuple[int, int]]
    rejected: set[tuple[int, int, str]]

    @classmethod
    def of(cls, identities: Collection[int]) -> Self:
        past = cls(set(), set())
        if not identities:
            return past
        said = IdentityEdge.objects.filter(Q(rule=IdentityEdge.Rule.UNDO) | Q(accepted=False))
        edges = said.filter(identity__in=among(identities))
        for rule, identity, into, reason in edges.values_list("rule", "identity", "into", "reason"):
            if rule != IdentityEdge.Rule.UNDO:
                past.rejected.add((identity, into, reason))
            elif into in identities:
                past.undone.add((identity, into))
        return past

    def parted(self, people: People, one: Cluster, other: Cluster) -> bool:
        """Whether staff took these two apart: no event joins them again, whichever of their ids it names."""
        ends = ((people[identity], people[into]) for identity, into in self.undone)
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
