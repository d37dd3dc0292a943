"""Query processes answer, are interrupted, are replaced; and a web worker stays free of DuckDB."""

import os
import subprocess
import sys

import pytest

from analytics.explore.ready import get_ready
from analytics.store import pool
from tests.store import questions


@pytest.fixture
def processes(settings):
    settings.QUERY_PROCESSES = 1
    yield
    pool.stop()


def test_a_question_is_answered_by_another_process_which_stays(processes):
    first = pool.ask(questions.pid)
    assert first != os.getpid()
    assert pool.ask(questions.pid) == first


def test_what_the_function_raises_reaches_the_asker(processes):
    with pytest.raises(ValueError, match="no such column"):
        pool.ask(questions.refuse, "no such column")


def test_a_process_that_dies_is_replaced(processes):
    first = pool.ask(questions.pid)
    with pytest.raises(pool.QueryProcessDied):
        pool.ask(questions.die)
    assert pool.ask(questions.pid) not in (first, os.getpid())


def test_a_query_over_its_time_is_interrupted_and_its_process_stays(processes):
    first = pool.ask(questions.pid)
    with pytest.raises(pool.QueryTooLong):
        pool.ask(questions.count_for_ever, seconds=1)
    assert pool.ask(questions.pid) == first


def test_what_can_not_be_interrupted_is_killed(processes, monkeypatch):
    monkeypatch.setattr(pool, "GRACE_SECONDS", 0)
    first = pool.ask(questions.pid)
    with pytest.raises(pool.QueryTooLong):
        pool.ask(questions.sleep, 600, seconds=1)
    assert pool.ask(questions.pid) != first


def test_a_withdrawn_question_raises_and_frees_its_process(processes):
    pool.ask(questions.pid)
    question = pool.start(questions.sleep, 600)
    question.cancel()
    with pytest.raises(pool.QueryCancelled):
        question.answer()
    assert pool.ask(questions.pid)


def test_without_query_processes_a_query_is_interrupted_too():
    with pytest.raises(pool.QueryTooLong):
        pool.ask(questions.count_for_ever, seconds=1)


@pytest.mark.files
def test_a_warm_process_has_loaded_what_it_needs(processes):
    pool.warm(get_ready)
    assert {"duckdb", "numba"} <= set(pool.ask(questions.loaded_modules))


def test_a_web_worker_never_loads_the_engine():
    program = (
        "import django, sys; django.setup()\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "from analytics.store import engine, parts, pool, reading, seal\n"
        "sys.exit('duckdb' in sys.modules or 'numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
