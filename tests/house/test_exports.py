"""Downloads: streamed, whole, and harmless to a spreadsheet."""

import asyncio
import csv
import io

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from productops.lib import exports
from productops.lib.exports import csv_pieces, csv_response, harmless, parquet_response

SCHEMA = pa.schema({"day": pa.string(), "people": pa.int64(), "share": pa.float64()})
ROWS = [(f"2025-01-{day:02}", day, day / 7 if day % 2 else None) for day in range(1, 32)]

# What a CSV reader gives back: neither lone surrogates nor U+0000 are text that can be sent.
cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


@given(st.lists(st.tuples(cells, st.integers(), st.floats(allow_nan=False)), max_size=20))
def test_csv_gives_back_what_was_written(rows):
    header, *read = read_csv(b"".join(csv_pieces(("text", "whole", "part"), rows)))
    assert header == ["text", "whole", "part"]
    assert [(text.removeprefix("'"), int(whole), float(part)) for text, whole, part in read] == [
        (text.removeprefix("'"), whole, part) for text, whole, part in rows
    ]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-3, -2.5, "-2.5", "+49", "plain", "", None, "a=b"])
def test_figures_and_plain_text_stay_as_they_are(cell):
    assert harmless(cell) == cell


def test_a_spreadsheet_can_be_told_that_it_is_utf_8():
    assert b"".join(csv_pieces(("é",), [], bom=True)) == "\ufeffé\r\n".encode()
    assert b"".join(csv_pieces(("é",), [])) == "é\r\n".encode()


def test_csv_comes_in_pieces_while_rows_are_read(monkeypatch):
    monkeypatch.setattr(exports, "ROWS_PER_PIECE", 10)
    read = []
    pieces = csv_pieces(("n",), ((read.append(n) or n,) for n in range(100)))
    next(pieces)
    assert read == list(range(10))
    assert sum(piece.count(b"\r\n") for piece in pieces) == 90


def test_parquet_is_read_by_another_engine_as_it_was_written(monkeypatch, tmp_path):
    monkeypatch.setattr(exports, "ROWS_PER_GROUP", 10)
    response = parquet_response("days.parquet", SCHEMA, iter(ROWS))
    path = tmp_path / "days.parquet"
    path.write_bytes(b"".join(response.streaming_content))
    with duckdb.connect() as engine:
        assert engine.sql(f"SELECT * FROM '{path}'").fetchall() == ROWS
        assert engine.sql(f"SELECT max(row_group_id) FROM parquet_metadata('{path}')").fetchall() == [(3,)]


def test_no_rows_are_a_parquet_file_too(tmp_path):
    path = tmp_path / "none.parquet"
    path.write_bytes(b"".join(parquet_response("none.parquet", SCHEMA, []).streaming_content))
    with duckdb.connect() as engine:
        assert engine.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(0,)]


def test_an_asgi_server_gets_the_same_bytes_piece_by_piece(monkeypatch):
    monkeypatch.setattr(exports, "ROWS_PER_PIECE", 10)

    async def gather() -> list[bytes]:
        return [piece async for piece in csv_response("days.csv", SCHEMA.names, ROWS)]

    pieces = asyncio.run(gather())
    assert len(pieces) == 4
    assert b"".join(pieces) == b"".join(csv_response("days.csv", SCHEMA.names, ROWS).streaming_content)


def test_the_browser_is_told_what_it_gets():
    response = csv_response("Überblick.csv", ("a",), [])
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%C3%9Cberblick.csv"
