"""Processes are killed at random while they write, seal, compact, sweep and read; nothing is lost or doubled."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 30


@pytest.mark.slow
def test_killed_at_any_moment_everything_acknowledged_is_stored_once(empty_database: str, tmp_path: Path):
    environment = os.environ | {
        "DATABASE_URL": empty_database,
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "productops.settings",
        "QUERY_SECONDS": "4",  # the janitor's patience with readers: short, so that it has work
    }
    crew = subprocess.run(
        [sys.executable, "-m", "tests.store.crew", str(tmp_path), str(KILLS), "1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert crew.returncode == 0, crew.stderr
    outcome = json.loads(crew.stdout)
    assert outcome["acknowledged"] == outcome["stored"] == outcome["distinct"] == outcome["in segments"], outcome
    assert outcome["missing"] == 0
    assert outcome["looks"] >= 3
    assert "rewrite" in outcome["origins"]  # the compactor had its part in it
