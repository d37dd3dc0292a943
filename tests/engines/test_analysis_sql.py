"""``metric_sql`` writes an analysis's SQL for other engines; what PostgreSQL answers to it is what the portal says."""

import json
from contextlib import contextmanager
from datetime import date

import ibis
import pytest
import sqlglot
from django.core.management import CommandError, call_command

from analytics.explore import sql
from analytics.explore.analyses import ANALYSES
from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS, retention
from analytics.rollups.sql import DIALECTS
from tests.engines.made_up import made_up

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]
QUARTER = {"from": "2025-01-01", "to": "2025-03-31"}
WORLD = made_up(["video_created", "first_video_created"], date(2025, 1, 1), date(2025, 3, 31))


@pytest.fixture(autouse=True)
def _world(monkeypatch: pytest.MonkeyPatch):
    @contextmanager
    def snapshot():
        yield WORLD.on(ibis.duckdb.connect())

    monkeypatch.setattr(sql, "snapshot", snapshot)


def written(capsys, *args: str) -> str:
    call_command("metric_sql", *args)
    return capsys.readouterr().out


def file_of(folder, body: dict) -> str:
    file = folder / "body.json"
    file.write_text(json.dumps(body))
    return str(file)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.kind)
def test_every_dialect_has_sql_that_reads_as_such(analysis, dialect, capsys, tmp_path):
    text = written(capsys, analysis.kind, "--dialect", dialect, "--body", file_of(tmp_path, analysis.example))
    statements = sqlglot.parse(text, read=dialect)
    assert all(statement.find(sqlglot.exp.Select) for statement in statements if statement)
    assert any(table.name == "events" for table in statements[0].find_all(sqlglot.exp.Table)) or analysis.kind in (
        "sessions",
    )


def test_what_is_written_answers_as_the_page_does(engines, capsys, tmp_path):
    body = {**QUARTER, "start": {"event": "first_video_created"}, "return": {"event": "video_created"}}
    body |= {"mode": "recurring", "grain": "week"}
    text = written(capsys, "retention", "--body", file_of(tmp_path, body))
    WORLD.on(engines["postgres"])
    with engines["postgres"].con.cursor() as cursor:
        cursor.execute(text)
        found = {(cohort, place): people for cohort, place, people in cursor.fetchall()}
    request = sql.BY_KIND["retention"].request(data=body)
    request.is_valid(raise_exception=True)
    answer = retention.answer(Asking(WORLD.on(ibis.duckdb.connect())), request.question())
    shown = {
        (number, place): people
        for number, cohort in enumerate(answer["cohorts"])
        for place, people in enumerate(cohort["returned"])
        if people
    }
    assert len(shown) > 10
    assert found == shown


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_body_it_asks_from_signup_to_key_action(kind):
    body = sql.usual_body(kind, "UTC")
    request = sql.BY_KIND[kind].request(data=body)
    assert request.is_valid(), request.errors
    assert set(sql._events_in(body)) <= {"signup_completed", *sql.goal_events("key_action")}


def test_what_cannot_be_asked_is_refused(tmp_path):
    with pytest.raises(CommandError, match="can't be asked"):
        call_command("metric_sql", "trend", "--body", file_of(tmp_path, {"from": "2025-01-01"}))
    with pytest.raises(CommandError, match="holds no question"):
        call_command("metric_sql", "trend", "--body", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match="nothing to ask"):
        call_command("metric_sql", "dau", "--body", file_of(tmp_path, {}))
