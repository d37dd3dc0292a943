"""Erasing a person, over every room of analytics and every app that keeps personal data.

An erasure first suppresses the person's ids and writes down what it is about to do, as digests and
identity numbers; then everything is deleted. A step that fails, or a restore of an older backup,
is followed by doing it again: to erase twice is harmless.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from analytics.collect.erasing import erase_letters
from analytics.people.identities import hold_map
from analytics.people.models import Erasure
from analytics.people.removal import ids_named, ids_of, remove_identities, traits_of
from analytics.people.suppression import digests_of, suppress
from analytics.rollups.build import outdate_what_was_drawn
from analytics.rollups.models import EventDefinition
from analytics.store import erase as store_erase
from productops.lib.models import User, record
from productops.lib.person_data import PersonIds, erase_all

log = logging.getLogger(__name__)

# Events that were on their way while an erasure ran are swept up by repeating it for so long.
REPEATED_FOR = timedelta(days=2)


@dataclass(frozen=True)
class RecordedErasure:
    """What a restore must carry over from the database it replaces: no ids in clear."""

    digests: list[str]
    identities: list[int]


@transaction.atomic
def request_erasure(*, person: int, user: User | None) -> Erasure:
    """Refuse this person's events from now on, and write down that all of it is to go.

    Raises analytics.people.removal.NoSuchPerson. Whoever calls it lets ``carry_out`` run next.
    """
    hold_map()
    ids = ids_of(person)
    digests = sorted(digests_of(ids))
    suppress(digests=digests)
    erasure = Erasure.objects.create(digests=digests, identities=sorted(ids.identities))
    record(user, "people.erase", str(person), erasure=erasure.pk, identities=len(ids.identities))
    return erasure


def carry_out(erasure_id: int) -> int:
    """Delete everything of the person of this erasure; returns how many rows went.

    It reads and rewrites segments: run it in a query process, a task or a command.
    """
    erasure = Erasure.objects.get(pk=erasure_id)
    ids = ids_named(erasure.identities)
    try:
        rows = sum(erase_all(ids).values())
    except Exception as problem:
        _finish(erasure, Erasure.State.FAILED, error=type(problem).__name__)
        raise
    _finish(erasure, Erasure.State.FINISHED)
    return rows


def finish_erasures() -> int:
    """Repeat the erasures that failed, were interrupted, or ended a short while ago; returns how many."""
    lately = timezone.now() - REPEATED_FOR
    due = Erasure.objects.filter(~Q(state=Erasure.State.FINISHED) | Q(finished_at__gte=lately))
    done = 0
    for pk in due.order_by("pk").values_list("pk", flat=True):
        carry_out(pk)
        done += 1
    return done


def recorded_erasures() -> list[RecordedErasure]:
    """All erasures so far, to be read before a restore replaces the database."""
    return [RecordedErasure(*line) for line in Erasure.objects.order_by("pk").values_list("digests", "identities")]


@transaction.atomic
def _remember(recorded: Collection[RecordedErasure]) -> None:
    """Write down, after a restore, who was erased since that backup, each once.

    From then on nobody of them comes in again, and ``finish_erasures`` knows what is left to do.
    """
    known = {tuple(digests) for digests in Erasure.objects.values_list("digests", flat=True)}
    new = {tuple(one.digests): one for one in recorded if tuple(one.digests) not in known}
    Erasure.objects.bulk_create(Erasure(digests=one.digests, identities=one.identities) for one in new.values())
    suppress(digests={digest for digests in (*known, *new) for digest in digests})


def replay_erasures(recorded: Collection[RecordedErasure]) -> int:
    """Erase again, after a restore, everyone who was erased before or since that backup; returns how many."""
    # All of them first: whatever fails below, nobody comes in again.
    _remember(recorded)
    erasures = list(Erasure.objects.order_by("pk").values_list("pk", flat=True))
    for pk in erasures:
        carry_out(pk)
    return len(erasures)


def erase_from_analytics(ids: PersonIds) -> int:
    """What analytics itself keeps: dead letters, events and all that is derived from them, identities."""
    letters = erase_letters(ids)
    _erase_examples(ids.texts | traits_of(ids.identities))
    events = store_erase.erase_actors(ids.identities)
    rows = remove_identities(ids.identities)
    outdate_what_was_drawn()
    return letters + events + rows


def _finish(erasure: Erasure, state: str, error: str = "") -> None:
    erasure.state, erasure.error, erasure.finished_at = state, error, timezone.now()
    erasure.save(update_fields=["state", "error", "finished_at"])


def _erase_examples(texts: Collection[str]) -> None:
    """Take these values out of the examples that the event dictionary shows."""
    for definition in EventDefinition.objects.all():
        changed = False
        for seen in definition.properties.values():
            examples = seen.get("examples", [])
            kept = [example for example in examples if str(example) not in texts]
            if len(kept) < len(examples):
                seen["examples"], changed = kept, True
        if changed:
            definition.save(update_fields=["properties"])
