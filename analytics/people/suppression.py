"""Ids whose events are refused, kept as keyed hashes: the list itself names nobody.

The key is derived from SECRET_KEY, so that a new SECRET_KEY forgets every suppression.
"""

import time
from collections.abc import Iterable

from django.db import transaction
from django.utils.crypto import salted_hmac

from analytics.people.models import Suppression

REREAD_SECONDS = 2.0  # how long another process may go on taking an id after it was suppressed


class _Known:
    """This process's copy of the list, read again when it is older than REREAD_SECONDS."""

    def __init__(self) -> None:
        self.digests: frozenset[str] = frozenset()
        self.read_at: float | None = None

    def current(self) -> frozenset[str]:
        now = time.monotonic()
        if self.read_at is None or now - self.read_at > REREAD_SECONDS:
            self.digests = frozenset(Suppression.objects.values_list("digest", flat=True))
            self.read_at = now
        return self.digests

    def forget(self) -> None:
        self.read_at = None


_known = _Known()


def digest_of(value: str) -> str:
    """The keyed hash (64 hex digits) that stands for an id in the list."""
    return salted_hmac("analytics.people.suppression", value, algorithm="sha256").hexdigest()


def is_suppressed(value: str) -> bool:
    """Whether events that carry this id are refused. Costs a query at most every two seconds."""
    digests = _known.current()
    return bool(digests) and digest_of(value) in digests


def suppress(*, digests: Iterable[str]) -> None:
    """Refuse events of the ids with these digests from now on."""
    Suppression.objects.bulk_create([Suppression(digest=digest) for digest in digests], ignore_conflicts=True)
    _known.forget()
    transaction.on_commit(_known.forget)


def unsuppress(*, values: Iterable[str]) -> int:
    """Take events of these ids again; returns how many of them had been refused."""
    removed, _ = Suppression.objects.filter(digest__in=[digest_of(value) for value in values]).delete()
    _known.forget()
    transaction.on_commit(_known.forget)
    return removed
