"""Analyses answered and timed by a process of the installation, as one of its query processes would."""

import resource
import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.lib.inside import answer

LONG_AGO = {"from": "2000-01-01", "to": "2000-01-01"}


@answer
def beside_a_scan(kind: str, body: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, float]:
    """Seconds to read three columns of all events, to answer a question, and to answer others of the kind after it.

    The process has been at work, but has read no events yet. Of the scans and of the others the fastest counts.
    """
    _begin_work()
    scans = [_seconds(_scan), _seconds(_scan)]
    cold = _seconds(lambda: _answered(kind, body))
    warm = [_seconds(lambda other=other: _answered(kind, other)) for other in others]  # type: ignore[misc]
    return {"scan": min(*scans, _seconds(_scan)), "cold": cold, "warm": min(warm, default=0.0)}


@answer
def answered(kind: str, body: dict[str, Any], times: int = 1) -> dict[str, Any]:
    """The ``answer``, the fewest ``seconds`` that it took, and memory before and at most: ``rest, peak`` in MB."""
    _begin_work()
    rest = psutil.Process().memory_info().rss / 1e6
    found: dict[str, Any] = {}

    def once() -> None:
        found["answer"] = _answered(kind, body)

    seconds = min(_seconds(once) for _ in range(times))
    return {**found, "seconds": seconds, "rest": rest, "peak": peak_mb()}


def peak_mb() -> float:
    """The most resident memory that this process has ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def _begin_work() -> None:
    """Answer a question about a day without events: what a process loads once, it has then."""
    _answered("concentration", {"selector": {}, **LONG_AGO})


def _answered(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    from analytics.explore.analyses import BY_KIND
    from analytics.explore.answering import answer
    from analytics.explore.unseen import Names

    asked = BY_KIND[kind].request(data=body)
    asked.is_valid(raise_exception=True)
    return answer(kind, asked.question(), Names())[0]


def _scan() -> None:
    """Read the columns that a funnel goes by, of all events, into Arrow: with the threads that an analysis has."""
    import duckdb
    from django.conf import settings

    from analytics.store.models import Segment

    paths = Segment.objects.published().of(Segment.Table.EVENTS).values_list("path", flat=True)
    files = [str(settings.DATA_DIR / path) for path in paths]
    with duckdb.connect(config={"threads": settings.QUERY_THREADS, "preserve_insertion_order": False}) as connection:
        connection.read_parquet(files).select("actor, at_us, event").to_arrow_table()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
