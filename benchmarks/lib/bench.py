"""What rows share: a folder, a PostgreSQL, and installations with data, each made once."""

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lib.installation import ROOT, Installation, Run

if TYPE_CHECKING:
    from tests.lib.postgres import Postgres

USUAL_EVENTS = 10_000_000
BIG_EVENTS = int(os.environ.get("BENCH_EVENTS", USUAL_EVENTS))
EVENTS_PER_PERSON = 100
BIG_YEARS = 2


class Bench:
    def __init__(self) -> None:
        self.folder = Path(os.environ.get("BENCH_DIR", Path(tempfile.gettempdir()) / "portal-bench"))
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def events(self) -> int:
        """How many the big data set has."""
        return BIG_EVENTS

    @property
    def is_of_usual_size(self) -> bool:
        return BIG_EVENTS == USUAL_EVENTS

    @property
    def size(self) -> str:
        """Of the big data set, for titles."""
        return f"{BIG_EVENTS / 1e6:g} million events"

    @cached_property
    def postgres(self) -> "Postgres":
        """A durable PostgreSQL with its own defaults, as one finds it installed."""
        from tests.lib.postgres import Postgres

        return Postgres(self.folder / "postgres")

    def fresh(self, name: str, *, on_postgres: bool = False) -> Installation:
        """An empty installation, migrated."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        installation = Installation(folder, self.postgres.create_database() if on_postgres else "")
        installation.manage("migrate", "-v0")
        (folder / "static").mkdir()
        return installation

    @cached_property
    def demo(self) -> Installation:
        """The demo data on SQLite, with nothing derived from it yet."""
        return self._generated("demo")

    @cached_property
    def big(self) -> Installation:
        """Ten million events of a hundred thousand people over two years, on SQLite; or BENCH_EVENTS of them."""
        return self._of_size(BIG_EVENTS)

    def with_rollups_of(self, events: int) -> Installation:
        """So many events over two years, one person to a hundred of them, after their first night."""
        return self._after_a_night(self._of_size(events), f"{_name(events)}-rolled-up")[0]

    def _of_size(self, events: int) -> Installation:
        counts = {"--events": events, "--people": events // EVENTS_PER_PERSON, "--years": BIG_YEARS}
        return self._generated(_name(events), *(f"{option}={count}" for option, count in counts.items()))

    @cached_property
    def with_rollups(self) -> Installation:
        """The demo data after its first night."""
        return self._after_a_night(self.demo, "demo-rolled-up")[0]

    @property
    def big_with_rollups(self) -> Installation:
        return self._big_night[0]

    @property
    def full_night(self) -> Run:
        """The first night of the ten million events."""
        return self._big_night[1]

    @cached_property
    def _big_night(self) -> tuple[Installation, Run]:
        return self._after_a_night(self.big, f"{_name(BIG_EVENTS)}-rolled-up")

    def _after_a_night(self, installation: Installation, name: str) -> tuple[Installation, Run]:
        done = self.folder / f"{name}.json"
        if done.exists() and (kept := json.loads(done.read_text())).pop("models", "") == _models():
            portal, night = Installation(self.folder / name), Run(**kept)
        else:
            portal = self.copy(installation, name)
            night = portal.manage("rollup")
            done.write_text(json.dumps(asdict(night) | {"models": _models()}))
        portal.manage("compact")  # each time: what an earlier version wrote may be of no use to this one
        return portal, night

    def is_made(self, done: Path, source: Path | None = None) -> bool:
        """Whether ``done`` marks what was made of ``source`` as it is now; None: of the big data set."""
        source = source or self.folder / f"{_name(BIG_EVENTS)}-rolled-up.json"
        return done.exists() and done.stat().st_mtime >= source.stat().st_mtime

    def _generated(self, name: str, *options: str) -> Installation:
        done = self.folder / f"{name}.done"
        if done.exists() and done.read_text() == _models():
            return Installation(self.folder / name)
        installation = self.fresh(name)
        installation.manage("collectstatic", "--no-input", "-v0")
        installation.manage("generate_demo", *options)
        done.write_text(_models())
        return installation

    def copy(self, installation: Installation, name: str) -> Installation:
        """The same data for a row that changes it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(installation.data_dir, folder)
        return Installation(folder, variables=installation.variables)


def _models() -> str:
    """Tells databases apart that were made with other tables than there are now."""
    migrations = sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("*/*/migrations/*.py"))
    return sha256(b"".join(file.read_bytes() for file in migrations)).hexdigest()[:16]


def _name(events: int) -> str:
    return f"events-{events}"
