"""Every kind of analysis gives the same answer on DuckDB, PostgreSQL and ClickHouse's engine."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis
import pytest

from analytics.explore.analyses import ANALYSES
from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from analytics.explore.requests.base import QuestionSerializer
from tests.engines.made_up import made_up

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]

BY_KIND = {analysis.kind: analysis for analysis in ANALYSES}
QUARTER = {"from": "2025-01-01", "to": "2025-03-31"}
HOURS = {"from": "2025-02-03T09:00", "to": "2025-02-06", "grain": "hour", "timezone": "Europe/Berlin"}
MADE, SHARED = "video_created", "video_shared"
PRICED = [{"property": "price", "operator": "gte", "value": 40}]
STEPS = [{"event": MADE}, {"event": SHARED, "filters": PRICED}, {"event": MADE}]
EXCLUSION = {"event": "video_deleted", "from_step": 0, "to_step": 2}
RICHER: list[tuple[str, dict[str, Any]]] = [
    ("trend", {"series": [{"event": MADE, "measure": "sum", "property": "price"}], "breakdown": "plan"}),
    ("trend", {"series": [{"event": MADE, "measure": "p90"}, {"measure": "mau"}], "grain": "month"}),
    ("trend", HOURS | {"series": [{"event": MADE, "filters": PRICED}, {"measure": "people"}, {"measure": "sessions"}]}),
    ("trend", HOURS | {"series": [{"measure": "wau"}, {"measure": "mau"}], "breakdown": "plan", "values_shown": 2}),
    ("trend", {"series": [{"measure": "wau"}], "grain": "week", "breakdown": "person.plan", "compare": "previous"}),
    ("trend", {"series": [{"event": MADE, "measure": "sessions", "filters": PRICED}], "breakdown": "channel"}),
    ("trend", {"series": [{"event": MADE, "measure": "median", "property": "price"}], "timezone": "Europe/Berlin"}),
    *(
        ("trend", {"series": [{"event": MADE, "filters": [{"property": name, "operator": operator, "value": value}]}]})
        for name, operator, value in (
            ("price", "is", 40),
            ("price", "is", "40"),
            ("price", "is", True),
            ("price", "is_not", 1000),
            ("price", "between", [12, 40]),
            ("price", "lt", 13),
            ("price", "is_set", None),
            ("price", "contains", "AMOUNT"),
            ("plan", "is_not_set", None),
            ("plan", "not_in", ["pro", "team"]),
            ("plan", "gt", "free"),
            ("plan", "matches", "^(PRO|team)$"),
            ("a.b $c", "contains", "Ä"),
            ("a.b $c", "matches", "(?i)^ä.y"),
            ("customer_segment", "is", "small_team"),
            ("persona", "contains", "POWER"),
            ("session_id", "matches", r"^s\d$"),
        )
    ),
    ("retention", {"start": {"event": MADE}, "return": {"event": SHARED}, "mode": "recurring", "grain": "week"}),
    ("retention", {"start": {"event": MADE}, "return": {}, "mode": "first_time", "grain": "month"}),
    ("funnel", {"steps": STEPS, "window": {"value": 7, "unit": "day"}}),
    ("funnel", {"steps": STEPS, "order": "strict", "breakdown": {"property": "platform", "attribution": "last_touch"}}),
    ("funnel", {"steps": STEPS, "order": "unordered", "view": "trend", "grain": "week"}),
    ("funnel", {"steps": STEPS, "view": "time_to_convert", "exclusions": [EXCLUSION]}),
    ("funnel", {"steps": STEPS, "view": "trend", "grain": "week", "exclusions": [EXCLUSION]}),
    (
        "funnel",
        {
            "steps": STEPS,
            "order": "unordered",
            "exclusions": [EXCLUSION],
            "breakdown": {"property": "platform", "attribution": "step"},
        },
    ),
    ("sessions", {"filters": [{"property": "channel", "operator": "is_not", "value": "email"}]}),
    ("concentration", {"selector": {"event": MADE, "filters": PRICED}, "top": 0.3}),
    ("paths", {"links_shown": 5, "depth": 4}),
    ("paths", {"start": {"event": MADE, "filters": PRICED}, "end": SHARED, "depth": 3}),
    ("paths", {"end": SHARED, "exclude": [{"event": MADE, "filters": PRICED}]}),
]
QUESTIONS = [(analysis.kind, analysis.example) for analysis in ANALYSES]
QUESTIONS += [(kind, QUARTER | body) for kind, body in RICHER]


def names_in(asked: Any) -> Iterator[str]:
    """The names of events in a body."""
    if isinstance(asked, dict):
        if isinstance(asked.get("event"), str):
            yield asked["event"]
        asked = list(asked.values())
    if isinstance(asked, list):
        for part in asked:
            yield from names_in(part)


WORLD = made_up(sorted({name for _, body in QUESTIONS for name in names_in(body)}), date(2025, 1, 1), date(2025, 3, 31))


@pytest.fixture(scope="module")
def tables(engines: dict[str, ibis.BaseBackend]) -> dict[str, Any]:
    return {name: WORLD.on(engine) for name, engine in engines.items()}


def asked(kind: str, body: dict[str, Any]) -> Any:
    request: QuestionSerializer = BY_KIND[kind].request(data=body)
    request.is_valid(raise_exception=True)
    return request.question()


def rounded(found: Any) -> Any:
    """An answer with numbers that engines add up in another order made equal."""
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    if isinstance(found, list | tuple):
        return [rounded(value) for value in found]
    return float(f"{found:.10g}") if isinstance(found, float) else found


def numbers_in(found: Any) -> Iterator[float]:
    """How much was counted: every number but those that are no count."""
    if isinstance(found, dict):
        found = [value for key, value in found.items() if key not in ("complete", "columns", "bins", "index")]
    if isinstance(found, list):
        for part in found:
            yield from numbers_in(part)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield abs(found)


@pytest.mark.parametrize(("kind", "body"), QUESTIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_the_answer_is_the_same_on_every_engine(tables: dict[str, Any], kind: str, body: dict[str, Any]):
    question = asked(kind, body)
    found = {name: rounded(KINDS[kind].answer(Asking(of_engine), question)) for name, of_engine in tables.items()}
    assert sum(numbers_in(found["duckdb"])), "nothing was found, which every engine agrees on"
    assert found["postgres"] == found["duckdb"]
    assert found["clickhouse"] == found["duckdb"]


def test_every_kind_is_asked_about():
    assert {kind for kind, _ in QUESTIONS} == set(KINDS) == set(BY_KIND)
