"""Tables as CSV and Parquet, streamed: whatever their length, a few thousand rows are in memory."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Iterable[Sequence[Any]]
BOM = "\ufeff"  # by which spreadsheets know UTF-8
ROWS_PER_PIECE = 1_000
ROWS_PER_GROUP = 50_000
STARTS_OF_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class StreamedFile(StreamingHttpResponse):
    """A download made piece by piece; under ASGI in the request's thread, not all at once before the first byte."""

    def __init__(self, filename: str, content_type: str, pieces: Iterable[bytes]) -> None:
        disposition = content_disposition_header(as_attachment=True, filename=filename)
        super().__init__(pieces, content_type=content_type, headers={"Content-Disposition": disposition})

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = cast("Iterator[bytes]", self.streaming_content)
        while piece := await sync_to_async(_next_of)(pieces):
            yield piece


def _next_of(pieces: Iterator[bytes]) -> bytes:
    """The next piece that holds something; nothing at the end."""
    return next(filter(None, pieces), b"")


def csv_response(filename: str, columns: Sequence[str], rows: Rows, *, bom: bool = False) -> StreamedFile:
    return StreamedFile(filename, "text/csv; charset=utf-8", csv_pieces(columns, rows, bom=bom))


def parquet_response(filename: str, schema: "pa.Schema", rows: Rows) -> StreamedFile:
    return StreamedFile(
        filename, "application/vnd.apache.parquet", parquet_pieces(schema, record_batches(schema, rows))
    )


def csv_pieces(columns: Sequence[str], rows: Rows, *, bom: bool = False) -> Iterator[bytes]:
    """RFC 4180, in UTF-8. No cell is a formula to a spreadsheet."""
    lines = io.StringIO(BOM if bom else "")
    lines.seek(0, io.SEEK_END)
    writer = csv.writer(lines)
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([harmless(cell) for cell in row])
        if number % ROWS_PER_PIECE == 0:
            yield _taken_from(lines).encode()
    yield _taken_from(lines).encode()


def harmless(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula, with an apostrophe before it; figures stay as they are."""
    if isinstance(cell, str) and cell.startswith(STARTS_OF_FORMULAS) and not _is_number(cell):
        return f"'{cell}"
    return cell


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def record_batches(schema: "pa.Schema", rows: Rows) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa

    remaining = iter(rows)
    while group := list(islice(remaining, ROWS_PER_GROUP)):
        columns = zip(*group, strict=True)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def parquet_pieces(schema: "pa.Schema", batches: Iterable["pa.RecordBatch"]) -> Iterator[bytes]:
    """A Parquet file with one row group for each batch."""
    import pyarrow.parquet as pq

    sink = _Sink()
    with pq.ParquetWriter(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """A file that is written from its beginning to its end, and read away piece by piece."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.position

    def write(self, data: Any) -> int:
        self.waiting.append(bytes(data))
        self.position += len(data)
        return len(data)

    def taken(self) -> bytes:
        piece = b"".join(self.waiting)
        self.waiting.clear()
        return piece


def _taken_from(lines: io.StringIO) -> str:
    text = lines.getvalue()
    lines.seek(0)
    lines.truncate()
    return text
