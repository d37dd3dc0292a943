"""Files of every format, and hostile ones."""

import csv
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.imports.columns import MissingColumn
from analytics.imports.files import LONGEST_LINE, UnreadableFile, open_rows
from analytics.people.ids import identity_id
from tests.imports.conftest import stored

HEADER = "user,session,event,timestamp,platform,channel\n"
ROW = "ann,s1,opened,2025-03-01T10:00:00Z,web,newsletter\n"


def microseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


def rejected(path: Path) -> list[str]:
    return path.with_name(f"{path.name}.rejected.csv").read_text().splitlines()


def test_a_csv_row_becomes_an_event_with_everything_in_it(imported, source) -> None:
    done = imported(
        "user,session,event,timestamp,platform,channel,plan,amount\nann,s1,bought,2025-03-01 10:00,iPhone,tv,pro,12.5\n"
    )
    (event,) = stored()
    assert (done.rows, done.imported, done.known, done.rejected.total()) == (1, 1, 0, 0)
    assert event["source"] == source.pk
    assert event["event"] == "bought"
    assert event["type"] == "track"
    assert event["at_us"] == microseconds("2025-03-01T10:00:00")
    assert event["actor"] == event["device"] == identity_id("u", "ann")
    assert event["session_id"] == "s1"
    assert event["platform"] == "ios"
    assert event["touch"] == '["","","","","","tv"]'
    assert json.loads(event["properties"]) == {"plan": "pro", "amount": 12.5}
    assert event["flags"] == 128


ROWS = [
    {"user_id": "ann", "event": "opened", "timestamp": "2025-03-01T10:00:00Z", "n": 1},
    {"user_id": "bob", "event": "closed", "timestamp": "2025-03-01T11:00:00Z", "n": 2},
]
CSV = "user_id,event,timestamp,n\n" + "".join(f"{','.join(map(str, row.values()))}\n" for row in ROWS)
LINES = "".join(f"{json.dumps(row)}\n" for row in ROWS)


def parquet(rows: list[dict]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", CSV.encode()),
        ("log.csv", b"\xef\xbb\xbf" + CSV.replace("\n", "\r\n").encode()),
        ("log.txt", CSV.replace(",", ";").encode("utf-16")),
        ("log.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
        ("log.jsonl", LINES.encode()),
        ("no suffix", gzip.compress(LINES.encode(), mtime=0)),
        ("log.parquet", parquet(ROWS)),
    ],
)
def test_every_format_tells_the_same(imported, name: str, content: bytes) -> None:
    assert imported(content, name).imported == 2
    assert [(event["actor"], event["event"], event["at_us"], event["properties"]) for event in stored()] == [
        (identity_id("u", "ann"), "opened", microseconds("2025-03-01T10:00:00"), '{"n":1}'),
        (identity_id("u", "bob"), "closed", microseconds("2025-03-01T11:00:00"), '{"n":2}'),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1740823200", "2025-03-01T10:00:00"),
        ("1740823200000", "2025-03-01T10:00:00"),
        ("1740823200000000", "2025-03-01T10:00:00"),
        ("2025-03-01T11:00:00+01:00", "2025-03-01T10:00:00"),
        ("2025-03-01 10:00:00 UTC", "2025-03-01T10:00:00"),
        ("2025-03-01 11:00:00", "2025-03-01T10:00:00"),  # in the zone that was told
        ("2025-07-01 11:00:00", "2025-07-01T09:00:00"),
        ("2025-03-01", "2025-02-28T23:00:00"),
    ],
)
def test_times_in_every_form(imported, value: str, expected: str) -> None:
    imported(HEADER + f"ann,s1,opened,{value},web,\n", zone="Europe/Berlin")
    assert [event["at_us"] for event in stored()] == [microseconds(expected)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("ann,s1,opened,yesterday,web,\n", "bad_time"),
        ("ann,s1,opened,,web,\n", "bad_time"),
        ("ann,s1,opened,-5,web,\n", "bad_time"),
        ("ann,s1,opened,1969-01-01,web,\n", "bad_time"),
        ("ann,s1,opened,99999999999999999999,web,\n", "bad_time"),
        ("ann,s1,opened,2999-01-01,web,\n", "future_time"),
        ("ann,s1,,2025-03-01,web,\n", "missing_event"),
        (",s1,opened,2025-03-01,web,\n", "missing_id"),
        ("ann,s1,opened\n", "wrong_columns"),
        ("ann,s1,opened,2025-03-01,web,,extra\n", "wrong_columns"),
        (b"\xff\xfe\xfa,s1,opened,2025-03-01,web,\n", "bad_encoding"),
        ("ann,s1," + "x" * (LONGEST_LINE + 1) + ",2025-03-01,web,\n", None),
    ],
)
def test_a_bad_row_is_listed_and_the_good_ones_around_it_kept(imported, tmp_path, content, reason) -> None:
    bad = content if isinstance(content, bytes) else content.encode()
    done = imported(HEADER.encode() + ROW.encode() + bad + ROW.replace("ann", "bob").encode())
    assert {event["actor"] for event in stored()} == {identity_id("u", "ann"), identity_id("u", "bob")}
    assert done.rejected.total() >= 1
    assert done.rows == 2 + done.rejected.total()
    if reason:
        assert dict(done.rejected) == {reason: 1}
        header, row = rejected(tmp_path / "log.csv")
        assert header == "row,reason,detail,text"
        assert row.startswith(f"2,{reason},")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{broken\n", "invalid_json"),
        (b"[1, 2]\n", "invalid_json"),
        (b'{"user_id": "ann"' + b', "a": {' * 2_000 + b"\n", "invalid_json"),
        (b'{"user_id": "ann", "event": "x", "timestamp": 1740823200, "properties": "[1]"}\n', "invalid_json"),
        (b'{"user_id": "ann", "event": "x", "timestamp": {"a": 1}}\n', "bad_time"),
        (b'{"user_id": "ann", "event": "x", "timestamp": true}\n', "bad_time"),
        (b'{"user_id": "ann", "event": ["x"], "timestamp": 1740823200}\n', "missing_event"),
        (b'{"user_id": "ann", "event": "\xff", "timestamp": 1740823200}\n', "bad_encoding"),
        (b'{"user_id": "ann", "event": "x", "timestamp": 1740823200, "t": "' + b"x" * 40_000 + b'"}\n', "too_large"),
        (b"{" + b"x" * (LONGEST_LINE + 5) + b"\n", "too_large"),
    ],
)
def test_a_bad_line_of_json_is_listed(imported, line: bytes, reason: str) -> None:
    good = b'{"user_id": "bob", "event": "x", "timestamp": 1740823200}\n'
    done = imported(good + line + good, "log.jsonl")
    assert (done.imported, dict(done.rejected)) == (2, {reason: 1})


