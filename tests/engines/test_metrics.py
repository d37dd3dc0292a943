"""Every metric gives the same figures on DuckDB, PostgreSQL and ClickHouse's engine, and SQL in every dialect."""

import random
from itertools import cycle

import ibis
import pytest
import sqlglot

from analytics.metrics.calendar import DAY_US
from analytics.metrics.registry import DIMENSIONS, METRICS
from analytics.metrics.sample import Sample
from analytics.metrics.scope import Scope, Span
from analytics.metrics.tables import Tables
from analytics.rollups.sql import DIALECTS, metric_sql
from tests.metrics.world import CHANNELS, FIRST, LAST, World, day_row

# Ibis asks pandas for a setting that pandas is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
SETS = ((), ("platform",), ("customer_segment", "channel"), ("persona",))


@pytest.fixture(scope="module")
def world() -> World:
    """A made-up world with something in every table, always the same."""
    dice = random.Random(7)
    days = [
        day_row(
            actor,
            day,
            platform=dice.choice(["web", "ios", ""]),
            account=dice.choice(["", "acme", "initech"]),
            customer_segment=dice.choice(["", "", "enterprise"]),
            signup_us=dice.choice([0, 0, day * DAY_US + actor]),
        )
        for actor in range(1, 9)
        for day in sorted(dice.sample(range(FIRST, LAST + 1), 9))
    ]
    visits = [
        {**row, "start_us": row["first_us"], "end_us": row["first_us"] + dice.randrange(10**9), "active_events": number}
        for row, number in zip(days, cycle([1, 2, 3]), strict=False)
    ]
    named = [
        {**row, "type": "track", "event": "saved", "at_us": row["first_us"], "flags": row["actor"] % 3} for row in days
    ]
    came = {"day": FIRST, "at_us": FIRST * DAY_US}
    touches = [{**came, "actor": actor, "touch": dice.choice(list(CHANNELS))} for actor in range(1, 9)]
    traits = [("actor", "2", "account", "acme"), ("account", "acme", "customer_segment", "small_team")]
    traits += [("actor", "3", "customer_segment", "individual"), ("actor", "3", "customer_segment", "education")]
    history = [
        {"subject_kind": kind, "subject": subject, "field": name, "day": day, "at_us": day * DAY_US, "value": value}
        for day, (kind, subject, name, value) in enumerate(traits, FIRST)
    ]
    persona = {"from_day": FIRST, "to_day": LAST - 9, "ability": "power", "experience": "noob", "wallet": "whale"}
    return World(
        user_day=days,
        sessions=visits,
        events=named,
        touches=touches,
        trait_history=history,
        persona_history=[{**persona, "person": person} for person in (1, 2, 5)],
        identities={6: 1, 7: 2},
    )


@pytest.fixture(scope="module")
def tables(engines: dict[str, ibis.BaseBackend], world: World) -> dict[str, Tables]:
    return {name: world.on(engine) for name, engine in engines.items()}


def answer(tables: Tables, metric: str) -> dict[tuple, tuple]:
    grain = METRICS[metric].grains[-1]
    span = Span(FIRST, LAST, grain)
    sample = Sample(tables, *span.days_needed, zone="Europe/Berlin", sets=SETS)
    rows = METRICS[metric].table(Scope(sample, (span,))).to_pyarrow().to_pylist()
    figures = ("value", "numerator", "denominator")
    return {
        tuple(str(value) for name, value in row.items() if name not in figures): tuple(
            round(float(row[name]), 9) for name in figures if name in row
        )
        for row in rows
    }


@pytest.mark.parametrize("metric", METRICS)
def test_the_figures_are_the_same_on_every_engine(tables: dict[str, Tables], metric: str) -> None:
    found = {name: answer(of_engine, metric) for name, of_engine in tables.items()}
    assert found["duckdb"]
    assert found["postgres"] == found["duckdb"]
    assert found["clickhouse"] == found["duckdb"]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("metric", METRICS)
def test_every_dialect_has_sql_that_reads_as_such(metric: str, dialect: str) -> None:
    by = DIMENSIONS if metric in ("dau", "signups") else ()
    assert sqlglot.parse_one(metric_sql(metric, dialect, by=by), read=dialect).find(sqlglot.exp.Select)
