"""Ids whose events are refused, kept as keyed hashes: the list itself names nobody.

The key is derived from SECRET_KEY, so that a new SECRET_KEY forgets every suppression.
"""

from collections.abc import Iterable
from typing import Any

import msgspec
from django.db import transaction
from django.utils.crypto import salted_hmac

from analytics.event import EventRow
from analytics.people.ids import IdKind
from analytics.people.models import Suppression
from analytics.people.settled import Reread
from productops.lib.person_data import PersonIds

REREAD_SECONDS = 2.0  # how long another process may go on taking an id after it was suppressed


def _read() -> frozenset[str]:
    return frozenset(Suppression.objects.values_list("digest", flat=True))


_digests = Reread(_read, REREAD_SECONDS)
current, forget = _digests.current, _digests.forget


def digest_of(kind: IdKind, value: str) -> str:
    """The keyed hash (64 hex digits) that stands for an id in the list."""
    return salted_hmac("analytics.people.suppression", f"{kind}\0{value}", algorithm="sha256").hexdigest()


def digests_of(ids: PersonIds) -> set[str]:
    return {digest_of("u", value) for value in ids.user_ids} | {digest_of("a", value) for value in ids.anonymous_ids}


def is_suppressed(kind: IdKind, value: str) -> bool:
    """Whether this id is an erased person's; an empty one is nobody's. Costs a query at most every two seconds."""
    digests = current()
    return bool(digests and value) and digest_of(kind, value) in digests


def admitted(row: EventRow) -> EventRow | None:
    """The event as it may be kept; None when an erased person sent it.

    Somebody else's on a device of an erased person is kept without the device's id.
    """
    if not current():
        return row
    if is_suppressed("u", row.user_id):
        return None
    if not is_suppressed("a", row.anonymous_id):
        return row
    if not row.user_id:
        return None
    device = row.actor if row.device == row.anon else row.device
    return msgspec.structs.replace(
        row,
        anonymous_id="",
        anon=0,
        device=device,
        context=_without(row.anonymous_id, row.context),
        properties=_without(row.anonymous_id, row.properties),
        traits=row.traits and _purged(row.anonymous_id, row.traits),
    )


def _without(value: str, text: str) -> str:
    """JSON without the members that are this value: clients repeat a device's id in the context."""
    return msgspec.json.encode(_purged(value, msgspec.json.decode(text))).decode() if text else text


def _purged(value: str, part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _purged(value, item) for key, item in part.items() if item != value}
    if isinstance(part, list):
        return [_purged(value, item) for item in part if item != value]
    return part


def suppress(*, digests: Iterable[str]) -> None:
    """Refuse events of the ids with these digests from now on."""
    Suppression.objects.bulk_create([Suppression(digest=digest) for digest in digests], ignore_conflicts=True)
    forget()
    transaction.on_commit(forget)
