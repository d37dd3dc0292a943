"""Timelines as files that every query process maps, and in each the few events that came since.

They hold sealed events and say of which segments. As long as all of these are published, what is
missing is the rows of other segments, the inbox, and who was merged since: these are put in when
somebody asks. Anything else (a month merged anew, an erased person, a merge undone) and there are no
timelines until ``keep`` has written them again; questions are then answered by the engine alone.
"""

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.conf import settings

from analytics.metrics.timeline_rows import TooManyKinds, in_order, timelines_of
from analytics.metrics.timelines import BYTES, Entangled, Ints, Kind, Timelines
from analytics.store import engine
from analytics.store.contents import Contents, contents
from analytics.store.engine import Session
from analytics.store.locks import alone
from analytics.store.models import Segment

FOLDER = "timelines"
VERSION = 3
COLUMNS = ("people", "starts", "at_us", "kind", "session")
SORTED_AT_ONCE = 2_500_000  # events: more would need more memory than questions may
SHARE_OF_MEMORY = 2  # of what a question may use, timelines take one part in so many
NOBODY = timelines_of([])
MOST = 0.9  # of the events; the others are put in by each process once


@dataclass(frozen=True)
class Stand:
    """Timelines of the events in some segments, and who their actors were."""

    folder: Path
    paths: frozenset[str]
    identities: pa.Table  # actor, person
    timelines: Timelines


class Kept:
    """The newest timelines that this process has."""

    def __init__(self) -> None:
        self._stand: Stand | None = None
        self._whole: tuple[Stand, pa.Table, Timelines] | None = None  # with what was in the inbox

    def current(self, now: Contents, session: Callable[[], Session]) -> Timelines | None:
        """Everything that was acknowledged; None where that takes more than putting a few events in.

        A session is opened only to read what isn't in these yet.
        """
        paths = frozenset(now.paths[Segment.Table.EVENTS])
        if self._stand is None or not self._stand.paths <= paths:
            self._stand = _newest(paths)
        if self._stand is None:
            return None
        try:
            self._stand = _brought_to(self._stand, paths, now.identities, session)
        except (Entangled, TooManyKinds):
            shutil.rmtree(self._stand.folder, ignore_errors=True)  # for the next task to write them anew
            self._stand = None
            return None
        try:
            return self._with_inbox(self._stand, now, session)
        except (Entangled, TooManyKinds):
            return None

    def _with_inbox(self, stand: Stand, now: Contents, session: Callable[[], Session]) -> Timelines:
        if not now.inbox.num_rows:
            self._whole = None
            return stand.timelines
        if self._whole is None or self._whole[0] is not stand or not self._whole[1].equals(now.inbox):
            more = _sorted(session(), session().lent(now.inbox), now.identities)
            self._whole = stand, now.inbox, stand.timelines.with_more(more)
        return self._whole[2]


KEPT = Kept()


def are_due() -> bool:
    """Whether there are none of most of what is sealed, though there may be."""
    rows = _sealed()
    every = sum(rows.values())
    looked_at = max((sum(rows[path] for path in about["paths"]) for _, about in _kept(rows)), default=0)
    return looked_at < MOST * every and every * BYTES <= _most_bytes()


def keep() -> bool:
    """Write timelines of all that is sealed, if they are due. Returns whether they were written."""
    with alone("timelines"):
        if not are_due():
            return False
        now = contents()
        try:
            _write(now, _read_anew(now))
        except TooManyKinds:
            _write(now, NOBODY)
            return False
        return True


def _sealed() -> dict[str, int]:
    """How many events each published segment has, by its path."""
    return dict(Segment.objects.published().of(Segment.Table.EVENTS).values_list("path", "rows"))


