"""Running portals, and the proxy that stands before one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.people import linking
from tests.collect.faulty import FaultyProxy
from tests.collect.portal import MakePortal, Portal


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What this process knows to be written was written in another test's database."""
    linking.forget()
    yield
    linking.forget()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def portal(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker
) -> Iterator[Portal]:
    """A running portal, once on each database. Each test makes itself a source."""
    folder: Path = tmp_path_factory.mktemp("portal")
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'portal.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres").create_database()
    with django_db_blocker.unblock():
        running = Portal(folder, url)
        running.start()
        yield running
        running.close()


@pytest.fixture
def make_portal(empty_database: str, tmp_path: Path, django_db_blocker) -> Iterator[MakePortal]:
    """Makes portals on one database of their own; at the end they are stopped."""
    made: list[Portal] = []

    def make(**options) -> Portal:
        made.append(Portal(tmp_path, empty_database, **options))
        made[-1].start()
        return made[-1]

    with django_db_blocker.unblock():
        yield make
        for portal in made:
            portal.close()


@pytest.fixture
def proxy(portal: Portal) -> Iterator[FaultyProxy]:
    faulty = FaultyProxy(portal.port)
    yield faulty
    faulty.close()
