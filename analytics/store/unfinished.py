"""A restore that was begun and hasn't ended: it left a file in DATA_DIR, and the portal doesn't start.

The file holds what has to outlive the database that is replaced, so that a restore which is
killed at any moment is done again with nothing lost.
"""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings

from analytics.store.private import created

ADVICE = "A restore was interrupted: run `manage.py restore` with the same file again."


def begun() -> bool:
    return _file().exists()


def carried() -> list[Any]:
    """What ``begin`` was told, by a restore that didn't end; empty when there is none."""
    kept: list[Any] = json.loads(_file().read_text()) if begun() else []
    return kept


def begin(carried: list[Any]) -> None:
    """Keep values that JSON can hold until ``end``. It is on the disk when this returns."""
    draft = _file().with_suffix(".writing")
    with created(draft) as file:
        file.write(json.dumps(carried).encode())
        file.flush()
        os.fsync(file.fileno())
    draft.rename(_file())
    os.sync()  # the name, too


def end() -> None:
    _file().unlink(missing_ok=True)


def _file() -> Path:
    return settings.DATA_DIR / "restoring.json"
