"""The environment of every test: a data directory of its own and, when asked, a real PostgreSQL."""

import os
import tempfile
from pathlib import Path

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="portal-test-")
os.environ.setdefault("SECRET_KEY", "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz")
os.environ["QUERY_PROCESSES"] = "0"  # queries run in the test's own process, inside its transaction

import pytest  # noqa: E402  (the environment comes before Django)


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings) -> Path:
    """Each test has a data directory of its own."""
    settings.DATA_DIR = tmp_path
    return tmp_path
