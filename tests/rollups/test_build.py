"""Rollups in the database: equal to the metrics, however they came to be written, and read back as series."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import combinations

import ibis
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.metrics.calendar import GRAINS, date_of
from analytics.metrics.registry import DIMENSIONS, METRICS
from analytics.rollups import asked, live, queries, standing
from analytics.rollups import build as building
from analytics.rollups.build import build
from analytics.rollups.models import Rollup, Watermark
from analytics.stale import StaleDays
from tests.metrics.naive import Naive
from tests.metrics.world import FIRST, LAST, World, day_row, worlds

pytestmark = pytest.mark.django_db
TODAY = LAST + 5
COUNTED = sorted(set(METRICS) - {"session_lengths", "events_by_name"})


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (building, standing):
        monkeypatch.setattr(module, "today", lambda zone: date_of(TODAY))


def stored() -> dict:
    rows = Rollup.objects.values_list("grain", "period", *DIMENSIONS, "event", "values")
    return {tuple(row[:-1]): row[-1] for row in rows}


def empty() -> None:
    for model in (Rollup, Watermark, StaleDays):
        model.objects.all().delete()


def without(world: World, days: set[int]) -> World:
    """The world as it was before anything happened on these days. Personas are the caller's business."""
    kept = {
        name: [row for row in getattr(world, name) if row["day"] not in days]
        for name in ("user_day", "sessions", "touches", "trait_history")
    }
    return World(**kept, persona_history=world.persona_history, identities=world.identities)


@settings(
    max_examples=3,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), late=st.sets(st.integers(FIRST, LAST), min_size=1, max_size=4))
def test_late_days_bring_the_same_rollups_as_a_whole_run(duckdb, world: World, late: set[int]) -> None:
    empty()
    build(without(world, late).on(duckdb), set())
    tables = world.on(duckdb)
    build(tables, late)
    incremental = stored()
    assert build(tables, late) == 0, "a second run changes nothing"
    empty()
    build(tables, set())
    assert incremental == stored()
    assert not StaleDays.objects.exists()


@settings(
    max_examples=2,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=worlds(), grain=st.sampled_from(GRAINS), by=st.sampled_from([None, *DIMENSIONS]))
def test_series_equal_brute_force(duckdb, world: World, grain: str, by: str | None) -> None:
    empty()
    build(world.on(duckdb), set())
    naive = Naive(world, FIRST, TODAY, grain, 0)
    metrics = [metric for metric in COUNTED if grain in METRICS[metric].grains]
    found = queries.several(metrics, date_of(FIRST), date_of(TODAY), grain, {}, by)
    for metric in metrics:
        expected = naive.answer(metric, ((by,) if by else (),))
        values = {}
        for point in found[metric]:
            value = (point.numerator, point.denominator) if METRICS[metric].is_rate else point.value
            if value not in (None, 0, (0, 0)):
                cell = tuple(point.dimensions.get(name, "") for name in DIMENSIONS)
                values[(point.period, *cell)] = value
        assert set(values) == set(expected), metric
        for key, value in expected.items():
            assert values[key] == pytest.approx(value), (metric, key)


def lend(monkeypatch: pytest.MonkeyPatch, world: World, engine: ibis.BaseBackend) -> None:
    """Let live answers come from this world."""

    @contextmanager
    def snapshot() -> Iterator:
        yield world.on(engine)

    monkeypatch.setattr(live, "snapshot", snapshot)


@pytest.fixture
def world() -> World:
    return World(
        user_day=[
            day_row(1, LAST - 3, platform="web", customer_segment="enterprise"),
            day_row(1, LAST - 1, platform="ios", customer_segment="enterprise"),
            day_row(2, LAST - 1, platform="ios", customer_segment="education"),
        ]
    )


def test_days_without_events_are_zero_and_today_is_incomplete(duckdb, world: World) -> None:
    build(world.on(duckdb), set())
    points = queries.series("dau", date_of(LAST - 4), date_of(TODAY), "day")
    assert [point.value for point in points] == [0, 1, 0, 2, 0, 0, 0, 0, 0, 0]
    assert [point.complete for point in points] == [True] * 9 + [False]
    assert queries.series("stickiness", date_of(FIRST), date_of(FIRST), "day")[0].value is None


