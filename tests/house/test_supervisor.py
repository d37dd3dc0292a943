"""The supervisor, with real processes."""

import os
import signal
import sys
import time
from threading import Thread

import psutil
import pytest

from productops.lib import supervisor as module
from productops.lib.supervisor import ChildKeepsDying, Supervisor

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
# A child that leaves a process of its own behind when it is killed, as a web server does.
WITH_OFFSPRING = [sys.executable, "-c", f"import subprocess; print('up'); subprocess.run({SLEEP!r})"]


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(said):
    supervisor = Supervisor(say=said.append)
    yield supervisor
    supervisor.stop()


def run_until(supervisor, condition):
    """Let it watch until the condition holds, then ask it to stop, from a thread as a signal would."""

    def ask() -> None:
        wait_for(condition)
        supervisor.stopping = True

    asker = Thread(target=ask)
    asker.start()
    supervisor.run()
    asker.join()


def test_a_dead_child_is_started_again_without_what_it_left_behind(supervisor, said):
    supervisor.add("web server", WITH_OFFSPRING, os.environ)
    first = psutil.Process(supervisor.children[0].process.pid)
    wait_for(first.children)
    (offspring,) = first.children()
    first.kill()
    run_until(supervisor, lambda: supervisor.children[0].process.pid != first.pid)
    wait_for(lambda: not offspring.is_running() or offspring.status() == psutil.STATUS_ZOMBIE)
    assert said == [f"The web server died (exit code {-signal.SIGKILL}); starting it again."]


def test_stopping_ends_every_process(supervisor):
    for name in ("one", "two"):
        supervisor.add(name, WITH_OFFSPRING, os.environ)
    parents = [psutil.Process(child.process.pid) for child in supervisor.children]
    for parent in parents:
        wait_for(parent.children)
    family = [*parents, *(grandchild for parent in parents for grandchild in parent.children())]
    supervisor.stop()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def test_a_child_that_does_not_end_when_asked_is_killed(supervisor, monkeypatch, tmp_path):
    monkeypatch.setattr(module, "SECONDS_TO_STOP", 0.2)
    deaf = tmp_path / "deaf"
    code = f"import pathlib, signal, time; signal.signal(15, signal.SIG_IGN); pathlib.Path({str(deaf)!r}).touch()"
    supervisor.add("worker", [sys.executable, "-c", f"{code}; time.sleep(600)"], os.environ)
    wait_for(deaf.exists)
    supervisor.stop()
    assert supervisor.children[0].process.returncode == -signal.SIGKILL


def test_a_child_that_keeps_dying_brings_all_down_with_a_sentence(supervisor):
    supervisor.add("beat", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    with pytest.raises(ChildKeepsDying, match="The beat died 6 times in a minute"):
        supervisor.run()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_children_end_when_the_supervisor_is_killed(tmp_path):
    code = (
        "import os; from productops.lib.supervisor import Supervisor; s = Supervisor(say=print);"
        f"s.add('web', {SLEEP!r}, os.environ); print(s.children[0].process.pid, flush=True); s.run()"
    )
    with psutil.Popen([sys.executable, "-c", code], stdout=-1) as killed:
        child = psutil.Process(int(killed.stdout.readline()))
        killed.kill()
    wait_for(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
