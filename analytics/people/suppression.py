"""Ids whose events are refused, kept as keyed hashes: the list itself names nobody.

The key is derived from SECRET_KEY, so that a new SECRET_KEY forgets every suppression.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.crypto import salted_hmac

from analytics.people.models import Suppression
from analytics.people.settled import Reread

REREAD_SECONDS = 2.0  # how long another process may go on taking an id after it was suppressed


def _read() -> frozenset[str]:
    return frozenset(Suppression.objects.values_list("digest", flat=True))


_digests = Reread(_read, REREAD_SECONDS)
current, forget = _digests.current, _digests.forget


def digest_of(value: str) -> str:
    """The keyed hash (64 hex digits) that stands for an id in the list."""
    return salted_hmac("analytics.people.suppression", value, algorithm="sha256").hexdigest()


def is_suppressed(value: str) -> bool:
    """Whether events that carry this id are refused. Costs a query at most every two seconds."""
    digests = current()
    return bool(digests) and digest_of(value) in digests


def suppress(*, digests: Iterable[str]) -> None:
    """Refuse events of the ids with these digests from now on."""
    Suppression.objects.bulk_create([Suppression(digest=digest) for digest in digests], ignore_conflicts=True)
    forget()
    transaction.on_commit(forget)


def unsuppress(*, values: Iterable[str]) -> int:
    """Take events of these ids again; returns how many of them had been refused."""
    removed, _ = Suppression.objects.filter(digest__in=[digest_of(value) for value in values]).delete()
    forget()
    transaction.on_commit(forget)
    return removed
