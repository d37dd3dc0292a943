"""What every test has: an environment of its own and, when asked, real servers."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.lib import environment

environment.prepare()

import django  # noqa: E402  (the environment comes before the settings)
import hypothesis  # noqa: E402
import pytest  # noqa: E402

# How long an example takes says how busy the machine is, and nothing about the code.
hypothesis.settings.register_profile("portal", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("portal")

django.setup()  # the rooms' own conftest files import models

from django.conf import settings as project_settings  # noqa: E402

# Files are served from where they stand: collecting them would cost every run seconds.
project_settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Passwords of tests protect nothing, and a slow hash would cost every login half a second.
project_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

from productops.lib.redis import embedded_redis  # noqa: E402
from tests.lib import clickhouse  # noqa: E402
from tests.lib.postgres import Postgres  # noqa: E402

if os.environ.get("TEST_EVENTS") == "clickhouse":
    project_settings.EVENTS_URL = clickhouse.new_database()

# Chromium looks for its maker's servers, for a graphics card and for much shared memory: a machine of CI has none.
ALONE = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]

pytest_plugins = ["tests.lib.optional_tools", "tests.lib.stack", "tests.lib.staff", "tests.lib.browsing"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A run on PostgreSQL leaves out what the run on SQLite has said already.

    These are tests that start databases of both kinds, use none, or ask a made-up world that ``use`` puts in its place.
    One with events elsewhere leaves out those that look for files as well.
    """
    ran = []
    if os.environ.get("TEST_DATABASE") or os.environ.get("TEST_EVENTS"):
        ran += [item for item in items if not _is_about_the_database(item)]
    if os.environ.get("TEST_EVENTS"):
        ran += [item for item in items if item.get_closest_marker("files")]
    config.hook.pytest_deselected(items=ran)
    items[:] = [item for item in items if item not in set(ran)]


def _is_about_the_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    uses_it = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}
    return bool(uses_it) and not fixtures & {"empty_database", "use"}


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, settings) -> Path:
    """Each test has a data directory of its own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """A running PostgreSQL, whatever database this run itself is on."""
    return Postgres.shared()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once of each kind: for tests that start processes of their own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    return request.getfixturevalue("postgres").create_database()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running Redis."""
    with embedded_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator["playwright.sync_api.Browser"]:  # noqa: F821
    """A running Chromium; tests that use it are marked ``browser``."""
    from playwright.sync_api import sync_playwright

    from tests.lib.optional_tools import chromium_path

    # Playwright keeps an event loop running in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=[*ALONE, *as_root])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node.js; tests that use it are marked ``node``. Packages are in ``tests/node/node_modules``."""
    return shutil.which("node") or pytest.fail("a test that uses Node must be marked `node`")
