"""How far an import has come, so that one that was killed goes on where it stopped."""

import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass
class Progress:
    """Counts after the last chunk that is stored for good."""

    rows: int = 0  # read
    imported: int = 0
    rejected: Counter[str] = field(default_factory=Counter)  # by reason
    rejected_bytes: int = 0

    @property
    def known(self) -> int:
        """Rows that were events already."""
        return self.rows - self.imported - self.rejected.total()


class ProgressFile:
    """Keeps the progress of one import: of this very file, read in this very way."""

    def __init__(self, file: Path, **manner: Any) -> None:
        stat = file.stat()
        facts = [str(file.resolve()), stat.st_size, stat.st_mtime_ns, manner]
        name = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]
        self._path = settings.DATA_DIR / "imports" / f"{name}.json"

    def read(self) -> Progress:
        if not self._path.exists():
            return Progress()
        kept = json.loads(self._path.read_text())
        return Progress(**kept | {"rejected": Counter(kept["rejected"])})

    def write(self, progress: Progress) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".writing")
        with temporary.open("w") as file:
            json.dump(vars(progress), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(self._path)

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
