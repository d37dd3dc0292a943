"""Sending dead letters in again after what was wrong has been mended, and forgetting the old ones."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.utils import timezone

from analytics.collect import limits
from analytics.collect.app import COLLECTING, HISTORY, ORIGIN_NOT_ALLOWED
from analytics.collect.inbox import ROW_PATH, commit
from analytics.collect.keys import KnownSource
from analytics.collect.messages import open_envelope
from analytics.collect.models import DeadLetter, SourceMinute
from analytics.collect.normalise import Arrival
from analytics.collect.refusals import RefusedRequest
from analytics.collect.requests import Delivery, deliver
from analytics.event import EventRow

RETENTION = timedelta(days=7)
MINUTES_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Replay:
    stored: int  # events that are stored now, or had been before
    not_kept: int  # events that were taken and must not be kept: consent, privacy or suppression
    refused: int  # letters that would be refused again and stay as they are, or events that the database refused


def replay(letters: Iterable[DeadLetter]) -> Replay:
    """Take each letter's events in as if they came now by the same path, at the time they came.

    The times, the source, the batch, the privacy asked for and the trust in the key are those of
    the request; the client's address is gone. What was replayed before counts for nothing.
    """
    counts: Counter[str] = Counter()
    for letter in letters:
        counts += _replay_one(letter)
    return Replay(counts["accepted"] + counts["duplicates"], counts["suppressed"], counts["refused"])


@transaction.atomic
def _replay_one(letter: DeadLetter) -> Counter[str]:
    # Claimed before it is read, so that two who replay it at once don't both count it.
    if not DeadLetter.objects.filter(pk=letter.pk, replayed_at=None).update(replayed_at=timezone.now()):
        return Counter()
    delivery = _delivery(letter)
    if delivery is None or delivery.letters:
        DeadLetter.objects.filter(pk=letter.pk).update(replayed_at=None)
        return Counter(refused=1)
    return commit([delivery])


def _delivery(letter: DeadLetter) -> Delivery | None:
    body = bytes(letter.body)
    if not body or len(body) >= limits.LETTER_BYTES:
        return None  # what was kept of it is not the whole
    if letter.path == ROW_PATH:
        return _delivery_of_row(body)
    source = KnownSource.of(letter.source, trusted=letter.trusted)
    if letter.reason == ORIGIN_NOT_ALLOWED and not source.takes_from(letter.detail):
        return None
    received = letter.received_at
    arrival = Arrival(
        source=source,
        received_us=int(received.timestamp()) * 1_000_000 + received.microsecond,
        type=COLLECTING.get(letter.path, ""),
        by_bot=letter.by_bot,
        private=letter.private,
        history=source.trusted or letter.path == HISTORY,
    )
    try:
        envelope, messages = open_envelope(body)
    except RefusedRequest:
        return None
    return deliver(envelope, messages, arrival, letter.path)


def _delivery_of_row(body: bytes) -> Delivery | None:
    try:
        return Delivery([msgspec.json.decode(body, type=EventRow)], [], {})
    except msgspec.MsgspecError:
        return None


def purge(*, now: datetime | None = None) -> int:
    """Delete letters after seven days and minute counts after thirty; returns how many letters there were."""
    now = now or timezone.now()
    SourceMinute.objects.filter(minute__lt=now - MINUTES_KEPT).delete()
    deleted, _ = DeadLetter.objects.filter(received_at__lt=now - RETENTION).delete()
    return deleted
