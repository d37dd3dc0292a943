"""A folder as one tar file, with the checksum of each member in a manifest at its end."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec

from analytics.store.private import created

MANIFEST = "manifest.json"
Advance = Callable[[int], object]


class BrokenArchive(Exception):
    """The file isn't a whole backup."""


class _Hashed:
    """A file that is hashed and counted while it is read."""

    def __init__(self, file: IO[bytes], advance: Advance) -> None:
        self._file, self._advance = file, advance
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.sha256.update(block)
        self._advance(len(block))
        return block


def pack(folder: Path, target: Path, about: dict[str, Any], advance: Advance) -> None:
    """Write all files below ``folder`` and what is ``about`` them to ``target``, which appears when it is whole."""
    unfinished = target.with_name(f"{target.name}.writing")
    sums: dict[str, str] = {}
    with created(unfinished) as whole, tarfile.open(fileobj=whole, mode="w") as tar:
        for path in _files(folder):
            name = str(path.relative_to(folder))
            with path.open("rb") as file:
                hashed = _Hashed(file, advance)
                tar.addfile(tar.gettarinfo(path, name), hashed)
                sums[name] = hashed.sha256.hexdigest()
        manifest = json.dumps(about | {"sha256": sums}, indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest))
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(target)


def unpack(source: Path, folder: Path, advance: Advance) -> dict[str, Any]:
    """Extract into ``folder``, check every file, and return what the archive is about. Raises BrokenArchive."""
    try:
        with tarfile.open(source, "r:") as tar:
            for member in tar:
                _extract(tar, member, folder)
                advance(member.size)
        about = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=dict[str, Any])
        sums = msgspec.convert(about.pop("sha256", None), dict[str, str])
    except (tarfile.TarError, FileNotFoundError, EOFError, msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise BrokenArchive(f"{source} is no whole backup: {problem}.") from problem
    files = {str(path.relative_to(folder)): path for path in _files(folder)}
    if files.keys() != sums.keys() | {MANIFEST}:
        raise BrokenArchive(f"{source} is no whole backup: its manifest names other files.")
    for name, expected in sums.items():
        with files[name].open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise BrokenArchive(f"{name} in {source} isn't what was backed up.")
    return about


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """Write a file as ``pack`` puts it in; what a stranger may have put there is refused."""
    # tarfile's own filter for such archives is not in every Python 3.11.
    target = (folder / member.name).resolve()
    packed = tar.extractfile(member) if member.isreg() else None
    if packed is None or not target.is_relative_to(folder.resolve()):
        raise BrokenArchive(f"{member.name} has no place in a backup.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch(mode=0o600)
    with target.open("wb") as file:
        shutil.copyfileobj(packed, file)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
