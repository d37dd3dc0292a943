"""Plans: composed once, followed for any days."""

import ibis
import pytest

from analytics.rollups.keeping import working_ahead
from analytics.rollups.plans import Plan, is_one_of, numbers, open_number, open_table
from analytics.store.schema import TABLES
from tests.rollups_derive.in_memory import tables

DAYS = [{"actor": day % 3, "day": day, "events": day} for day in range(10, 20)]


def plan_of_sums(dialect: str = "duckdb") -> Plan:
    """The events of the days from ``first`` on, by actor, and the chosen ones of these days."""
    plan = Plan("sums", dialect)
    days = ibis.table(ibis.Schema.from_pyarrow(TABLES["user_day"]), name="user_day")
    kept = plan.keep(days.filter(days.day.between(open_number("first"), open_number("first") + 4)))
    plan.answer(kept.group_by("actor").aggregate(events=kept.events.sum()).order_by("actor"))
    plan.answer(kept.filter(~is_one_of(kept.day, "left_out")).select("day").order_by("day"))
    return plan


def test_a_plan_is_followed_for_whatever_days_it_is_told() -> None:
    plan = plan_of_sums()
    with working_ahead(tables(user_day=DAYS)) as ahead:
        for number, (first, left_out) in enumerate(((10, {11}), (13, {13, 15}), (10, {14}))):
            told = {"sums": f"sums_{number}", "first": first, "left_out": numbers(left_out)}
            sums, days = (answer.result() for answer in ahead.follow(plan, told))
            expected = [(actor, sum(day for day in range(first, first + 5) if day % 3 == actor)) for actor in range(3)]
            assert [tuple(row.values()) for row in sums.to_pylist()] == expected
            assert days["day"].to_pylist() == [day for day in range(first, first + 5) if day not in left_out]
            assert sums.schema.types == [plan_type.to_pyarrow() for plan_type in plan.steps[1].schema.types]


def test_a_plan_is_not_followed_with_a_day_missing() -> None:
    with working_ahead(tables()) as ahead, pytest.raises(KeyError, match="left_out"):
        ahead.follow(plan_of_sums(), {"sums": "sums", "first": 10})


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "clickhouse"])
def test_no_text_of_a_plan_has_a_day_in_it(dialect: str) -> None:
    texts = [step.sql for step in plan_of_sums(dialect).steps]
    assert ["\0{first}" in text for text in texts] == [True, False, False]
    assert "IN (\0{left_out})" in texts[2]


def test_names_that_look_like_places_stay_as_they_are() -> None:
    plan = Plan("named", "duckdb")
    named = open_table("history", ibis.Schema.from_pyarrow(TABLES["trait_history"]))
    plan.answer(named.filter(named.value.isin(["$day", "${day}", "{day}", "$$"])).select("value").order_by("value"))
    values = ["$day", "$$", "$", "${day}", "{day}", "20000"]
    with working_ahead(tables(trait_history=[{"value": value} for value in values])) as ahead:
        (answer,) = ahead.follow(plan, {"history": "trait_history", "day": 20_000})
        assert answer.result()["value"].to_pylist() == sorted({"$day", "$$", "${day}", "{day}"})
