"""Answers that are kept, and their SQL: as long as question, data and hour are the same, so is the answer.

Writing the SQL takes as long as many an answer: it is kept by itself, and written for those who look at it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any

import msgspec
from django.core.cache import cache

from analytics.explore import answering
from analytics.explore.naming import Dictionary, doubted, explained, named_in
from analytics.explore.requests.base import QuestionSerializer
from analytics.explore.sent import sent_properties
from analytics.explore.sql import analysis_sql, sql_as_it_ran
from analytics.metrics.calendar import today
from analytics.store import pool
from analytics.store.asked import remember
from analytics.store.version import DataVersion, data_version

KEPT_SECONDS = 86_400
LARGEST = 2**20  # bytes of JSON; a larger answer is worked out again
AS_IT_RAN = "ran"  # in the place of a dialect
RULES = 4  # to be raised whenever a kind would answer the same question otherwise


class Version:
    """Of the data: it is looked for once, when it is first needed."""

    @cached_property
    def now(self) -> DataVersion:
        return data_version()


def known(kind: str, body: QuestionSerializer, version: Version) -> dict[str, Any] | None:
    """The answer to a checked body if it is there; what may tell who somebody is never is."""
    return _found(key_of(kind, body, version))


def answered(
    kind: str,
    body: QuestionSerializer,
    version: Version,
    withdrawn: Callable[[], bool] | None = None,
    *,
    with_sql: bool = False,
) -> dict[str, Any]:
    """The answer to a checked body, with ``cached``: whether it was there before. Raises what ``pool.ask`` raises.

    What may tell who somebody is is neither kept nor looked for.
    """
    key = key_of(kind, body, version)
    if (kept := _found(key)) is not None:
        return {**kept, "sql": spelled(kind, body, version, AS_IT_RAN, withdrawn)} if with_sql else kept
    question, named = body.question(), tuple(named_in(body.validated_data))
    dictionary = Dictionary.read()
    doubts = doubted(named, dictionary)
    properties = sent_properties(question)
    remember(properties.difference(doubts.properties))  # before: a question that takes too long needs them most
    found, missing = pool.ask(answering.answer, kind, question, doubts, with_sql, withdrawn=withdrawn)
    remember(properties.difference(missing.properties))
    found["unknown"] = explained(named, missing, dictionary)
    sql = {"sql": found.pop("sql")} if with_sql else {}
    _keep(key, msgspec.json.encode(found))
    if sql:
        _keep(key_of(kind, body, version, AS_IT_RAN), sql["sql"])
    return {**found, **sql, "cached": False}


def spelled(
    kind: str, body: QuestionSerializer, version: Version, dialect: str, withdrawn: Callable[[], bool] | None = None
) -> str:
    """The SQL that answers a checked body in a dialect, or AS_IT_RAN. Raises what ``pool.ask`` raises."""
    key = key_of(kind, body, version, dialect)
    text: str | None = cache.get(key) if key else None
    if text is None:
        question = body.question()
        if dialect == AS_IT_RAN:
            text = pool.ask(sql_as_it_ran, kind, question, withdrawn=withdrawn)
        else:
            text = ";\n\n".join(pool.ask(analysis_sql, kind, question, dialect, withdrawn=withdrawn))
        _keep(key, text)
    return text


def _keep(key: str, text: str | bytes) -> None:
    if key and len(text) <= LARGEST:
        cache.set(key, text, KEPT_SECONDS)


def _found(key: str) -> dict[str, Any] | None:
    kept = cache.get(key) if key else None
    return None if kept is None else {**msgspec.json.decode(kept), "cached": True}


def key_of(kind: str, body: QuestionSerializer, version: Version, dialect: str = "") -> str:
    """Of all that an answer depends on; of the hour, too, as periods and windows come to their end.

    Blank: it is not to be kept.
    """
    if body.personal_properties():
        return ""
    question, named = body.question(), tuple(named_in(body.validated_data))
    now = datetime.now(UTC)
    asked = (RULES, kind, question, named, dialect, version.now.text, today(question.timezone), f"{now:%Y-%m-%dT%H}")
    return "answer:" + blake2b(repr(asked).encode(), digest_size=16).hexdigest()
