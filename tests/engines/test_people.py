"""The people behind every figure of every kind: as many as it says, and the same on every engine."""

from collections.abc import Iterator
from typing import Any

import ibis
import pytest

from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from tests.engines.test_analyses import BY_KIND, MADE, PRICED, QUARTER, SHARED, STEPS, WORLD

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]

Counted = Iterator[tuple[dict[str, Any], int]]
BY_DAY = {"from": "2025-02-03", "to": "2025-02-05"}
COHORTS = {"start": {"event": MADE}, "return": {"event": SHARED}, "grain": "week", "to": "2025-03-09", "periods": 3}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("trend", {"series": [{"measure": "people"}, {"event": MADE, "measure": "mau"}], "grain": "month"}),
    ("trend", BY_DAY | {"series": [{"event": MADE, "measure": "wau", "filters": PRICED}], "breakdown": "plan"}),
    (
        "trend",
        {"series": [{"measure": "people"}], "from": "2025-02-03T09:00", "to": "2025-02-03T13:00", "grain": "hour"},
    ),
    ("funnel", {"steps": STEPS}),
    ("funnel", {"steps": STEPS[:2], "order": "unordered", "breakdown": {"property": "platform"}}),
    ("funnel", {"steps": STEPS[:2], "view": "trend", "grain": "month", "from_step": 0, "to_step": 1}),
    ("retention", COHORTS | {"mode": "first_time"}),
    ("retention", COHORTS | {"mode": "recurring", "brackets": [1, 3]}),
    ("retention", COHORTS | {"mode": "recurring", "on_or_after": True, "minimum_occurrences": 2}),
    ("retention", COHORTS | {"mode": "first_time", "window": "24h"}),
    ("lifecycle", {"selector": {}, "grain": "month"}),
    ("stickiness", {"selector": {"event": MADE}, "grain": "month"}),
    ("stickiness", {"selector": {}, "grain": "week", "interval_count": 4, "cumulative": True}),
    ("paths", {"links_shown": 5, "depth": 3}),
    ("sessions", {"filters": [{"property": "channel", "operator": "is_not", "value": "email"}]}),
    ("adoption", {}),
    ("concentration", {"selector": {"event": MADE}, "top": 0.3}),
]


def points(kind: str, answer: dict[str, Any]) -> Counted:
    """Every figure of an answer that counts people, by the point that asks who they are."""
    match kind:
        case "trend":
            for place, line in enumerate(answer["series"]):
                split = {"breakdown": line["breakdown"]} if "breakdown" in line else {}
                for period, count in zip(answer["periods"], line["values"], strict=True):
                    yield {"series": line.get("series", place), "period": period} | split, count
        case "funnel":
            for value, steps in _parts(answer):
                for before, step in zip([None, *steps], steps, strict=False):
                    yield {"step": step["index"]} | value, step["count"]
                    if before:
                        yield {"dropped_before": step["index"]} | value, before["count"] - step["count"]
            for period in answer.get("periods", ()):
                yield {"step": 0, "period": period["period"]}, period["entered"]
                yield {"step": 1, "period": period["period"]}, period["converted"]
        case "retention":
            for number, cohort in enumerate(answer["cohorts"]):
                for offset, count in enumerate(cohort["returned"]):
                    yield {"cohort": number, "offset": offset}, count
        case "lifecycle":
            for status in ("new", "returning", "resurrected", "dormant"):
                for period, count in zip(answer["periods"], answer[status], strict=True):
                    yield {"period": period, "status": status}, count
        case "stickiness":
            for place, count in enumerate(answer["counts"], 1):
                yield {"periods": place}, count
        case "paths":
            for link in answer["links"]:
                yield {"link": [link["source"], link["target"]]}, link["people"]
        case "sessions":
            for which, count in answer["people"].items():
                yield {"session": which}, count
        case "adoption":
            for feature in answer["features"]:
                yield {"feature": feature["feature"]}, feature["people"]
        case "concentration":
            yield {"top": True}, answer["people"]["top"]
            yield {"top": False}, answer["people"]["others"]


def _parts(answer: dict[str, Any]) -> Iterator[tuple[dict[str, str], list[dict[str, Any]]]]:
    if "breakdown" in answer:
        for part in answer["breakdown"]:
            yield {"breakdown": part["value"]}, part["steps"]
    elif "steps" in answer:
        yield {}, answer["steps"]


def behind(tables: Any, kind: str, body: dict[str, Any]) -> list[int]:
    request = BY_KIND[kind].people(data=body)
    request.is_valid(raise_exception=True)
    rows = KINDS[kind].people(Asking(tables), request.question(), request.point_asked())
    return [] if rows is None else sorted(rows.select("person").distinct().to_pyarrow()["person"].to_pylist())


@pytest.fixture(scope="module")
def tables(engines: dict[str, ibis.BaseBackend]) -> dict[str, Any]:
    return {name: WORLD.on(engine) for name, engine in engines.items()}


@pytest.mark.parametrize(("kind", "body"), QUESTIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_people_are_as_many_as_their_figure_says_on_every_engine(
    tables: dict[str, Any], kind: str, body: dict[str, Any]
) -> None:
    body = QUARTER | body
    request = BY_KIND[kind].request(data=body)
    request.is_valid(raise_exception=True)
    answer = KINDS[kind].answer(Asking(tables["duckdb"]), request.question())
    counted = list(points(kind, answer))
    assert any(count for _, count in counted), "nobody was found, which every engine agrees on"
    for point, count in counted:
        found = {name: behind(of_engine, kind, body | {"point": point}) for name, of_engine in tables.items()}
        assert len(found["duckdb"]) == count, point
        assert found["postgres"] == found["clickhouse"] == found["duckdb"], point


def test_every_kind_is_asked_about() -> None:
    assert {kind for kind, _ in QUESTIONS} == set(KINDS)
