"""The table of a card as a file: all its rows, with the very figures that the page draws."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from django.http import Http404

from productops.lib.cards import Card, Column, Table
from productops.lib.cells import Behind, Dated, Heat, Interval, Link, Tag
from productops.lib.changes import Change
from productops.lib.exports import StreamedFile, csv_pieces, parquet_pieces
from productops.lib.numbers import FORMATS

if TYPE_CHECKING:
    import pyarrow as pa

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


def download(cards: Mapping[str, Callable[[], Card]], key: str, format: str) -> StreamedFile:
    """The card of that key, the only one built, as ``csv`` or ``parquet``; else Http404."""
    if key not in cards or format not in CONTENT_TYPES:
        raise Http404(f"{key}.{format}")
    table = cards[key]().table
    columns, rows = plain(table)
    if format == "csv":
        pieces = csv_pieces([column.label for column in columns], rows)
    else:
        arrow = arrow_table(columns, rows)
        pieces = parquet_pieces(arrow.schema, arrow.to_batches())
    return StreamedFile(f"{key}{periods_of(table)}.{format}", CONTENT_TYPES[format], pieces)


def periods_of(table: Table) -> str:
    """The first and the last period of a table by period, for its file's name: a card may reach beyond its view."""
    days = [row[0].day for row in table.rows if isinstance(row[0], Dated)]
    return f"-{min(days)}-to-{max(days)}" if days else ""


def plain(table: Table) -> tuple[list[Column], list[list[Any]]]:
    """The columns that are more than drawings, and each row's text, figures and days in them."""
    kept = [index for index, column in enumerate(table.columns) if column.only != "page"]
    rows = [[plain_cell(row[index]) for index in kept] for row in table.rows]
    return named_apart([table.columns[index] for index in kept]), rows


def named_apart(columns: Sequence[Column]) -> list[Column]:
    """The columns with a number behind each name that was there before, be it in other capitals.

    Series are called by the values of a dimension, which may be anything: ``Complete`` stays the name of
    the column that every file has.
    """
    names: dict[int, str] = {}
    for index in sorted(range(len(columns)), key=lambda index: columns[index].only != "file"):
        label, taken = columns[index].label, {name.casefold() for name in names.values()}
        numbered = (f"{label} ({number})" for number in count(2))
        names[index] = next(name for name in chain([label], numbered) if name.casefold() not in taken)
    return [replace(column, label=names[index]) for index, column in enumerate(columns)]


def plain_cell(value: Any) -> Any:
    """A cell without its drawing; of a change the difference, in the unit of its figures."""
    match value:
        case Behind():
            return value.value
        case Dated():
            return value.day
        case Heat(value=float()):
            return value.value
        case Link() | Tag() | Heat() | Interval():
            return value.text
        case Change():
            return value.difference
    return value


def arrow_table(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> "pa.Table":
    """Figures as doubles, whatever kind they are; the rest as what it is, days beside words as texts."""
    import pyarrow as pa

    arrays = []
    for index, column in enumerate(columns):
        cells = [row[index] for row in rows]
        if any(isinstance(cell, str) for cell in cells):
            cells = [cell.isoformat() if isinstance(cell, date) else cell for cell in cells]
        arrays.append(pa.array(cells, pa.float64() if column.kind in FORMATS else None))
    return pa.Table.from_arrays(arrays, [column.label for column in columns])
