"""Committing what requests brought: events, who is who, dead letters and the minute's counts, all or nothing."""

import logging
import os
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter

import msgspec
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection

from analytics.collect import limits
from analytics.collect.messages import Ids
from analytics.collect.models import DeadLetter, SourceMinute
from analytics.collect.refusals import told_without_data
from analytics.collect.requests import Delivery, Letter
from analytics.collect.turns import write_transaction
from analytics.collect.writing import insert_events
from analytics.event import EventRow
from analytics.people import linking, suppression
from analytics.people.ids import IdKind

log = logging.getLogger(__name__)

ROW_PATH = "row"  # the path of a letter whose body is an encoded EventRow
# One row is at fault, the others are not: the database refuses it, or what is stored doesn't fit what it says.
_CULPRIT = (DataError, IntegrityError, ValueError, OverflowError, LookupError, TypeError, AttributeError)
_PASSING = (OperationalError, InterfaceError)  # busy, deadlock, connection gone: try again
_PAUSES = (0.05, 0.3, 1.0)  # seconds before another try
_LETTERS_PER_COMMIT = 50  # of a source and reason; of the others only the number is kept

_COUNTED = ("accepted", "duplicates", "refused", "suppressed")
_MINUTE = SourceMinute._meta.db_table
_ADD_TO_MINUTE = (
    f"INSERT INTO {_MINUTE} (source_id, minute, writer, {', '.join(_COUNTED)}) VALUES (%s, %s, %s, %s, %s, %s, %s) "  # noqa: S608
    f"ON CONFLICT (source_id, minute, writer) DO UPDATE SET "
    + ", ".join(f"{name} = {_MINUTE}.{name} + excluded.{name}" for name in _COUNTED)
)


def commit(deliveries: Sequence[Delivery]) -> Counter[str]:
    """Commit the deliveries. A row that can't be stored becomes a dead letter; the others are committed.

    Returns how many events were accepted, duplicates, refused and suppressed. Raises when nothing can be
    said to be stored; to send the same again is safe.
    """
    try:
        return _commit_patiently(deliveries)
    except _CULPRIT as error:
        rows = [row for delivery in deliveries for row in delivery.rows]
        if not rows:
            raise
        if len(rows) == 1:
            log.warning("An event could not be stored and is a dead letter now: %s.", told_without_data(error))
            others = [delivery._replace(rows=[]) for delivery in deliveries]
            return _commit_patiently([*others, Delivery([], [_letter_of(rows[0], error)], {})])
        return sum(map(commit, _halves(deliveries)), Counter())


def _halves(deliveries: Sequence[Delivery]) -> Iterable[Sequence[Delivery]]:
    if len(deliveries) > 1:
        middle = len(deliveries) // 2
        return deliveries[:middle], deliveries[middle:]
    (delivery,) = deliveries
    middle = len(delivery.rows) // 2
    return [delivery._replace(rows=delivery.rows[:middle])], [Delivery(delivery.rows[middle:], [], {})]


def _commit_patiently(deliveries: Sequence[Delivery]) -> Counter[str]:
    pauses = iter(_PAUSES)
    while True:
        try:
            with write_transaction():
                return _write(deliveries)
        except _PASSING:
            pause = next(pauses, None)
            if pause is None or connection.in_atomic_block:
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(pause)


def _write(deliveries: Sequence[Delivery]) -> Counter[str]:
    counts: dict[str, Counter[int]] = {name: Counter() for name in _COUNTED}
    rows = [row for delivery in deliveries for row in delivery.rows]
    for delivery in deliveries:
        counts["suppressed"].update(delivery.suppressed)
    if suppression.current():
        sent, rows = rows, list(filter(None, map(suppression.admitted, rows)))
        counts["suppressed"].update(_by_source(sent) - _by_source(rows))
    fresh = insert_events(rows)
    counts["accepted"] = _by_source(fresh)
    counts["duplicates"] = _by_source(rows) - counts["accepted"]
    if fresh:
        linking.link(fresh)
    letters = [letter for delivery in deliveries for letter in delivery.letters if not _names_suppressed(letter.ids)]
    for letter in letters:
        counts["refused"][letter.source] += letter.events
    if letters:
        DeadLetter.objects.bulk_create(map(_dead_letter, _bounded(letters)))
    _count(counts)
    return Counter({name: of_sources.total() for name, of_sources in counts.items()})


def _by_source(rows: Iterable[EventRow]) -> Counter[int]:
    return Counter(map(attrgetter("source"), rows))


def _names_suppressed(ids: Ids) -> bool:
    """Whether an erased person's id would be kept with the letter, which holds what was sent as it was."""
    named: tuple[tuple[IdKind, str], ...] = (
        ("u", ids.user),
        ("a", ids.anonymous),
        ("u", ids.previous),
        ("a", ids.previous),
    )
    return any(suppression.is_suppressed(kind, value) for kind, value in named)


def _bounded(letters: Iterable[Letter]) -> Iterable[Letter]:
    """At most so many letters of a kind with their text; the rest as one that counts them."""
    kept: Counter[tuple[int, str]] = Counter()
    rest: dict[tuple[int, str], Letter] = {}
    for letter in letters:
        kind = letter.source, letter.reason
        kept[kind] += 1
        if kept[kind] <= _LETTERS_PER_COMMIT:
            yield letter
        elif kind in rest:
            rest[kind] = rest[kind]._replace(events=rest[kind].events + letter.events)
        else:
            rest[kind] = letter._replace(body=b"", private=False)  # left out for their number, not for privacy
    yield from rest.values()


def _dead_letter(letter: Letter) -> DeadLetter:
    return DeadLetter(
        source_id=letter.source,
        received_at=datetime.fromtimestamp(letter.received_us / 1e6, UTC),
        reason=letter.reason,
        detail=letter.detail,
        message_id=letter.message_id,
        path=letter.path,
        body=letter.body[: limits.LETTER_BYTES],
        count=letter.events,
        private=letter.private,
        trusted=letter.trusted,
        by_bot=letter.by_bot,
    )


def _letter_of(row: EventRow, error: Exception) -> Letter:
    return Letter(
        source=row.source,
        path=ROW_PATH,
        reason="refused_by_database",
        detail=type(error).__name__,
        body=msgspec.json.encode(row),
        received_us=row.received_us,
        message_id=row.message_id[: limits.ID_CHARACTERS].replace("\0", ""),
        ids=Ids(row.user_id, row.anonymous_id, row.previous_id),
    )


def _count(counts: dict[str, Counter[int]]) -> None:
    """Add to the source's minute: one statement, as this happens in every commit."""
    minute = connection.ops.adapt_datetimefield_value(datetime.now(UTC).replace(second=0, microsecond=0))
    with connection.cursor() as cursor:
        for source in sorted(set().union(*counts.values())):
            numbers = [counts[name][source] for name in _COUNTED]
            cursor.execute(_ADD_TO_MINUTE, [source, minute, os.getpid(), *numbers])