@pytest.mark.parametrize("nights_missed", [0, 2])
def test_a_day_is_complete_when_it_was_counted_after_its_end(
    duckdb, world: World, monkeypatch, nights_missed: int
) -> None:
    """Built in the course of TODAY; tomorrow begins, and no night has been yet."""
    build(world.on(duckdb), set())
    lend(monkeypatch, world, duckdb)
    monkeypatch.setattr(standing, "today", lambda zone: date_of(TODAY + 1 + nights_missed))
    points = queries.series("dau", date_of(TODAY - 1), date_of(TODAY + nights_missed), "day")
    assert [point.complete for point in points] == [True, False] + [False] * nights_missed
    [month] = queries.series("active_people", date_of(FIRST), date_of(FIRST), "month")
    assert month.complete


def test_deeper_combinations_come_from_user_day(duckdb, world: World, monkeypatch) -> None:
    lend(monkeypatch, world, duckdb)
    day = date_of(LAST - 1)
    [point] = queries.series("dau", day, day, "day", {"platform": "ios", "customer_segment": "education"})
    assert point.value == 1
    assert point.dimensions == {"platform": "ios", "customer_segment": "education"}
    split = queries.series("mau", day, day, "day", {"platform": "ios"}, "customer_segment")
    assert {p.dimensions["customer_segment"]: p.value for p in split} == {"education": 1, "enterprise": 1}


def test_a_merge_shows_at_once_and_stays_when_rolled_up(duckdb, world: World, monkeypatch) -> None:
    build(world.on(duckdb), set())
    day = date_of(LAST - 1)
    assert queries.series("dau", day, day, "day")[0].value == 2
    merged = World(user_day=world.user_day, identities={2: 1})
    lend(monkeypatch, merged, duckdb)
    StaleDays.objects.create(kind=StaleDays.Kind.IDENTITY, first_day=day, last_day=day)
    assert queries.series("dau", day, day, "day")[0].value == 1
    assert queries.series("mau", day + timedelta(days=3), day + timedelta(days=3), "day")[0].value == 1
    build(merged.on(duckdb), {LAST - 1})
    StaleDays.objects.all().delete()
    assert queries.series("dau", day, day, "day")[0].value == 1


def test_a_change_of_definitions_has_everything_worked_out_anew(duckdb, world: World, settings) -> None:
    tables = world.on(duckdb)
    build(tables, set())
    before = set(Rollup.objects.values_list("version", flat=True))
    settings.WEEK_START = 6
    build(tables, set())
    after = set(Rollup.objects.values_list("version", flat=True))
    assert len(before) == len(after) == 1
    assert before != after


def test_a_range_costs_the_same_queries_whatever_its_length(duckdb, world: World) -> None:
    build(world.on(duckdb), set())
    counts = []
    for days in (1, 45):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            queries.several(["dau", "wau", "mau"], date_of(TODAY - days + 1), date_of(TODAY), "day")
        counts.append(len(captured))
    assert counts == [5, 5]


def test_single_dimensions_and_the_total_are_stored() -> None:
    stored_sets = {frozenset(chosen) for chosen in asked.STORED_SETS}
    assert stored_sets == {frozenset(c) for size in (0, 1) for c in combinations(DIMENSIONS, size)}


def test_session_lengths_are_classes_that_add_up(duckdb) -> None:
    second = 10**6
    visits = [
        {"actor": 1, "day": LAST, "start_us": 0, "end_us": seconds * second, "active_events": events, "platform": "web"}
        for seconds, events in [(0, 1), (0, 2), (9, 2), (10, 3), (3_600, 2), (7_200, 5)]
    ]
    rows = [visit | {"account": "", "customer_segment": ""} for visit in visits]
    build(World(user_day=[day_row(1, LAST)], sessions=rows).on(duckdb), set())
    day = date_of(LAST)
    split = queries.series("session_lengths", day, day, "day", {}, "length")
    assert {p.dimensions["length"]: p.value for p in split} == {"under 10 s": 2, "10–30 s": 1, "1 h and more": 2}
    assert queries.series("session_lengths", day, day, "day")[0].value == 5
    assert queries.series("bounces", day, day, "day")[0].value == 1
    assert queries.series("session_length_median", day, day, "day")[0].value == 10
    assert queries.series("session_lengths", day, day, "day", {"length": "10–30 s"})[0].value == 1
    assert isinstance(day, date)
