"""Writes who is who, in the transaction that stores the events: ids, links, traits, accounts.

Rows are locked in one order everywhere, so that no two writers wait for each other in a ring: new
identities by id, the map (only to link what is stored already), existing identities by id, accounts
by id. Identities that one transaction makes and links are seen by no other before both is done.
"""

from collections.abc import Mapping, Sequence, Set

from django.db import OperationalError, transaction
from django.db.models import Max

from analytics.event import EventRow
from analytics.people import accounts, suppression
from analytics.people.batch import Batch, Claim, Seen, alias_candidates
from analytics.people.clusters import Cluster, People
from analytics.people.deciding import decide
from analytics.people.identities import (
    Stored,
    clusters_of,
    hold_map,
    intern,
    lock,
    members_of,
    read,
    save,
    unsaved,
)
from analytics.people.models import Identity, IdentityEdge
from analytics.people.settled import Reread, Settled
from analytics.people.traits import search_text, updated

_REREAD_SECONDS = 2.0  # how long a link may go on being left out here after another process undid one


def _read_newest_undo() -> int | None:
    newest: int | None = IdentityEdge.objects.filter(undoes__isnull=False).aggregate(newest=Max("pk"))["newest"]
    return newest


_newest_undo = Reread(_read_newest_undo, _REREAD_SECONDS)
_settled = Settled()


def link(rows: Sequence[EventRow]) -> None:
    """Take from ``rows`` who is who. Call it once in the transaction that inserted them.

    ``rows`` are the events really inserted, in order of arrival: some thousands at most. A batch
    that brings no new id, link, trait or account costs no query.
    """
    settled = _settled.valid_for((suppression.current(), _newest_undo.current()))
    news = [row for row in rows if not settled.knows(row)]
    if not news:
        return
    batch = Batch.of(news, known=_known_aliases(news))
    claims = _unsettled_claims(batch, settled)
    written_to = {end for claim in claims for end in (claim.identity, claim.user)} | batch.with_traits()
    unsettled = {
        identity: seen
        for identity, seen in batch.seen.items()
        if identity in written_to or not settled.covers(identity, seen.first_us, seen.first_touch_us)
    }
    stored, new = _stored_and_new(unsettled)
    _write(batch, claims, unsettled, stored, new)

    unsettled_accounts = {account: us for account, us in batch.accounts.items() if account not in settled.accounts}
    accounts.write(unsettled_accounts, batch.account_traits)

    first = {identity: _first(seen, stored.get(identity)) for identity, seen in unsettled.items()}
    keys = {claim.key for claim in claims}
    pairs = {(row.user_id, row.anonymous_id) for row in news}
    transaction.on_commit(lambda: settled.add(first, keys, unsettled_accounts, pairs))


def forget() -> None:
    """Empty this process's memory of what is written: after a restore, and between tests."""
    _settled.forget()
    _newest_undo.forget()
    suppression.forget()


def _known_aliases(rows: Sequence[EventRow]) -> set[int]:
    candidates = alias_candidates(rows)
    return set(read(candidates))


def _unsettled_claims(batch: Batch, settled: Settled) -> list[Claim]:
    """The first of each claim that isn't settled yet, in order of arrival."""
    first: dict[object, Claim] = {}
    for claim in batch.claims:
        if claim.key not in settled.claims:
            first.setdefault(claim.key, claim)
    return list(first.values())


def _stored_and_new(unsettled: Mapping[int, Seen]) -> tuple[dict[int, Stored], set[int]]:
    """What is stored of these identities, and those of them that weren't: they are made here."""
    new = intern(unsettled)
    return read(unsettled.keys() - new), new


def _write(
    batch: Batch,
    claims: Sequence[Claim],
    unsettled: Mapping[int, Seen],
    stored: Mapping[int, Stored],
    new: set[int],
) -> None:
    """Write what the batch changes of identities. ``new`` ones are nobody else's to see before the commit."""
    joins = [claim for claim in claims if _person(claim.identity, stored) != _person(claim.user, stored)]
    ends = {end for claim in joins for end in (claim.identity, claim.user)}
    if not ends <= new:
        hold_map()
        stored = _as_held(stored)
    people = _people(ends, unsettled, stored)
    if joins:
        decide(joins, batch.seen, people)
    moved = people.moved()
    moving = (moved.keys() & new) | members_of(moved.keys() - new)
    earlier = {identity for identity, row in stored.items() if _first(unsettled[identity], row) != row[1:]}
    written_to = moving | earlier | batch.with_traits()
    identities = {identity: unsaved(identity, unsettled[identity]) for identity in written_to & new}
    identities |= lock(written_to - new)
    if identities.keys() != written_to:
        raise _erased_meanwhile()
    for identity in moving:
        row = identities[identity]
        row.person = moved[row.person]
    changed = moving | _lower_first(batch, identities) | _write_traits(batch, identities)
    save(identities[identity] for identity in changed)


def _as_held(stored: Mapping[int, Stored]) -> dict[int, Stored]:
    """What is stored of these now that the map is held: to whom they belong stays as it is."""
    held = read(stored.keys())
    if held.keys() != stored.keys():
        raise _erased_meanwhile()
    return held


def _erased_meanwhile() -> OperationalError:
    return OperationalError("An identity was erased meanwhile: try again.")


def _people(ends: Set[int], seen: Mapping[int, Seen], stored: Mapping[int, Stored]) -> People:
    """The persons of these identities, as they are with the events of this batch."""
    clusters = clusters_of({stored[identity].person for identity in ends if identity in stored})
    for identity, row in stored.items():
        if row.person in clusters:
            clusters[row.person].begin(seen[identity].first_us, seen[identity].first_touch_us)
    for identity in ends - stored.keys():
        one = seen[identity]
        clusters[identity] = Cluster.of_new(identity, one.kind, one.first_us, one.first_touch_us)
    return People(clusters, {identity: row.person for identity, row in stored.items()})


def _person(identity: int, stored: Mapping[int, Stored]) -> int:
    return stored[identity].person if identity in stored else identity


def _first(seen: Seen, stored: Stored | None) -> tuple[int, int]:
    """The earliest event, and the earliest with a touch, of both."""
    if stored is None:
        return seen.first_us, seen.first_touch_us
    touches = filter(None, (stored.first_touch_us, seen.first_touch_us))
    return min(stored.first_us, seen.first_us), min(touches, default=0)


def _lower_first(batch: Batch, identities: Mapping[int, Identity]) -> set[int]:
    """Take over earlier first times; returns the identities that this changed."""
    changed = set()
    for identity, row in identities.items():
        seen = batch.seen.get(identity)
        if seen is None:
            continue
        known = Stored(row.person, row.first_us, row.first_touch_us)
        if (first := _first(seen, known)) != known[1:]:
            row.first_us, row.first_touch_us = first
            changed.add(identity)
    return changed


def _write_traits(batch: Batch, identities: Mapping[int, Identity]) -> set[int]:
    for identity, (at_us, traits) in batch.traits:
        row = identities[identity]
        row.traits, row.traits_us = updated(row.traits, row.traits_us, traits, at_us)
        row.search = search_text(row.value, row.traits)
    return batch.with_traits()
