"""Queries that are worked off while the next are composed."""

import ibis
import pyarrow as pa
import pytest

from analytics.rollups.keeping import working_ahead
from tests.rollups_derive.in_memory import tables

DAYS = [{"actor": actor, "day": day, "events": 1} for actor, day in ((1, 10), (1, 11), (2, 11), (3, 12))]


def test_answers_know_all_that_was_kept_and_lent_before() -> None:
    own = tables(user_day=DAYS)
    with working_ahead(own) as ahead:
        kept = ahead.keep(own.user_day.filter(own.user_day.day > 10))
        wanted = ahead.lend(pa.table({"who": pa.array([2, 3], pa.int64())}))
        counts = ahead.answer(kept.group_by("actor").aggregate(events=kept.events.sum()).order_by("actor"))
        others = ahead.answer(kept.semi_join(wanted, kept.actor == wanted.who).select("day").order_by("day"))
        assert counts.result().to_pylist() == [{"actor": actor, "events": 1} for actor in (1, 2, 3)]
        assert others.result()["day"].to_pylist() == [11, 12]


def test_answers_have_the_types_that_the_expression_says() -> None:
    own = tables(user_day=DAYS)
    total = own.user_day.group_by("day").aggregate(events=own.user_day.events.sum())
    with working_ahead(own) as ahead:
        assert ahead.answer(total).result().schema.types == [pa.int32(), pa.int64()]


def test_what_went_wrong_is_told_by_the_next_answer() -> None:
    own = tables(trait_history=[{"value": "many"}])
    with working_ahead(own) as ahead:
        broken = ahead.keep(own.trait_history.mutate(number=own.trait_history.value.cast("int64")))
        with pytest.raises(Exception, match="Could not convert string 'many'"):
            ahead.answer(broken.count().name("rows").as_table()).result()


def test_what_is_no_more_wanted_is_not_worked_out() -> None:
    own = tables()
    much = ibis.range(0, 10_000_000).unnest().name("number").as_table()
    with working_ahead(own) as ahead:
        answers = [ahead.answer(much.filter(much.number % 7 == part)) for part in range(7)]
    assert any(answer.cancelled() for answer in answers)
