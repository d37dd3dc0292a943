"""Figures after somebody was erased: as if they had never been there, for everybody else as well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from analytics.rollups import nightly
from analytics.rollups.models import Rollup, StaleDays, Watermark
from analytics.store.erase import erase_actors
from analytics.store.models import Segment
from tests.rollups_derive.conftest import Row, arrive, event, forget_all

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
ACTORS, ERASED = (1, 2, 3), 1
Sent = tuple[int, int, str, str, str]  # days ago, actor, type, account, customer segment


def sent(number: int, one: Sent) -> Row:
    days_ago, actor, type_, account, segment = one
    at_us = round((NOON - timedelta(days=days_ago)).timestamp()) * 1_000_000 + number
    return event(f"{number}", at_us, actor=actor, type=type_, event=type_, account=account, customer_segment=segment)


def figures() -> dict[tuple, dict]:
    keys = ("grain", "period", "platform", "customer_segment", "channel", "persona", "event")
    return {row[:-1]: row[-1] for row in Rollup.objects.values_list(*keys, "values")}


def from_nothing() -> dict[tuple, dict]:
    """What the events that are left come to, with the cut-offs of personas kept."""
    Segment.objects.exclude(table=Segment.Table.EVENTS).delete()
    for model in (Rollup, StaleDays, Watermark):
        model.objects.all().delete()
    nightly.run()
    return figures()


events = st.tuples(
    st.sampled_from([1, 8, 30, 70, 75]),  # beyond a rolling month, what moves is only what was asked for
    st.sampled_from(ACTORS),
    st.sampled_from(["track", "track", "group"]),
    st.sampled_from(["acme", "acme", "initech"]),
    st.sampled_from(["", "enterprise", "education"]),
)


@settings(
    max_examples=2,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(events, min_size=2, max_size=12))
@example([(70, 1, "group", "acme", "enterprise"), (75, 2, "group", "acme", ""), (8, 2, "track", "", "")])
@example([(70, 1, "group", "acme", "enterprise"), (70, 2, "group", "acme", "education"), (8, 3, "track", "acme", "")])
def test_figures_after_an_erasure_equal_those_from_nothing(history: list[Sent]) -> None:
    forget_all()
    Watermark.objects.all().delete()
    arrive(sent(number, one) for number, one in enumerate(history))
    nightly.run()
    erase_actors({ERASED})
    nightly.refresh()
    after = figures()
    assert after == from_nothing()
