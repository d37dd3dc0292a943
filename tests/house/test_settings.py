"""A wrong setting stops the start with a sentence that says how to mend it; a missing one has a default."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from productops.lib import checks
from productops.lib.checks import check_environment
from productops.lib.environment import Environment, WrongSetting

ROOT = Path(__file__).parents[2]


def check(tmp_path: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), **variables}
    command = [sys.executable, "manage.py", "check"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_with_nothing_set_all_is_well(tmp_path):
    answer = check(tmp_path)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "no issues" in answer.stdout
    assert len((tmp_path / "secret_key").read_text()) >= 50


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PORT", "eighty", "give a whole number, 1 to 65535"),
        ("PORT", "65536", "give a whole number, 1 to 65535"),
        ("WEB_WORKERS", "0", "give a whole number, 1 or more"),
        ("WEEK_START", "7", "give a whole number, 0 to 6"),
        ("DEBUG", "ture", "use true or false"),
        ("API_RATE", "lots", "write it as 600/min"),
        ("DATA_DIR", "/dev/null/data", "name a folder the portal's user may write to"),
        ("DATABASE_URL", "mysql://root:hunter2@db/portal", "begin it with postgres:// or sqlite:///"),
        ("EMAIL_URL", "pigeon://root:hunter2@post", "write it as smtp+tls://user:password@host:587"),
        ("TIME_ZONE", "Mars/Olympus", "Use an IANA name such as Europe/Berlin"),
        ("EVENTS_URL", "abacus://", "use one of: segments"),
        ("EVENTS_URL", "clickhouse://root:hunter2@db", "Write it as clickhouse://user:password@host:8123/"),
        ("REDIS_URL", "localhost:6379", "Write it as redis://host:6379/0"),
        ("TRUSTED_PROXIES", "10.0.0.7,proxy.example", "Use addresses and networks such as 10.0.0.7"),
        ("COLLECT_RATE_PER_IP", "-1", "give a whole number, 0 or more"),
        ("SECRET_KEY", "short", "Give it 32 characters or more"),
        ("LOG_LEVEL", "LOUD", "use DEBUG, INFO, WARNING, ERROR or CRITICAL"),
    ],
)
def test_a_wrong_one_is_answered_with_a_sentence(tmp_path, name, value, advice):
    answer = check(tmp_path, **{name: value})
    assert answer.returncode == 1
    assert name in answer.stderr
    assert advice in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "hunter2" not in answer.stderr + answer.stdout


def test_an_engine_whose_package_is_missing(monkeypatch, settings):
    settings.EVENTS_URL = "clickhouse://db/events"
    assert not check_environment()
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (problem,) = check_environment()
    assert "clickhouse_connect" in problem.msg


def test_words_are_cut_at_commas_and_blanks_left_out():
    assert Environment({"HOSTS": " a.example, b.example,,"}).words("HOSTS") == ["a.example", "b.example"]


@pytest.mark.parametrize(("text", "on"), [("true", True), ("YES", True), ("1", True), ("off", False), ("", False)])
def test_switches(text, on):
    assert Environment({"DEBUG": text}).switch("DEBUG") is on


@pytest.mark.parametrize("text", ["-1", "1.5", "²", " 7"])
def test_what_is_no_whole_number(text):
    with pytest.raises(WrongSetting):
        Environment({"N": text}).number("N", default=1)
