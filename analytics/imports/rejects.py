"""The list of rows that could not be imported, beside the file they are from."""

import csv
import os
from pathlib import Path

from productops.lib.exports import harmless

_HEADER = ("row", "reason", "detail", "text")
_LONGEST = 1_000  # characters of a row that are repeated


class Rejects:
    """Appends to FILE.rejected.csv, which exists only when there is something in it."""

    def __init__(self, file: Path, *, keep_bytes: int) -> None:
        """Continue a list of which the first ``keep_bytes`` are known to be good; 0 starts a new one."""
        self.path = file.with_name(f"{file.name}.rejected.csv")
        if not keep_bytes:
            self.path.unlink(missing_ok=True)
        elif self.path.exists():
            os.truncate(self.path, keep_bytes)

    def add(self, rejected: list[tuple[int, str, str, str]]) -> int:
        """Write down row number, reason, detail and text of rows, durably; returns the list's length in bytes."""
        if not rejected:
            return self.path.stat().st_size if self.path.exists() else 0
        with self.path.open("a", newline="", encoding="utf-8", errors="backslashreplace") as file:
            writer = csv.writer(file)
            if not file.tell():
                writer.writerow(_HEADER)
            writer.writerows((row, reason, *map(_printable, texts)) for row, reason, *texts in rejected)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()


def _printable(text: str) -> str:
    return str(harmless(text[:_LONGEST].replace("\0", "").rstrip("\r\n")))
