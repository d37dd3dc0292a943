"""Every metric equals a count by brute force, in all combinations of dimensions, in random worlds."""

from typing import Any

import ibis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from analytics.metrics.calendar import GRAINS, date_of
from analytics.metrics.registry import METRICS
from analytics.metrics.sample import Sample
from analytics.metrics.scope import Scope, Span
from analytics.metrics.tables import Tables
from tests.metrics.naive import ALL_SETS, DIMENSIONS, Naive
from tests.metrics.world import FIRST, LAST, World, worlds

COUNTED_BY_OWN_TESTS = {"session_lengths", "events_by_name"}


@pytest.fixture(scope="module")
def duckdb() -> ibis.BaseBackend:
    return ibis.duckdb.connect()


def answer(tables: Tables, metric: str, first: int, last: int, grain: str, week_start: int, sets: Any) -> dict:
    span = Span(first, last, grain, week_start)
    sample = Sample(tables, *span.days_needed, sets=sets)
    rows = METRICS[metric].table(Scope(sample, (span,))).to_pyarrow().to_pylist()
    answers = {}
    for row in rows:
        value = (row["numerator"], row["denominator"]) if METRICS[metric].is_rate else row["value"]
        if value not in (0, (0, 0)):
            answers[(date_of(row["period"]), *(row.get(name, "") for name in DIMENSIONS))] = value
    return answers


def same(found: dict, expected: dict) -> None:
    assert set(found) == set(expected)
    for key, value in expected.items():
        assert found[key] == pytest.approx(value), key


spans = st.tuples(st.integers(FIRST, LAST + 35), st.integers(0, 40)).map(lambda span: (span[0], span[0] + span[1]))


@pytest.mark.parametrize("metric", sorted(set(METRICS) - COUNTED_BY_OWN_TESTS))
@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), world=worlds(), span=spans, week_start=st.integers(0, 6))
def test_equals_brute_force(duckdb, metric, data, world: World, span, week_start) -> None:
    grain = data.draw(st.sampled_from([grain for grain in GRAINS if grain in METRICS[metric].grains]))
    sets = data.draw(st.sampled_from([((),), ALL_SETS, (("channel",),), (("platform", "persona"),)]))
    found = answer(world.on(duckdb), metric, *span, grain, week_start, sets)
    same(found, Naive(world, *span, grain, week_start).answer(metric, sets))
