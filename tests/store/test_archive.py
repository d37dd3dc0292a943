"""A backup's file: whole and private, or refused with a sentence."""

import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analytics.store import archive


def advance(size: int) -> None:
    pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    (made / "database").mkdir(parents=True)
    (made / "database" / "rows").write_bytes(b"rows")
    return made


def test_what_is_packed_comes_out_again(folder: Path, tmp_path: Path) -> None:
    archive.pack(folder, tmp_path / "backup.tar", {"format": 1}, advance)
    (tmp_path / "out").mkdir()
    assert archive.unpack(tmp_path / "backup.tar", tmp_path / "out", advance) == {"format": 1}
    assert (tmp_path / "out" / "database" / "rows").read_bytes() == b"rows"


@pytest.mark.parametrize("left", ["file", "link", None])
def test_nobody_else_can_ever_read_it(folder: Path, tmp_path: Path, left: str | None) -> None:
    """Not even through a file of that name which was there before, and is open."""
    unfinished, elsewhere = tmp_path / "backup.tar.writing", tmp_path / "elsewhere"
    if left == "file":
        unfinished.write_bytes(b"left")
        unfinished.chmod(0o644)
    elif left == "link":
        unfinished.symlink_to(elsewhere)
    opened = os.open(unfinished, os.O_RDONLY) if left == "file" else None
    modes = set()
    archive.pack(folder, tmp_path / "backup.tar", {}, lambda size: modes.add(unfinished.lstat().st_mode & 0o177_777))
    assert modes == {0o100_600}
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600
    assert not elsewhere.exists()
    if opened is not None:
        assert os.read(opened, 100) == b"left"
        os.close(opened)


def remade(change: Callable[[dict[str, Any]], Any], source: Path, target: Path) -> None:
    """The archive with another manifest."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            content = old.extractfile(member).read()
            if member.name == archive.MANIFEST:
                changed = change(json.loads(content))
                content = changed if isinstance(changed, bytes) else json.dumps(changed).encode()
                member.size = len(content)
            new.addfile(member, io.BytesIO(content))


WRONG = {
    "not JSON": lambda manifest: b"{",
    "not text": lambda manifest: b"\xff",
    "a list": lambda manifest: [],
    "empty": lambda manifest: {},
    "without sums": lambda manifest: {key: value for key, value in manifest.items() if key != "sha256"},
    "a list of sums": lambda manifest: manifest | {"sha256": ["rows"]},
    "sums that are none": lambda manifest: manifest | {"sha256": dict.fromkeys(manifest["sha256"], 1)},
    "of a missing file": lambda manifest: manifest | {"sha256": manifest["sha256"] | {"more": "0"}},
    "silent on a file": lambda manifest: manifest | {"sha256": {}},
    "without a format": lambda manifest: {key: value for key, value in manifest.items() if key != "format"},
    "of a later format": lambda manifest: {"format": 2, "sha256": manifest["sha256"]},
    "without a database": lambda manifest: {key: value for key, value in manifest.items() if key != "database"},
    "without migrations": lambda manifest: {key: value for key, value in manifest.items() if key != "migrations"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
def test_a_manifest_that_is_wrong_is_refused_with_a_sentence(folder: Path, tmp_path: Path, wrong) -> None:
    about = {"format": 1, "database": "sqlite", "migrations": []}
    archive.pack(folder, tmp_path / "backup.tar", about, advance)
    remade(wrong, tmp_path / "backup.tar", tmp_path / "wrong.tar")
    with pytest.raises(CommandError, match=r"Nothing was changed\."):
        call_command("restore", tmp_path / "wrong.tar")
    assert not (tmp_path / "restoring.json").exists()
