"""Persons joined and parted by staff, and the map worked out anew from the edges."""

from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.people.clusters import People, changed_since, replayed
from analytics.people.deciding import mark_people_changed, warn_of_many
from analytics.people.identities import clusters_of, hold_map, lock, members_of, read, save
from analytics.people.models import Identity, IdentityEdge
from productops.lib.models import User, record


class CannotMerge(ValueError):
    """These two can't be joined, or this join can't be undone; the text says why."""


@transaction.atomic
def merge_people(*, person: int, other: int, user: User) -> IdentityEdge:
    """Make ``other`` part of ``person``; a known user takes in an anonymous visitor either way round.

    Raises CannotMerge when one of them isn't there or both are one already.
    """
    hold_map()
    person_of = {identity: row.person for identity, row in read({person, other}).items()}
    if person_of.keys() != {person, other}:
        raise CannotMerge(_("There is no such person."))
    people = People(clusters_of(set(person_of.values())), person_of)
    winner, loser = people[person], people[other]
    if winner is loser:
        raise CannotMerge(_("Both are one person already."))
    if loser.known and not winner.known:
        winner, loser = loser, winner
    edge = IdentityEdge.objects.create(
        identity=loser.root,
        into=winner.root,
        rule=IdentityEdge.Rule.MERGE,
        accepted=True,
        evidence=user.get_username(),
        at_us=_now_us(),
    )
    if (since_us := changed_since(loser, winner)) is not None:
        mark_people_changed(since_us)
    moving = lock(members_of({loser.root}))
    for row in moving.values():
        row.person = winner.root
    save(moving.values())
    warn_of_many(winner.root, winner.anonymous_ids + loser.anonymous_ids)
    record(user, "people.merge", str(winner.root), other=str(loser.root), edge=edge.pk)
    return edge


@transaction.atomic
def undo_merge(*, edge: IdentityEdge, user: User) -> IdentityEdge:
    """Part what this edge joined, by replaying all other edges of the person; returns the undo edge.

    The pair isn't joined again by later events. Raises CannotMerge when there is nothing to undo.
    """
    hold_map()
    edge = IdentityEdge.objects.select_related("undone_by").get(pk=edge.pk)
    if not edge.accepted or edge.rule == IdentityEdge.Rule.UNDO:
        raise CannotMerge(_("This link was never made."))
    if hasattr(edge, "undone_by"):
        raise CannotMerge(_("This link is undone already."))
    identities = lock(members_of({row.person for row in read({edge.identity}).values()}))
    undo = IdentityEdge.objects.create(
        identity=edge.identity,
        into=edge.into,
        rule=IdentityEdge.Rule.UNDO,
        accepted=True,
        evidence=user.get_username(),
        at_us=_now_us(),
        undoes=edge,
    )
    replay_among(identities)
    # Whoever of the two came first has other personas too, on days when the other wasn't there.
    parted = {identities[end].person for end in (edge.identity, edge.into)}
    mark_people_changed(min(row.first_us for row in identities.values() if row.person in parted))
    record(user, "people.undo_merge", str(edge.into), other=str(edge.identity), edge=edge.pk)
    return undo


@transaction.atomic
def rebuild_map() -> int:
    """Work out every person anew from the edges; returns how many identities had to change.

    It changes nothing unless rows were edited by hand or a restore mixed two moments.
    """
    hold_map()
    strayed = Identity.objects.exclude(person=F("pk")).values_list("pk", flat=True)
    edges = list(IdentityEdge.objects.joining().order_by("pk").values_list("identity", "into"))
    identities = lock({*strayed, *(end for edge in edges for end in edge)})
    return _replay(identities.values(), edges)


def replay_among(identities: Mapping[int, Identity]) -> None:
    """Give these rows, locked and by id, the persons that the edges among them make."""
    edges = IdentityEdge.objects.joining().among(identities).order_by("pk").values_list("identity", "into")
    _replay(identities.values(), edges)


def _replay(identities: Collection[Identity], edges: Iterable[tuple[int, int]]) -> int:
    """Give each of these whole persons' identities the person that the edges say; returns how many changed."""
    persons = replayed([row.pk for row in identities], edges)
    changed = [row for row in identities if row.person != persons[row.pk]]
    for row in changed:
        row.person = persons[row.pk]
    save(changed)
    return len(changed)


def _now_us() -> int:
    return int(timezone.now().timestamp() * 1_000_000)