def _read_anew(now: Contents) -> Timelines:
    """Everything that is sealed, some of the people at a time. Raises TooManyKinds."""
    paths = now.paths[Segment.Table.EVENTS]
    parts = -(-sum(_sealed().values()) // SORTED_AT_ONCE)
    with engine.chosen().session() as session:
        rows = in_order(session.stored(Segment.Table.EVENTS, paths), session.lent(now.identities))
        each = (session.stream(rows.filter(rows.person % parts == part)) for part in range(parts))
        return timelines_of(chain.from_iterable(each))


def forget() -> None:
    """Remove what is kept on disk: erased people are in it."""
    for folder in _folders():
        shutil.rmtree(folder, ignore_errors=True)


def _most_bytes() -> int:
    return settings.QUERY_MEMORY_MB * 2**20 // SHARE_OF_MEMORY


def _brought_to(stand: Stand, paths: frozenset[str], identities: pa.Table, session: Callable[[], Session]) -> Stand:
    """Raises Entangled."""
    timelines = stand.timelines
    if paths == stand.paths and identities is stand.identities:
        return stand
    if identities is not stand.identities:
        timelines = timelines.moved(_moves(stand.identities, identities))
    if added := paths - stand.paths:
        events = session().stored(Segment.Table.EVENTS, sorted(added))
        timelines = timelines.with_more(_sorted(session(), events, identities))
    return replace(stand, paths=paths, identities=identities, timelines=timelines)


def _sorted(session: Session, events: ir.Table, identities: pa.Table) -> Timelines:
    return timelines_of(session.stream(in_order(events, session.lent(identities))))


def _moves(before: pa.Table, now: pa.Table) -> dict[int, int]:
    """Whose events are another's now: of whole people. Raises Entangled where somebody's came apart."""
    if before.equals(now):
        return {}
    actors = np.sort(np.concatenate([each.to_numpy() for table in (before, now) for each in table.columns]))
    actors = actors[np.append(True, actors[1:] != actors[:-1])]  # np.unique takes ten times as long
    old, new = _persons(actors, before), _persons(actors, now)
    moved = old != new
    people, first, of_people = np.unique(old[moved], return_index=True, return_inverse=True)
    into = new[moved][first]
    if np.any(into[of_people] != new[moved]) or np.any(np.isin(old[~moved], people)):
        raise Entangled
    return dict(zip(people.tolist(), into.tolist(), strict=True))


def _persons(actors: Ints, identities: pa.Table) -> Ints:
    persons = actors.copy()
    persons[np.searchsorted(actors, identities["actor"].to_numpy())] = identities["person"].to_numpy()
    return persons


def _write(now: Contents, timelines: Timelines) -> None:
    """In one rename, after which older ones are of no use to anybody who begins to read."""
    root = settings.DATA_DIR / FOLDER
    root.mkdir(exist_ok=True)
    older = list(_folders())
    folder = Path(mkdtemp(prefix="unfinished-", dir=root))
    for name in COLUMNS:
        _save(folder / name, getattr(timelines, name))
    _save(folder / "identities", np.stack([each.to_numpy() for each in now.identities.columns]))
    about = {"version": _version(), "paths": now.paths[Segment.Table.EVENTS], "kinds": timelines.kinds}
    (folder / "about.json").write_text(json.dumps(about))
    folder.rename(root / uuid4().hex)
    for each in older:
        shutil.rmtree(each, ignore_errors=True)


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    with path.with_suffix(".npy").open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())


def _newest(paths: Collection[str]) -> Stand | None:
    """What is on disk of these segments, or of some of them."""
    for folder, about in _kept(paths):
        with suppress(FileNotFoundError):  # replaced at this moment
            if about["kinds"]:
                return _read(folder, about)
    return None


def _kept(paths: Collection[str]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What was written of these segments, or of some of them. Without kinds: there were too many."""
    for folder in _folders():
        with suppress(FileNotFoundError):  # replaced at this moment, or left unfinished
            about = json.loads((folder / "about.json").read_text())
            if about["version"] == _version() and set(about["paths"]) <= set(paths):
                yield folder, about


def _version() -> str:
    """Sessions are known by numbers that the engine makes of their ids: those of another would be others."""
    return f"{VERSION} {settings.EVENTS_URL.partition(':')[0]} {version('duckdb')}"


def _read(folder: Path, about: dict[str, Any]) -> Stand:
    def mapped(name: str) -> npt.NDArray[Any]:
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))

    actor, person = np.load(folder / "identities.npy")
    timelines = Timelines(
        people=mapped("people"),
        starts=mapped("starts"),
        at_us=mapped("at_us"),
        kind=mapped("kind"),
        session=mapped("session"),
        kinds=tuple(Kind(*kind) for kind in about["kinds"]),
    )
    return Stand(folder, frozenset(about["paths"]), pa.table({"actor": actor, "person": person}), timelines)


def _folders() -> Iterator[Path]:
    yield from (settings.DATA_DIR / FOLDER).glob("*")
