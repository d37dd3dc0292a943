"""Query processes: heavy questions are answered beside the web worker, within limits of time and memory.

DuckDB lives only there. A process is started by ``spawn`` (a fork would copy locks and connections
in whatever state they are), kept warm between questions, and replaced when it dies.
"""

import atexit
import gc
import os
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, wait
from typing import Any, TypeVar

from django.conf import settings

Answer = TypeVar("Answer")

# A question is interrupted at its limit; a process that doesn't react is killed after this.
GRACE_SECONDS = 3
# How often it is asked whether the answer is still wanted.
LOOK_SECONDS = 0.25


class QueryTooLong(Exception):
    """The question took longer than it may."""


class QueryCancelled(Exception):
    """The question was withdrawn."""


class QueryProcessDied(Exception):
    """The process that was to answer is gone, mostly for want of memory; another one takes its place."""


class Question:
    """A question being answered in a query process."""

    def __init__(self, future: Any) -> None:
        self._future = future

    def is_over_within(self, seconds: float) -> bool:
        """Wait so long for the answer, or for what comes instead of it."""
        return bool(wait([self._future], seconds).done)

    def answer(self) -> Any:
        """Wait for the answer. Raises QueryTooLong, QueryCancelled, QueryProcessDied, or what the function raised."""
        from pebble import ProcessExpired

        try:
            return self._future.result()
        except ProcessExpired as problem:
            raise QueryProcessDied(str(problem)) from problem
        except TimeoutError as problem:
            raise QueryTooLong from problem
        except CancelledError as problem:
            raise QueryCancelled from problem

    def cancel(self) -> None:
        """Stop it; its process is terminated, then killed, and replaced."""
        self._future.cancel()


def ask(
    function: Callable[..., Answer],
    *args: Any,
    seconds: int | None = None,
    withdrawn: Callable[[], bool] | None = None,
) -> Answer:
    """Run an importable function in a query process and return its answer.

    Arguments and answer are pickled. ``seconds`` None means QUERY_SECONDS. ``withdrawn`` is asked,
    here, again and again: once it says so the query is cancelled. With QUERY_PROCESSES=0 the
    function runs here, in the caller's transaction, to its end.
    """
    limit = seconds or settings.QUERY_SECONDS
    if settings.QUERY_PROCESSES == 0:
        return _within(limit, function, *args)
    question = start(function, *args, seconds=limit)
    while withdrawn and not question.is_over_within(LOOK_SECONDS):
        if withdrawn():
            question.cancel()
            break
    return question.answer()


def start(function: Callable[..., Any], *args: Any, seconds: int | None = None) -> Question:
    """Begin to answer in a query process and return at once."""
    limit = seconds or settings.QUERY_SECONDS
    return Question(_processes().schedule(_answer, args=(limit, function, *args), timeout=limit + GRACE_SECONDS))


def warm(get_ready: Callable[[], None]) -> None:
    """Start the query processes now and let each ``get_ready``, so that the first question needn't wait for it."""
    for _ in range(settings.QUERY_PROCESSES):
        start(_stay_ready, get_ready)


_pool: Any = None
_pool_of = 0
_making = threading.Lock()


def _processes() -> Any:
    """The pool of this very process: one inherited by a fork has no threads and is left alone."""
    global _pool, _pool_of
    with _making:
        if _pool is None or _pool_of != os.getpid():
            import multiprocessing

            from pebble import ProcessPool

            _pool = ProcessPool(
                max_workers=settings.QUERY_PROCESSES,
                context=multiprocessing.get_context("spawn"),
                initializer=_set_up,
            )
            _pool_of = os.getpid()
    return _pool


def stop() -> None:
    """End the query processes of this process; the next question starts new ones."""
    global _pool
    if _pool is not None and _pool_of == os.getpid():
        _pool.stop()
        _pool.join()
        _pool = None


atexit.register(stop)


def _set_up() -> None:
    import django

    django.setup()


def _stay_ready(get_ready: Callable[[], None]) -> None:
    """What is loaded by now stays: to look through it for garbage takes longer than some answers."""
    get_ready()
    gc.collect()
    gc.freeze()


def _answer(limit: int, function: Callable[..., Answer], *args: Any) -> Answer:
    from django.db import close_old_connections

    close_old_connections()
    try:
        return _within(limit, function, *args)
    finally:
        close_old_connections()


def _within(limit: int, function: Callable[..., Answer], *args: Any) -> Answer:
    """Run a function; from the limit on interrupt whatever the engine computes for it."""
    from analytics.store import engine

    ended, over = threading.Event(), threading.Event()

    def watch() -> None:
        if ended.wait(limit):
            return
        over.set()
        # Again and again: the function may be between two queries.
        while not ended.wait(0.1):
            engine.chosen().interrupt()

    threading.Thread(target=watch, daemon=True).start()
    try:
        return function(*args)
    except Exception as problem:
        if over.is_set():
            raise QueryTooLong from problem
        raise
    finally:
        ended.set()
