"""A card's table as a file: what its columns are called, whatever the values of a dimension are, and its name."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from productops.lib.cards import Card, Column, Definition, Table
from productops.lib.cells import Behind, Dated, Heat
from productops.lib.downloads import download
from productops.lib.exports import StreamedFile

PERIOD, COMPLETE = Column("Period"), Column("Complete", only="file")


def card(columns: Sequence[Column], *rows: Sequence[Any]) -> Card:
    return Card("signups", "How many?", Definition("People who sign up."), Table("Signups", columns, rows))


def as_file(one: Card, format: str) -> StreamedFile:
    return download({one.key: lambda: one}, one.key, format)


def written(one: Card, format: str) -> bytes:
    return b"".join(cast("Iterator[bytes]", as_file(one, format).streaming_content))


@pytest.mark.parametrize(
    ("channels", "names"),
    [
        (["Email", "Web"], ["Email", "Web"]),
        (["Period", "Complete"], ["Period (2)", "Complete (2)"]),
        (["Web", "Web", "Web"], ["Web", "Web (2)", "Web (3)"]),
        (["Web", "Web (2)", "Web"], ["Web", "Web (2)", "Web (3)"]),
        (["iOS", "Ios"], ["iOS", "Ios (2)"]),  # many readers know no capitals in names
    ],
)
def test_no_two_columns_of_a_file_have_one_name(channels: list[str], names: list[str]) -> None:
    counts = [float(number) for number in range(len(channels))]
    columns = [PERIOD, *(Column(channel, "count") for channel in channels), COMPLETE]
    one = card(columns, [Dated("9 Nov", date(2026, 11, 9)), *counts, True])
    expected = {"Period": date(2026, 11, 9), **dict(zip(names, counts, strict=True)), "Complete": True}
    table = pq.read_table(pa.BufferReader(written(one, "parquet")))
    assert table.column_names == list(expected)
    assert table.to_pylist() == [expected]
    (row,) = csv.DictReader(io.StringIO(written(one, "csv").decode()))
    assert row == {name: str(value) for name, value in expected.items()}


def test_a_file_is_called_by_the_periods_it_holds() -> None:
    weeks = [[Dated("", date(2026, 11, day))] for day in (16, 9, 2)]
    for one, name in (
        (card([PERIOD], *weeks), "signups-2026-11-02-to-2026-11-16.csv"),
        (card([Column("Channel")], ["Web"]), "signups.csv"),
        (card([PERIOD]), "signups.csv"),
    ):
        assert as_file(one, "csv")["Content-Disposition"] == f'attachment; filename="{name}"'


def test_figures_that_lead_somewhere_are_figures_in_a_file() -> None:
    columns = [Column("Began"), Column("People", "count"), Column("1")]
    rows = [
        ["Average", 12, Heat("50", 4, value=0.5)],
        [Dated("9 Nov", date(2026, 11, 9)), Behind(7, "/people/"), Heat("57", 5, value=4 / 7, href="/people/")],
        [Dated("2 Nov", date(2026, 11, 2)), 5, None],
    ]
    table = pq.read_table(pa.BufferReader(written(card(columns, *rows), "parquet")))
    assert table.to_pylist() == [
        {"Began": "Average", "People": 12.0, "1": 0.5},
        {"Began": "2026-11-09", "People": 7.0, "1": 4 / 7},
        {"Began": "2026-11-02", "People": 5.0, "1": None},
    ]
