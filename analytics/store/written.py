"""What an engine tells of rows that it wrote."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Written:
    """What became of rows that were written: their count, size, and first and last ``at_us`` (0: no such column)."""

    rows: int
    bytes: int
    min_at_us: int
    max_at_us: int


class Tally:
    """What goes by while it is written, counted."""

    def __init__(self) -> None:
        self.rows = 0
        self.bytes = 0  # in memory
        self._first: list[int] = []
        self._last: list[int] = []

    def add(self, batch: pa.RecordBatch | pa.Table) -> None:
        self.rows += batch.num_rows
        self.bytes += batch.nbytes
        if "at_us" in batch.schema.names and batch.num_rows:
            span = pc.min_max(batch["at_us"]).as_py()
            self._first.append(span["min"])
            self._last.append(span["max"])

    def written(self, size: int) -> Written:
        """``size`` is that of the rows at rest, in bytes."""
        return Written(self.rows, size, min(self._first, default=0), max(self._last, default=0))