def test_mixed_types_in_a_column_stay_what_they_are(imported) -> None:
    values = [1, 1.5, "1", "007", "true", True, None, {"a": ["2"]}, "text", 10**400]
    lines = "".join(
        json.dumps({"user_id": 7, "event": "x", "timestamp": 1740823200 + n, "v": value}) + "\n"
        for n, value in enumerate(values)
    )
    done = imported(lines, "log.jsonl")
    told = [json.loads(event["properties"]).get("v") for event in stored()]
    assert told == [1, 1.5, 1, "007", True, True, None, {"a": [2]}, "text"]
    assert dict(done.rejected) == {"number_too_large": 1}
    assert {event["actor"] for event in stored()} == {identity_id("u", "7")}


def test_a_null_character_is_left_out(imported) -> None:
    imported(b'{"user_id": "ann", "event": "x", "timestamp": 1740823200, "v": "a\\u0000b"}\n', "log.jsonl")
    (event,) = stored()
    assert json.loads(event["properties"]) == {"v": "ab"}


def test_generic_ids_name_nobody(imported) -> None:
    imported(HEADER + "undefined,s1,opened,2025-03-01,web,\n")
    (event,) = stored()
    assert event["actor"] == 0
    assert event["flags"] == 128 | 64


def test_a_broken_off_gzip_keeps_what_could_be_read(imported) -> None:
    rows = "".join(ROW.replace("ann", f"user{n}") for n in range(20_000))
    whole = gzip.compress((HEADER + rows).encode())
    done = imported(whole[: len(whole) // 2], "log.csv.gz")
    assert done.rejected["broken_off"] == 1
    assert 1_000 < done.imported < 20_000
    assert len(stored()) == done.imported


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"\x1f\x8bnot gzip at all", "damaged"),
        (b"PAR1 but no Parquet", "Parquet"),
        (b'[{"user": 1}]', "one JSON object per line"),
        (b"user,user,event\n", "same name"),
        (b"user,\xff\xfa,event\n", "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=says), open_rows(path):
        pass


@pytest.mark.parametrize("missing", ["user", "event", "timestamp"])
def test_a_column_that_no_event_can_do_without(imported, missing: str) -> None:
    with pytest.raises(
        MissingColumn, match=f"--map COLUMN={missing if missing != 'user' else 'user_id'}|--map COLUMN=type"
    ):
        imported(HEADER.replace(missing, f"x_{missing}") + ROW)
    assert stored() == []


def test_a_column_can_be_told_and_left_out(imported) -> None:
    columns = {"who": "user_id", "what": "event", "when": "timestamp", "secret": "-"}
    imported("who,what,when,secret,user\nann,opened,2025-03-01,x,the name\n", columns=columns)
    (event,) = stored()
    assert event["actor"] == identity_id("u", "ann")
    assert json.loads(event["properties"]) == {"user": "the name"}


def test_a_dry_run_writes_nothing(imported, tmp_path: Path) -> None:
    done = imported(HEADER + ROW + "bad\n", dry_run=True)
    assert (done.rows, done.imported, dict(done.rejected)) == (2, 1, {"wrong_columns": 1})
    assert stored() == []
    assert not (tmp_path / "log.csv.rejected.csv").exists()


def test_an_id_column_of_floats_is_read_as_whole_numbers(imported) -> None:
    row = {"user_id": 7.0, "event": "x", "timestamp": datetime(2025, 3, 1, 10)}  # noqa: DTZ001
    imported(parquet([row]), "log.parquet", zone="Europe/Berlin")
    (event,) = stored()
    assert event["actor"] == identity_id("u", "7")
    assert event["at_us"] == microseconds("2025-03-01T09:00:00")


def test_a_rejected_row_is_no_formula_for_a_spreadsheet(imported, source, tmp_path: Path) -> None:
    imported(HEADER + "=cmd|' /C calc'!A0,s1,opened,no time at all,web,ads\n", "log.csv")
    _, row = rejected(tmp_path / "log.csv")
    assert "=cmd" in row
    assert all(not cell.startswith("=") for cell in next(csv.reader([row])))


def test_nanoseconds_as_pandas_writes_them_are_read(imported, source) -> None:
    at = datetime.fromisoformat("2025-03-01T10:00:00")
    nanoseconds = pa.array([int(at.replace(tzinfo=UTC).timestamp()) * 10**9 + 1], pa.timestamp("ns", "UTC"))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"user": ["ann"], "event": ["opened"], "timestamp": nanoseconds}), sink)
    assert imported(sink.getvalue().to_pybytes(), "log.parquet").imported == 1
    assert [event["at_us"] for event in stored()] == [microseconds("2025-03-01T10:00:00")]
