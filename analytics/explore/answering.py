"""Answering a question in a query process, on a snapshot of all that was acknowledged."""

from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from django.conf import settings

from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from analytics.explore.selecting import Question
from analytics.explore.sent import sent_properties
from analytics.explore.unseen import Names, unseen
from analytics.store.reading import snapshot


def answer(kind: str, question: Question, doubted: Names, with_sql: bool = True) -> tuple[dict[str, Any], Names]:
    """What the kind of analysis answers, with its ``engine``, ``as_of``, ``computed_in_ms``, and the ``sql`` that ran.

    And those of the ``doubted`` names that no event ever had.
    """
    as_of, began = datetime.now(UTC), perf_counter()
    with snapshot(properties=sent_properties(question), when_used=True) as tables:
        asking = Asking(tables, threads=settings.QUERY_THREADS)
        found = KINDS[kind].answer(asking, question)
        took = round((perf_counter() - began) * 1000)
        ran = {"engine": asking.engine, "as_of": as_of.isoformat(), "computed_in_ms": took}
        sql = {"sql": asking.text} if with_sql else {}
        missing = unseen(tables, doubted)
    return {**found, **ran, **sql}, missing


def people(kind: str, question: Question, point: Any, offset: int, limit: int) -> tuple[int, list[int]]:
    """How many people are behind a figure, and some of them, by id."""
    with snapshot(properties=sent_properties(question), when_used=True) as tables:
        behind = KINDS[kind].people(Asking(tables), question, point)
        if behind is None:
            return 0, []
        chosen = behind.select("person").distinct()
        page = chosen.order_by("person").limit(limit, offset=offset).to_pyarrow()["person"].to_pylist()
        return chosen.count().to_pyarrow().as_py(), page
