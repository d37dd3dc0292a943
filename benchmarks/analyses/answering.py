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
    cold = _figures_in(_answered(kind, body))
    warm = [_figures_in(_answered(kind, other)) for other in others]
    return {"scan": min(*scans, _seconds(_scan)), "cold": cold, "warm": min(warm, default=0.0)}


@answer
def answered(kind: str, body: dict[str, Any], times: int = 1) -> dict[str, Any]:
    """The ``answer``, the fewest ``seconds`` that it took, and memory before and at most: ``rest, peak`` in MB."""
    _begin_work()
    rest = psutil.Process().memory_info().rss / 1e6
    answers = [_answered(kind, body) for _ in range(times)]
    return {"answer": answers[-1], "seconds": min(map(_figures_in, answers)), "rest": rest, "peak": peak_mb()}


def peak_mb() -> float:
    """The most resident memory that this process has ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


@answer
def asked_by_a_reader(kind: str, body: dict[str, Any]) -> None:
    """Ask as pages and the API do: what questions are about is remembered."""
    from analytics.explore import kept

    kept.answered(kind, _checked(kind, body), kept.Version())


def _begin_work() -> None:
    """Get ready, and answer a question about a day without sessions: so a process is that has read no events yet."""
    from analytics.explore.ready import get_ready

    get_ready()
    _answered("sessions", LONG_AGO)


def _figures_in(answer: dict[str, Any]) -> float:
    """Seconds until the figures were there. Then the SQL is written that says the same, for whoever wants to see it."""
    return answer["computed_in_ms"] / 1000


def _answered(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    from analytics.explore.answering import answer
    from analytics.explore.unseen import Names

    return answer(kind, _checked(kind, body).question(), Names())[0]


def _checked(kind: str, body: dict[str, Any]) -> Any:
    """The body as the API reads it."""
    from analytics.explore.analyses import BY_KIND

    asked = BY_KIND[kind].request(data=body)
    asked.is_valid(raise_exception=True)
    return asked


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
