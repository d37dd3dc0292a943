"""Questions that are withdrawn, or end without an answer, in real query processes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics.explore import answering, runs
from analytics.explore.models import Run
from analytics.store import pool
from productops.lib.models import User
from tests.explore import slow
from tests.explore.conftest import event
from tests.metrics.world import World


def test_a_question_is_withdrawn_from_another_process(empty_database, tmp_path) -> None:
    environment = {**os.environ, "DATABASE_URL": empty_database, "DATA_DIR": str(tmp_path), "QUERY_PROCESSES": "1"}

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def finish(process: subprocess.Popen[str]) -> str:
        output, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return output

    finish(start("manage.py", "migrate", "--verbosity=0"))
    with start("-m", "tests.explore.cancelling", "ask") as asks:
        try:
            withdrawn = finish(start("-m", "tests.explore.cancelling", "cancel"))
            assert json.loads(withdrawn) == ["running", "unknown", 403, 400, "cancelled"]
            assert json.loads(finish(asks)) == [409, "The run was cancelled before it had an answer."]
        finally:
            asks.kill()


@pytest.fixture
def query_process(settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("QUERY_MEMORY_MB", "40")  # of the process that is started
    settings.QUERY_PROCESSES = 1
    yield
    pool.stop()


@pytest.mark.django_db
@pytest.mark.usefixtures("query_process")
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (slow.never, "Ask for less"),
        pytest.param(slow.gathers, "Ask for less", marks=pytest.mark.files),  # PostgreSQL has limits of its own
        (slow.dies, "Try again"),
    ],
)
def test_what_ends_without_an_answer_is_a_problem_document(ask, monkeypatch, settings, answer, words) -> None:
    if answer is slow.never:
        settings.QUERY_SECONDS = 1
        monkeypatch.setattr(pool, "GRACE_SECONDS", 0)
    monkeypatch.setattr(answering, "answer", answer)
    problem = ask(expect=503, run="in-vain")
    assert words in problem["detail"]
    assert Run.objects.get(pk="in-vain").state == "done"


@pytest.mark.django_db
def test_an_answer_carries_the_name_of_its_run(ask, call, use) -> None:
    use(World(events=[event(1, "2025-03-01T10:00")]))
    assert "run" not in ask()
    assert not Run.objects.exists()
    assert ask(run="mine")["run"] == "mine"
    assert call("get", "analyses/runs/mine/") == {"run": "mine", "state": "done"}
    assert call("get", "analyses/runs/mine/", role="viewer") == {"run": "mine", "state": "unknown"}
    assert call("delete", "analyses/runs/mine/") == {"run": "mine", "state": "done"}
    assert ask(run="mine")["run"] == "mine"  # over, so that its name is free again
    assert ask(role="viewer", expect=400, run="mine")["errors"]["run"]
    assert call("get", "analyses/runs/other/") == {"run": "other", "state": "unknown"}
    call("delete", "analyses/runs/other/", expect=404)
    series = [{"event": "video_created", "measure": "people"}]
    people: dict[str, Any] = {"series": series, "point": {"series": 0, "period": "2025-03-01"}, "run": "people"}
    assert ask("trend/people", **people)["run"] == "people"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "x" * 65, "a b", "../x", "a\nb"])
def test_names_of_runs_can_stand_in_an_address(ask, name: str) -> None:
    assert ask(expect=400, run=name)["errors"]["run"]


@pytest.mark.django_db
def test_runs_are_forgotten_after_a_day() -> None:
    ada = User.objects.create(username="ada")
    Run.objects.create(pk="old", user=ada)
    Run.objects.update(started_at=timezone.now() - timedelta(days=1, seconds=1))
    with runs.named_run("new", ada) as withdrawn:
        assert not withdrawn()
        assert list(Run.objects.values_list("pk", flat=True)) == ["new"]
        runs.withdraw(Run.objects.get(pk="new"))
        assert withdrawn()
