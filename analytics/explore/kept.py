"""Answers that are kept: as long as question, data and hour are the same, so is the answer."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec
from django.core.cache import cache

from analytics.explore import answering
from analytics.explore.selecting import Question
from analytics.metrics.calendar import today
from analytics.store import pool
from analytics.store.reading import data_version

KEPT_SECONDS = 86_400
LARGEST = 2**20  # bytes of JSON; a larger answer is worked out again
RULES = 1  # to be raised whenever a kind would answer the same question otherwise


def answered(
    kind: str, question: Question, *, keep: bool = True, withdrawn: Callable[[], bool] | None = None
) -> dict[str, Any]:
    """The answer, with ``cached``: whether it was there before. Raises what ``pool.ask`` raises.

    ``keep`` False: neither kept nor looked for, as it may tell who somebody is.
    """
    key = _key(kind, question) if keep else ""
    kept = cache.get(key) if keep else None
    if kept is not None:
        return {**msgspec.json.decode(kept), "cached": True}
    found = pool.ask(answering.answer, kind, question, withdrawn=withdrawn)
    if keep and len(text := msgspec.json.encode(found)) <= LARGEST:
        cache.set(key, text, KEPT_SECONDS)
    return {**found, "cached": False}


def _key(kind: str, question: Question) -> str:
    """Of all that an answer depends on; of the hour, too, as periods and windows come to their end."""
    now = datetime.now(UTC)
    asked = (RULES, kind, question, data_version(), today(question.timezone), f"{now:%Y-%m-%dT%H}")
    return "answer:" + blake2b(repr(asked).encode(), digest_size=16).hexdigest()
