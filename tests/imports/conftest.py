from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.collect.models import Source
from analytics.collect.services import create_source
from analytics.imports.progress import Progress
from analytics.imports.services import import_file
from analytics.people import linking
from analytics.store.reading import snapshot


@pytest.fixture
def source(db) -> Source:
    linking.forget()
    return create_source(name="Old log", platform="web")[0]


@pytest.fixture
def imported(source: Source, tmp_path: Path):
    """Imports a text, or bytes, as a file; returns what became of its rows."""

    def run(content: str | bytes, name: str = "log.csv", *, columns=None, zone="UTC", dry_run=False) -> Progress:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_file(path, source=source, columns=columns or {}, zone=ZoneInfo(zone), dry_run=dry_run)

    return run


def stored() -> list[dict]:
    """All events, in order of time."""
    with snapshot() as tables:
        return tables.events.order_by(["at_us", "message_id"]).to_pyarrow().to_pylist()
