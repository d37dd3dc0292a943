"""Timelines as files that every query process maps, and in each the few events that came since.

They hold sealed events and say of which segments. As long as all of these are published, what is
missing is the rows of other segments, the inbox, and who was merged since: these are put in when
somebody asks. Anything else (a month merged anew, an erased person, a merge undone) and there are no
timelines until ``keep`` has written them again; questions are then answered by the engine alone.
"""

import json
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.conf import settings

from analytics.metrics.timeline_rows import in_order, timelines_of
from analytics.metrics.timelines import BYTES, Entangled, Ints, Kind, Timelines
from analytics.store import engine
from analytics.store.contents import Contents, contents
from analytics.store.engine import Session
from analytics.store.locks import alone
from analytics.store.models import Segment

FOLDER = "timelines"
VERSION = 1
COLUMNS = ("people", "who", "at_us", "kind", "session")
SORTED_AT_ONCE = 2_500_000  # events: more would need more memory than questions may
SHARE_OF_MEMORY = 2  # of what a question may use, timelines take one part in so many
MOST_KINDS = 250_000
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

    def current(self, now: Contents, session: Session) -> Timelines | None:
        """Everything that was acknowledged; None where that takes more than putting a few events in."""
        paths = frozenset(now.paths[Segment.Table.EVENTS])
        if self._stand is None or not self._stand.paths <= paths:
            self._stand = _newest(paths)
        if self._stand is None:
            return None
        try:
            self._stand = _brought_to(self._stand, paths, now.identities, session)
        except Entangled:
            shutil.rmtree(self._stand.folder, ignore_errors=True)  # for the next task to write them anew
            self._stand = None
            return None
        try:
            return self._with_inbox(self._stand, now, session)
        except Entangled:
            return None

    def _with_inbox(self, stand: Stand, now: Contents, session: Session) -> Timelines:
        if self._whole is None or self._whole[0] is not stand or not self._whole[1].equals(now.inbox):
            more = timelines_of(session.stream(in_order(session.lent(now.inbox), session.lent(now.identities))))
            self._whole = stand, now.inbox, stand.timelines.with_more(more)
        return self._whole[2]


KEPT = Kept()


def are_missing() -> bool:
    """Whether there are none of most of what is sealed."""
    rows = _sealed()
    stand = _newest(rows)
    kept = sum(rows[path] for path in stand.paths) if stand else 0
    return kept < MOST * sum(rows.values())


def keep() -> bool:
    """Write timelines of all that is sealed, if they are missing. Returns whether they were written."""
    with alone("timelines"):
        if not are_missing() or sum(_sealed().values()) * BYTES > _most_bytes():
            return False
        now = contents()
        timelines = _read_anew(now)
        if len(timelines.kinds) > MOST_KINDS:
            return False
        _write(now, timelines)
        return True


def _sealed() -> dict[str, int]:
    """How many events each published segment has, by its path."""
    return dict(Segment.objects.published().of(Segment.Table.EVENTS).values_list("path", "rows"))


def _read_anew(now: Contents) -> Timelines:
    """Everything that is sealed, some of the people at a time."""
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


def _brought_to(stand: Stand, paths: frozenset[str], identities: pa.Table, session: Session) -> Stand:
    """Raises Entangled."""
    timelines = stand.timelines
    if paths == stand.paths and identities is stand.identities:
        return stand
    if identities is not stand.identities:
        timelines = timelines.moved(_moves(stand.identities, identities))
    if added := paths - stand.paths:
        events = session.stored(Segment.Table.EVENTS, sorted(added))
        timelines = timelines.with_more(timelines_of(session.stream(in_order(events, session.lent(identities)))))
    return replace(stand, paths=paths, identities=identities, timelines=timelines)


def _moves(before: pa.Table, now: pa.Table) -> dict[int, int]:
    """Whose events are another's now: of whole people. Raises Entangled where somebody's came apart."""
    actors = np.unique(np.concatenate([each.to_numpy() for table in (before, now) for each in table.columns]))
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
    about = {"version": VERSION, "paths": now.paths[Segment.Table.EVENTS], "kinds": timelines.kinds}
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
    for folder in _folders():
        try:
            about = json.loads((folder / "about.json").read_text())
            if about["version"] == VERSION and set(about["paths"]) <= set(paths):
                return _read(folder, about)
        except FileNotFoundError:  # replaced at this moment, or left unfinished
            continue
    return None


def _read(folder: Path, about: dict[str, Any]) -> Stand:
    columns = {name: np.load(folder / f"{name}.npy", mmap_mode="r") for name in COLUMNS}
    actor, person = np.load(folder / "identities.npy")
    return Stand(
        folder,
        frozenset(about["paths"]),
        pa.table({"actor": actor, "person": person}),
        Timelines(**columns, kinds=tuple(Kind(*kind) for kind in about["kinds"])),
    )


def _folders() -> Iterator[Path]:
    yield from (settings.DATA_DIR / FOLDER).glob("*")
