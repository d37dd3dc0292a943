"""The nightly figures, against the same figures by plain SQL on PostgreSQL. They must be equal."""

import json
import shutil
import time
from math import isclose
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.lib.bench import Bench
from benchmarks.lib.figures import Figures
from benchmarks.lib.inside import ask
from benchmarks.rows.plain_derivation import DIMENSIONS, GIVEN, INDEXES, TABLES, derivation
from benchmarks.rows.plain_sql import QUERIES, SHARED

Found = dict[tuple[str, ...], float]  # figure, grain, period, dimensions, event → value


def nightly_against_sql(bench: Bench) -> Figures:
    portal = bench.copy(bench.demo, "against-sql")
    portal.manage("rollup")
    # As it has recorded itself: PostgreSQL, too, was started before.
    night = ask(portal, "seconds_of_night")
    given, kept = bench.folder / "given", bench.folder / "figures.json"
    given.mkdir(exist_ok=True)
    last_day = ask(portal, "given", str(given))
    ask(portal, "figures", str(kept))
    tables = derivation(**ask(portal, "definitions"))
    seconds, by_sql = _by_sql(bench, given, tables, last_day)
    by_night = {tuple(key): value for key, value in json.loads(kept.read_text())}
    different = [key for key, value in by_sql.items() if value and not isclose(by_night.get(key, 0), value)]
    if different:
        key = different[0]
        raise RuntimeError(f"{len(different)} figures differ: {key} is {by_sql[key]} by SQL, {by_night.get(key)} here.")
    return Figures(
        "All nightly rollups of the demo data from nothing, against their figures by plain SQL on PostgreSQL",
        round(sum(seconds.values()) / night, 1),
        "×",
        10,
        "at least",
        {
            "night, s": round(night, 1),
            "SQL, s": round(sum(seconds.values()), 1),
            "equal figures": len(by_sql),
            **{f"{name}, s": round(taken, 1) for name, taken in seconds.items()},
        },
    )


def _by_sql(bench: Bench, given: Path, tables: dict[str, str], last_day: str) -> tuple[dict[str, float], Found]:
    """Seconds of each query, and what they found up to the last day with events."""
    seconds: dict[str, float] = {}
    found: Found = {}
    with psycopg.connect(bench.postgres.create_database(), autocommit=True) as connection:
        _load(connection, given)
        connection.execute("SET work_mem = '256MB'")
        for name, query in (tables | SHARED).items():
            started = time.perf_counter()
            connection.execute(f"CREATE UNLOGGED TABLE {name} AS {query}")
            connection.execute(f"ANALYZE {name}")
            seconds[name] = time.perf_counter() - started
        for name, (grain, figures, query) in QUERIES.items():
            started = time.perf_counter()
            answer = connection.execute(query).fetchall()
            seconds[name] = time.perf_counter() - started
            for row in answer:
                found |= _figures(grain, figures, row, last_day)
    return seconds, found


def _load(connection: psycopg.Connection, given: Path) -> None:
    """Put what a night begins with into PostgreSQL, with its indexes; this isn't timed."""
    for statement in TABLES:
        connection.execute(statement)
    for name, columns in GIVEN.items():
        text = f"COPY given.{name} ({', '.join(columns)}) FROM STDIN (FORMAT csv, HEADER)"
        with connection.cursor().copy(text) as copy, (given / f"{name}.csv").open("rb") as file:
            shutil.copyfileobj(file, copy)
    for statement in INDEXES:
        connection.execute(statement)


def _figures(grain: str, names: tuple[str, ...], row: tuple[Any, ...], last_day: str) -> Found:
    period, *dimensions = (str(column or "") for column in row[: -len(names)])
    if period > last_day:
        return {}
    event = ""
    if names == ("events_by_name",):
        event, dimensions = dimensions[0], [""] * len(DIMENSIONS)
    values = zip(names, row[-len(names) :], strict=True)
    return {(name, grain, period, *dimensions, event): float(value) for name, value in values if value is not None}
