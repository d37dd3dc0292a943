"""Writes who is who, in the transaction that stores the events: ids, links, traits, accounts.

Rows are locked in one order everywhere, so that no two writers wait for each other in a ring: the
map (only when a link may be new), new identities by id, existing identities by id, accounts by id.
"""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Max

from analytics.event import EventRow
from analytics.people import accounts, suppression
from analytics.people.batch import Batch, Claim, alias_candidates
from analytics.people.deciding import decide
from analytics.people.identities import clusters_of, hold_map, intern, lock, save
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
    batch = Batch.of(rows, known=_known_aliases(rows))
    claims = _unsettled_claims(batch, settled)
    if claims:
        hold_map()
    claimed = {identity for claim in claims for identity in (claim.identity, claim.user)}
    written_to = claimed | batch.with_traits()
    unsettled = {
        identity: seen
        for identity, seen in batch.seen.items()
        if identity in written_to or not settled.covers(identity, seen.first_us, seen.first_touch_us)
    }
    new = intern(unsettled)
    concerned = clusters_of(claimed)
    identities = lock((unsettled.keys() - new) | batch.with_traits() | concerned)
    changed = _lower_first(batch, identities) | _write_traits(batch, identities)
    if claims:
        changed |= decide(claims, {identity: identities[identity] for identity in concerned}, new)
    save(identities[identity] for identity in changed)

    unsettled_accounts = {account: us for account, us in batch.accounts.items() if account not in settled.accounts}
    accounts.write(unsettled_accounts, batch.account_traits)

    written = {identity: (unsettled[identity].first_us, unsettled[identity].first_touch_us) for identity in new}
    written |= {identity: (row.first_us, row.first_touch_us) for identity, row in identities.items()}
    keys = {claim.key for claim in claims}
    transaction.on_commit(lambda: settled.add(written, keys, unsettled_accounts))


def forget() -> None:
    """Empty this process's memory of what is written: after a restore, and between tests."""
    _settled.forget()
    _newest_undo.forget()
    suppression.forget()


def _known_aliases(rows: Sequence[EventRow]) -> set[int]:
    candidates = alias_candidates(rows)
    if not candidates:
        return set()
    hold_map()
    return set(Identity.objects.filter(pk__in=candidates).values_list("pk", flat=True))


def _unsettled_claims(batch: Batch, settled: Settled) -> list[Claim]:
    """The first of each claim that isn't settled yet, in order of arrival."""
    first: dict[object, Claim] = {}
    for claim in batch.claims:
        if claim.key not in settled.claims:
            first.setdefault(claim.key, claim)
    return list(first.values())


def _lower_first(batch: Batch, identities: Mapping[int, Identity]) -> set[int]:
    """Take over earlier first times; returns the identities that this changed."""
    changed = set()
    for identity, row in identities.items():
        seen = batch.seen.get(identity)
        if seen is None:
            continue
        first_us = min(row.first_us, seen.first_us)
        first_touch_us = min(filter(None, (row.first_touch_us, seen.first_touch_us)), default=0)
        if (first_us, first_touch_us) != (row.first_us, row.first_touch_us):
            row.first_us, row.first_touch_us = first_us, first_touch_us
            changed.add(identity)
    return changed


def _write_traits(batch: Batch, identities: Mapping[int, Identity]) -> set[int]:
    for identity, (at_us, traits) in batch.traits:
        row = identities[identity]
        row.traits, row.traits_us = updated(row.traits, row.traits_us, traits, at_us)
        row.search = search_text(row.value, row.traits)
    return batch.with_traits()
