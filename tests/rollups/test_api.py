"""``/api/rollups/`` and ``/api/metrics/``: the answer's shape, files, and a sentence for each mistake."""

import csv
import io
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from django.test import Client

from analytics.metrics.calendar import date_of
from analytics.metrics.registry import METRICS
from analytics.rollups import build as building
from analytics.rollups import queries, standing
from analytics.rollups.build import build
from productops.lib.models import ApiToken, User
from tests.metrics.world import LAST, World, day_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people on 5 March 2025, one of them on iOS too, one the day before."""
    for module in (building, standing):
        monkeypatch.setattr(module, "today", lambda zone: date_of(LAST + 1))
    rows = [
        day_row(1, LAST - 2),
        day_row(1, LAST - 1),
        day_row(1, LAST - 1, platform="ios"),
        day_row(2, LAST - 1, active_events=3),
    ]
    named = [
        {"event": "page", "type": "page", "at_us": row["first_us"], "actor": row["actor"], "platform": row["platform"]}
        for row in rows
    ]
    build(World(user_day=rows, events=named).on(ibis.duckdb.connect()), set())


@pytest.fixture
def get(client: Client):
    user = User.objects.create(username="reader", role="viewer")
    _, token = ApiToken.issue(user=user, name="test", role="viewer")

    def get(path: str = "rollups", **query: Any):
        return client.get(f"/api/{path}/", query, headers={"Authorization": f"Bearer {token}"})

    return get


DAYS = {"from": "2025-03-04", "to": "2025-03-06"}


def test_shape(figures, get) -> None:
    answer = get(metric="dau", **DAYS, grain="day", platform="ios").json()
    assert answer == {
        "metric": "dau",
        "grain": "day",
        "count": 3,
        "next": None,
        "results": [
            {
                "period": period,
                "dimensions": {"platform": "ios"},
                "value": value,
                "numerator": None,
                "denominator": None,
                "complete": True,
                "current": True,
            }
            for period, value in [("2025-03-04", 0), ("2025-03-05", 1), ("2025-03-06", 0)]
        ],
    }


def test_rates_carry_both_parts_and_are_empty_without_any(figures, get) -> None:
    results = get(metric="wau_mau", **DAYS).json()["results"]
    assert [(p["numerator"], p["denominator"], p["value"]) for p in results] == [(1, 1, 1), (2, 2, 1), (2, 2, 1)]
    [point] = get(metric="bounce_rate", **{"from": "2025-03-05", "to": "2025-03-05"}).json()["results"]
    assert (point["value"], point["denominator"]) == (None, 0)


def test_days_to_come_have_no_data(figures, get) -> None:
    today = date_of(LAST + 1)
    for metric, of_today in (("events", 0), ("bounce_rate", 0)):
        results = get(metric=metric, **{"from": "2025-03-07", "to": "2025-03-08"}).json()["results"]
        assert [p["period"] for p in results] == [str(today), "2025-03-08"]
        assert [p["complete"] for p in results] == [False, False]
        now, to_come = ([p["value"], p["numerator"], p["denominator"]] for p in results)
        assert of_today in now
        assert to_come == [None, None, None]


def test_by_a_dimension_and_by_event(figures, get) -> None:
    results = get(metric="dau", **DAYS, by="platform").json()["results"]
    assert [(p["period"][-2:], p["dimensions"]["platform"], p["value"]) for p in results] == [
        ("04", "ios", 0),
        ("04", "web", 1),
        ("05", "ios", 1),
        ("05", "web", 2),
        ("06", "ios", 0),
        ("06", "web", 0),
    ]
    results = get(metric="events_by_name", **DAYS, event="page").json()["results"]
    assert [p["value"] for p in results] == [1, 3, 0]
    assert [p["value"] for p in get(metric="events_by_name", **DAYS).json()["results"]] == [1, 3, 0]
    results = get(metric="events_by_name", **DAYS, by="event").json()["results"]
    assert {p["dimensions"]["event"] for p in results} == {"page"}
    both = queries.several(["dau", "events_by_name"], date_of(LAST - 1), date_of(LAST - 1), "day")
    assert [(key, point.value) for key, [point] in both.items()] == [("dau", 2), ("events_by_name", 3)]


def test_pages_follow_each_other(figures, get) -> None:
    first = get(metric="dau", **DAYS, page_size=2).json()
    assert (first["count"], len(first["results"])) == (3, 2)
    assert "page=2" in first["next"]


def test_files(figures, get) -> None:
    text = b"".join(get(metric="dau", **DAYS, by="platform", format="csv").streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["period"], row["platform"], float(row["value"])) for row in rows][2:4] == [
        ("2025-03-05", "ios", 1.0),
        ("2025-03-05", "web", 2.0),
    ]
    file = b"".join(get(metric="stickiness", **DAYS, format="parquet").streaming_content)
    table = pq.read_table(io.BytesIO(file))
    assert table["denominator"].to_pylist() == [1, 2, 2]
    assert table["numerator"].to_pylist() == pytest.approx([1 / 30, 3 / 30, 3 / 30])


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({}, "metric", "required"),
        ({"metric": "nps"}, "metric", "nps"),
        ({"metric": "dau", "grain": "week"}, "grain", "active_people"),
        ({"metric": "dau", "grain": "hour"}, "grain", "hour"),
        ({"metric": "collaborative_workspaces", "grain": "day"}, "grain", "week"),
        ({"metric": "dau", "by": "country"}, "by", "country"),
        ({"metric": "dau", "country": "DE"}, "country", "no such parameter"),
        ({"metric": "dau", "event": "page"}, "event", "no dimension"),
        ({"metric": "dau", "by": "platform", "platform": "ios"}, "by", "not both"),
        ({"metric": "dau", "from": "2025-03-05", "to": "2025-03-01"}, "from", "after"),
        ({"metric": "dau", "from": "1925-03-05", "to": "2025-03-01"}, "from", "longer"),
        ({"metric": "dau", "from": "yesterday"}, "from", "date"),
        ({"metric": "dau", "format": "xlsx"}, "format", "xlsx"),
        ({"metric": "dau", "platform": "a\0b"}, "platform", "Null"),
    ],
)
def test_mistakes_are_explained(get, query: dict[str, str], field: str, words: str) -> None:
    answer = get(**query)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert words in " ".join(answer.json()["errors"][field])


def test_metrics_are_listed_with_their_definitions(get) -> None:
    answer = get("metrics").json()
    assert [metric["key"] for metric in answer["results"]] == list(METRICS)
    assert all(metric[name] for metric in answer["results"] for name in ("label", "question", "definition", "unit"))


def test_nobody_reads_without_a_login(client: Client) -> None:
    assert client.get("/api/rollups/", {"metric": "dau"}).status_code in (401, 403)
