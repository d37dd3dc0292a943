"""Parquet files that appear whole or not at all, laid out for size and for pruning."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analytics.store.schema import SCHEMA_VERSION

# Rows of a group share a dictionary and minima; readers skip whole groups by those.
ROW_GROUP = 122_880
ZSTD_LEVEL = 9

# Ids are nearly all distinct: a dictionary would hold each of them once more.
UNIQUE_TEXT = {"message_id"}


@dataclass(frozen=True)
class Written:
    """What became of rows that were written: their count, size, and first and last ``at_us`` (0: no such column)."""

    rows: int
    bytes: int
    min_at_us: int
    max_at_us: int


def write(path: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch | pa.Table]) -> Written:
    """Write batches of ``schema`` to ``path``, durably: after a crash the file is whole or isn't there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".writing")
    rows, first, last = 0, [], []
    with temporary.open("wb") as file:
        with pq.ParquetWriter(file, _stamped(schema), **_layout(schema)) as writer:
            for batch in batches:
                writer.write(batch.cast(_stamped(schema)), row_group_size=ROW_GROUP)
                rows += batch.num_rows
                if "at_us" in schema.names and batch.num_rows:
                    span = pc.min_max(batch["at_us"]).as_py()
                    first.append(span["min"])
                    last.append(span["max"])
        file.flush()
        os.fsync(file.fileno())
        size = file.tell()
    temporary.rename(path)
    _fsync_folder(path.parent)
    return Written(rows=rows, bytes=size, min_at_us=min(first, default=0), max_at_us=max(last, default=0))


def _stamped(schema: pa.Schema) -> pa.Schema:
    return schema.with_metadata({"schema_version": str(SCHEMA_VERSION)})


def _layout(schema: pa.Schema) -> dict:
    return {
        "compression": "zstd",
        "compression_level": ZSTD_LEVEL,
        "use_dictionary": [name for name in schema.names if name not in UNIQUE_TEXT],
        "version": "2.6",
        "store_schema": False,
    }


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
