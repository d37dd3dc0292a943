"""Reads rows out of a file of any of the formats, without ever holding the file.

A row that can't be read is a ``Damaged``, in its place among the others.
"""

import codecs
import csv
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

LONGEST_LINE = 4 * 1024 * 1024  # characters; what is longer is no event
_DELIMITERS = ",;\t|"
_BATCH = 5_000  # rows of Parquet in memory


@dataclass(frozen=True)
class Row:
    number: int  # the first is 1; a header doesn't count
    values: dict[str, Any]


@dataclass(frozen=True)
class Damaged:
    number: int
    reason: str
    detail: str
    text: str = ""


class UnreadableFile(Exception):
    """The file as a whole is none of the formats; the message says why."""


@dataclass(frozen=True)
class Opened:
    """A file that is being read. ``columns`` is empty where each row names its own."""

    columns: tuple[str, ...]
    rows: Iterator[Row | Damaged]
    position: Callable[[], int]
    size: int
    """``position`` and ``size`` are in bytes of the file, or rows of a Parquet file."""


@contextmanager
def open_rows(path: Path) -> Iterator[Opened]:
    """Open a file by what is in it, whatever its name is. Raises UnreadableFile and OSError."""
    with path.open("rb") as raw:
        if raw.read(4) == b"PAR1":
            with _parquet(path) as opened:
                yield opened
            return
        raw.seek(0)
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw)
        encoding, start = _look(stream)
        with io.TextIOWrapper(stream, encoding, "surrogateescape", newline="") as text:
            size = os.fstat(raw.fileno()).st_size
            if start == b"{":
                yield Opened((), _json_lines(text), raw.tell, size)
            else:
                columns, rows = _csv(text)
                yield Opened(columns, rows, raw.tell, size)


def _look(stream: IO[bytes]) -> tuple[str, bytes]:
    """The encoding and first character of a file that holds rows of text. Raises UnreadableFile."""
    try:
        head = stream.peek(4_096)[:4_096]  # type: ignore[attr-defined]
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"The compressed file is damaged: {error}") from None
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if not start:
        raise UnreadableFile("The file is empty.")
    if start == b"[":
        raise UnreadableFile("The file is one JSON array. Write one JSON object per line instead.")
    return ("utf-16" if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"), start


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Lines with their ends; one that is too long comes in parts. Raises EOFError where the file breaks off."""
    try:
        while line := text.readline(LONGEST_LINE):
            yield line
    except (zlib.error, gzip.BadGzipFile, UnicodeError) as error:
        raise EOFError(str(error)) from None


def _json_lines(text: io.TextIOWrapper) -> Iterator[Row | Damaged]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    number, inside = 0, False  # of a line that is too long
    try:
        for line in _lines(text):
            ends = line.endswith("\n") or len(line) < LONGEST_LINE
            if inside or not line.strip():
                inside = not ends
                continue
            number += 1
            inside = not ends
            if inside:
                yield Damaged(number, "too_large", f"The line has more than {LONGEST_LINE} characters.", line)
            elif not _is_text(line):
                yield Damaged(number, "bad_encoding", "The line is not UTF-8.", line)
            else:
                try:
                    yield Row(number, decode(line))
                except (msgspec.DecodeError, RecursionError) as error:
                    yield Damaged(number, "invalid_json", str(error) or "Too deep.", line)
    except EOFError as error:
        yield _broken_off(number + 1, error)


def _csv(text: io.TextIOWrapper) -> tuple[tuple[str, ...], Iterator[Row | Damaged]]:
    csv.field_size_limit(LONGEST_LINE)
    lines = _lines(text)
    try:
        header = next(lines)
        delimiter = max(_DELIMITERS, key=header.count)
        reader = csv.reader(lines, delimiter=delimiter, strict=False)
        columns = tuple(name.strip() for name in next(csv.reader([header], delimiter=delimiter)))
    except (EOFError, csv.Error, StopIteration) as error:
        raise UnreadableFile(f"The header can't be read: {error}") from None
    if any("\udc80" <= character <= "\udcff" for character in header):
        raise UnreadableFile("The header is not UTF-8. Convert the file first.")
    if len(set(columns)) < len(columns):
        raise UnreadableFile("Two columns of the header have the same name.")
    return columns, _csv_rows(reader, columns)


def _csv_rows(reader: Any, columns: tuple[str, ...]) -> Iterator[Row | Damaged]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except EOFError as error:
            yield _broken_off(number, error)
            return
        except csv.Error as error:
            yield Damaged(number, "invalid_csv", str(error))
            continue
        if not cells:
            number -= 1
            continue
        raw = ",".join(cells)
        if len(cells) != len(columns):
            yield Damaged(number, "wrong_columns", f"{len(cells)} fields instead of {len(columns)}.", raw)
        elif not _is_text(raw):
            yield Damaged(number, "bad_encoding", "The row is not UTF-8.", raw)
        else:
            yield Row(number, dict(zip(columns, cells, strict=True)))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _broken_off(number: int, error: EOFError) -> Damaged:
    return Damaged(number, "broken_off", f"The compressed file ends in the middle: {error}")


def _in_microseconds(batch: pa.RecordBatch) -> pa.RecordBatch:
    """pandas writes times in nanoseconds, which no ``datetime`` holds."""
    fields = [
        field.with_type(pa.timestamp("us", field.type.tz)) if pa.types.is_timestamp(field.type) else field
        for field in batch.schema
    ]
    return batch.cast(pa.schema(fields), safe=False)


@contextmanager
def _parquet(path: Path) -> Iterator[Opened]:
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(f"The Parquet file can't be read: {error}") from None
    done = 0

    def rows() -> Iterator[Row | Damaged]:
        nonlocal done
        try:
            for batch in file.iter_batches(_BATCH):
                for values in _in_microseconds(batch).to_pylist():
                    done += 1
                    yield Row(done, values)
        except (pa.ArrowException, OSError) as error:
            yield Damaged(done + 1, "broken_off", f"The rest of the Parquet file can't be read: {error}")

    with file:
        yield Opened(tuple(file.schema_arrow.names), rows(), lambda: done, file.metadata.num_rows)
