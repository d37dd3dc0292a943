"""A card's table as a file: what its columns are called, whatever the values of a dimension are."""

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from productops.lib.cards import Card, Column, Definition, Table
from productops.lib.cells import Dated
from productops.lib.downloads import download

PERIOD, COMPLETE = Column("Period"), Column("Complete", only="file")


def card(columns: Sequence[Column], *rows: Sequence[Any]) -> Card:
    return Card("signups", "How many?", Definition("People who sign up."), Table("Signups", columns, rows))


def written(one: Card, format: str) -> bytes:
    answer = download({one.key: lambda: one}, one.key, format, "days")
    return b"".join(answer.streaming_content)


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
