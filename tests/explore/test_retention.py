"""Retention of small worlds worked out by hand, and what may and may not be asked."""

from typing import Any

import pytest

from analytics.explore.kinds import retention
from analytics.metrics.calendar import DAY_US
from tests.explore.conftest import at, event
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

DAYS = [f"2020-06-{day:02}T05:00" for day in range(10, 27)]  # Wednesday, 10 June 2020, and after
ALIASED = World(
    identities={4: 1},
    events=[
        *(event(1, DAYS[day], "page") for day in (0, 1, 2, 5, 6)),
        event(4, DAYS[5].replace("05:", "09:"), "page"),
        *(event(2, DAYS[day], "page") for day in (1, 2, 3, 6)),
    ],
)
DAILY = {
    "from": "2020-06-10",
    "to": "2020-06-20",
    "start": {"event": "page"},
    "return": {"event": "page"},
    "mode": "recurring",
    "grain": "day",
    "periods": 11,
}


def table(answer: dict[str, Any]) -> list[list[int]]:
    return [cohort["returned"] for cohort in answer["cohorts"]]


def padded(*rows: list[int], to: int | None = None) -> list[list[int]]:
    """Rows as long as a triangle has them, with zeros where nothing is said."""
    size = to or len(rows)
    rows = (*rows, *([] for _ in range(size - len(rows))))
    return [row + [0] * (size - number - len(row)) for number, row in enumerate(rows)]


def test_every_start_makes_a_cohort_of_its_period(ask, use) -> None:
    use(ALIASED)
    answer = ask("retention", **DAILY)
    assert [cohort["period"] for cohort in answer["cohorts"]] == [f"2020-06-{day}" for day in range(10, 21)]
    expected = padded([1, 1, 1, 0, 0, 1, 1], [2, 2, 1, 0, 1, 2], [2, 1, 0, 1, 2], [1, 0, 0, 1], [], [1, 1], [2], to=11)
    assert table(answer) == expected
    assert [cohort["size"] for cohort in answer["cohorts"]] == [row[0] for row in expected]
    assert answer["columns"][3] == {"from": 3, "to": 3}
    assert answer["average"][1]["low"] is None  # people are in several cohorts
    cut = ask("retention", **DAILY | {"to": "2020-06-20T06:00"})
    assert table(cut) == expected, "periods are whole"


def test_a_return_may_take_several_events_of_a_period(ask, use) -> None:
    use(ALIASED)
    answer = ask("retention", **DAILY, minimum_occurrences=2)
    expected = padded([1, 0, 0, 0, 0, 1], [2, 0, 0, 0, 1], [2, 0, 0, 1], [1], [], [1], [2], to=11)
    assert table(answer) == expected


ROLLING = World(
    events=[
        *(event(1, DAYS[day]) for day in (0, 3, 4)),
        *(event(2, DAYS[day]) for day in (0, 1)),
        *(event(3, DAYS[day]) for day in (1, 2, 3)),
        *(event(4, DAYS[day]) for day in (3, 4)),
        event(5, DAYS[4]),
    ]
)


def test_on_or_after_counts_whoever_comes_later(ask, use) -> None:
    use(ROLLING)
    any_event = DAILY | {"start": {"event": None}, "return": {"event": None}, "to": "2020-06-15", "on_or_after": True}
    assert table(ask("retention", **any_event | {"periods": 5})) == [
        [2, 1, 1, 0, 0], [1, 1, 0, 0], [3, 2, 0], [3, 0], [0]
    ]  # fmt: skip
    assert table(ask("retention", **any_event | {"periods": 6})) == [
        [2, 2, 1, 1, 1, 0], [2, 1, 1, 0, 0], [1, 1, 0, 0], [3, 2, 0], [3, 0], [0]
    ]  # fmt: skip


def test_weeks_months_and_hours(ask, use) -> None:
    days = {1: [0, 1, 7, 14, 24, 31], 2: [0, 1, 7, 24, 31, 45]}
    june = at(DAYS[0])
    use(World(events=[event(who, DAYS[0], at_us=june + day * DAY_US) for who in days for day in days[who]]))
    weekly = DAILY | {"start": {"event": None}, "return": {"event": None}, "grain": "week", "periods": 7}
    expected = [[2, 2, 1, 2, 2, 0, 1], [2, 1, 2, 2, 0, 1], [1, 1, 1, 0, 0], [2, 2, 0, 1], [2, 0, 1], [0, 0], [1]]
    for week_start, first in [(0, "2020-06-08"), (6, "2020-06-07")]:
        answer = ask("retention", **weekly | {"to": "2020-07-25", "week_start": week_start})
        assert table(answer) == expected
        assert answer["cohorts"][0]["period"] == first
    hours = {1: [6, 7, 8, 10, 11, 14], 2: [6, 7, 8, 11, 12, 16]}
    expected = [
        [2, 2, 2, 0, 1, 2, 1, 0, 1, 0, 1], [2, 2, 0, 1, 2, 1, 0, 1, 0, 1], [2, 0, 1, 2, 1, 0, 1, 0, 1],
        [0] * 8, [1, 1, 0, 0, 1, 0, 0], [2, 1, 0, 1, 0, 1], [1, 0, 0, 0, 1], [0] * 4, [1, 0, 0], [0, 0], [1],
    ]  # fmt: skip
    use(World(events=[event(who, f"2020-06-10T{hour:02}:05") for who in hours for hour in hours[who]]))
    hourly = weekly | {"grain": "hour", "to": "2020-06-10T16:13", "periods": 11}
    answer = ask("retention", **hourly)
    assert table(answer) == expected
    assert answer["cohorts"][0]["period"] == "2020-06-10T06:00+00:00"
    use(World(events=[event(who, f"2020-{month:02}-10T05:00") for who in MONTHS for month in MONTHS[who]]))
    assert table(ask("retention", **weekly | {"grain": "month", "to": "2020-11-25", "periods": 11})) == expected


MONTHS = {1: [1, 2, 3, 5, 6, 9], 2: [1, 2, 3, 6, 7, 11]}


def test_the_first_time_is_the_first_in_all_history(ask, use) -> None:
    use(
        World(
            events=[
                event(1, "2020-01-01T10:00", "signup", properties={"plan": "free"}),  # long before
                *(event(1, DAYS[day], "signup", properties={"plan": "pro"}) for day in (0, 2)),
                *(event(2, DAYS[day], "signup", properties={"plan": "pro"}) for day in (0, 1)),
                *(event(2, DAYS[day], "page") for day in (0, 1, 3)),
                event(3, DAYS[1], "signup"),
            ]
        )
    )
    first = DAILY | {"start": {"event": "signup"}, "mode": "first_time", "to": "2020-06-13", "periods": 4}
    answer = ask("retention", **first)
    assert table(answer) == [[1, 1, 0, 1], [1, 0, 0], [0, 0], [0]]
    pro = [{"property": "plan", "operator": "is", "value": "pro"}]
    of_pro = ask("retention", **first | {"start": {"event": "signup", "filters": pro}})
    assert table(of_pro) == [[2, 1, 0, 1], [0, 0, 0], [0, 0], [0]]
    # Of 1 person 1, of both 1: 81/263 and its like are in the tests of the interval.
    assert answer["average"][1] == pytest.approx(
        {"value": 0.5, "numerator": 1, "denominator": 2, "low": 0.0945, "high": 0.9055}, abs=1e-4
    )


@pytest.mark.parametrize(
    ("brackets", "expected"),
    [
        ([1, 5, 15, 18], [3, 2, 2, 1, 0]),  # days 1–4, 5–14, 15–17, and the 18th
        ([16], [3, 1]),  # alone it is that very day
        ([6, 16], [3, 1, 1]),
        ([11], [3, 0]),
    ],
)
def test_brackets(ask, use, brackets: list[int], expected: list[int]) -> None:
    days = {1: [0, 1, 5, 16], 2: [0, 4, 10], 3: [0]}
    use(World(events=[event(who, DAYS[day], "page") for who in days for day in days[who]]))
    for to, periods in [("2020-06-30", 21), ("2020-06-10", 1)]:  # what is after the last cohort counts, too
        answer = ask("retention", **DAILY | {"to": to, "periods": periods, "brackets": brackets})
        assert answer["cohorts"][0]["returned"] == expected
    assert answer["columns"][-1] == {"from": brackets[-1], "to": brackets[-1]}


def test_brackets_on_or_after_and_with_several_events(ask, use) -> None:
    days = {1: [0, 2, 2, 7], 2: [0, 3, 8, 8], 3: [0, 30]}
    june = at(DAYS[0])
    use(World(events=[event(who, DAYS[0], "page", at_us=june + day * DAY_US) for who in days for day in days[who]]))
    bracketed = DAILY | {"brackets": [1, 6, 11]}
    assert ask("retention", **bracketed, minimum_occurrences=2)["cohorts"][0]["returned"] == [3, 1, 1, 0]
    answer = ask("retention", **bracketed | {"periods": 1, "to": "2020-06-10", "on_or_after": True})
    assert answer["cohorts"][0]["returned"] == [3, 2, 2, 0], "the 30th day is not looked at"
    answer = ask("retention", **bracketed | {"on_or_after": True, "to": "2020-07-10", "periods": 31})
    assert answer["cohorts"][0]["returned"] == [3, 3, 3, 1]


def test_windows_run_from_everyones_own_start(ask, use) -> None:
    use(
        World(
            events=[
                event(1, "2020-06-10T23:00", "page"),
                event(1, "2020-06-11T22:00", "page"),  # 23 hours later
                event(2, "2020-06-10T12:00", "page"),
                event(2, "2020-06-11T11:59:59.999999", "page"),
                event(2, "2020-06-11T12:00", "page"),  # 24 hours
                event(3, "2020-06-10T00:00", "page"),
                event(3, "2020-06-13T23:59", "page"),
            ]
        )
    )
    windows = DAILY | {"window": "24h", "periods": 3, "to": "2020-06-12", "mode": "first_time"}
    answer = ask("retention", **windows)
    assert table(answer) == [[3, 1, 0], [0, 0], [0]]
    assert table(ask("retention", **windows | {"mode": "recurring"})) == [[3, 1, 0], [2, 0], [0]]
    assert ask("retention", **windows | {"periods": 4, "to": "2020-06-13"})["cohorts"][0]["returned"] == [3, 1, 0, 1]
    later = ask("retention", **windows | {"brackets": [1, 3], "on_or_after": True})
    assert later["cohorts"][0]["returned"] == [3, 2, 1]


def test_cells_that_are_not_over_are_left_out_of_the_average(ask, use, monkeypatch: pytest.MonkeyPatch) -> None:
    use(ALIASED)
    monkeypatch.setattr(retention, "now_us", lambda: at("2020-06-13T00:00"))
    asked = DAILY | {"to": "2020-06-13", "periods": 4, "mode": "first_time"}
    answer = ask("retention", **asked)
    assert [cohort["complete"] for cohort in answer["cohorts"]] == [
        [True, True, True, False], [True, True, False], [True, False], [False]
    ]  # fmt: skip
    assert table(answer) == [[1, 1, 1, 0], [1, 1, 1], [0, 0], [0]]
    counts = [(one["numerator"], one["denominator"]) for one in answer["average"]]
    assert counts == [(2, 2), (2, 2), (1, 1), (0, 0)]
    assert answer["average"][3]["value"] is None
    by_window = ask("retention", **asked, window="24h")
    assert [cohort["complete"] for cohort in by_window["cohorts"]] == [
        [True, True, False, False], [True, False, False], [True, False], [False]
    ]  # fmt: skip


def test_early_cohorts_are_compared_with_late_ones(ask, use) -> None:
    """Of 80 who began on two days 48 came back, of 70 who began on the next two 56: Newcombe's own example."""
    began = [(who, who % 2) for who in range(1, 81)] + [(who, 2 + who % 2) for who in range(81, 151)]
    back = [*range(1, 49), *range(81, 137)]
    days = [f"2020-06-{10 + day}T10:00" for day in range(6)]
    events = [event(who, days[day], "signup") for who, day in began]
    use(World(events=events + [event(who, days[day + 1], "page") for who, day in began if who in back]))
    asked = DAILY | {"start": {"event": "signup"}, "return": {"event": "page"}, "to": "2020-06-13", "periods": 4}
    asked |= {"mode": "first_time"}
    found = ask("retention", **asked, brackets=[1, 2])["early_late"]
    assert found["late_from"] == "2020-06-12"
    first, second = found["columns"]
    assert first["early"] == {"value": 0.6, "numerator": 48, "denominator": 80}
    assert first["late"] == {"value": 0.8, "numerator": 56, "denominator": 70}
    assert [first["low"], first["high"]] == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert [second[half]["numerator"] for half in ("early", "late")] == [0, 0]
    assert second["low"] < 0 < second["high"]
    # Of three cohorts the second and the third are late.
    assert ask("retention", **{**asked, "periods": 3})["early_late"]["late_from"] == "2020-06-12"
    assert ask("retention", **{**asked, "mode": "recurring"})["early_late"] is None
    assert ask("retention", **{**asked, "periods": 1})["early_late"] is None


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"mode": "first_time"},
        {"on_or_after": True},
        {"window": "24h"},
        {"minimum_occurrences": 2},
        {"brackets": [1, 3, 5]},
        {"brackets": [1, 3], "on_or_after": True, "window": "24h"},
        {"grain": "week", "periods": 2},
    ],
)
def test_the_people_behind_a_cell_are_as_many_as_it_says(ask, use, how: dict[str, Any]) -> None:
    use(ALIASED)
    asked = DAILY | {"periods": 4, "to": "2020-06-13"} | how
    for cohort, row in enumerate(table(ask("retention", **asked))):
        for offset, count in enumerate(row):
            found = ask("retention/people", **asked, point={"cohort": cohort, "offset": offset})
            assert found["count"] == count


def test_a_day_whose_clocks_change_is_one_day(ask, use) -> None:
    """In Berlin 29 March 2020 has 23 hours, 25 October 25."""
    events = ["2020-03-28T22:30", "2020-03-29T21:30", "2020-03-29T22:30", "2020-10-24T22:30", "2020-10-25T22:30"]
    use(World(events=[event(1, when, "page") for when in events]))
    berlin = DAILY | {"from": "2020-03-28", "timezone": "Europe/Berlin", "periods": 3}
    assert table(ask("retention", **berlin | {"to": "2020-03-30"})) == [[1, 1, 1], [1, 1], [1]]
    assert table(ask("retention", **berlin | {"to": "2020-10-27"})) == [[1, 0, 0], [0, 0], [0]]
    assert table(ask("retention", **berlin | {"to": "2020-10-26"}))[1:] == [[1, 0], [0]]


def test_nothing_found_is_zeros(ask, use) -> None:
    use(World())
    answer = ask("retention", **DAILY | {"periods": 2, "mode": "first_time"})
    assert table(answer) == [[0, 0], [0]]
    assert answer["average"][0]["value"] is None


def test_without_a_number_of_periods_those_of_the_days(ask, use) -> None:
    use(ALIASED)
    answer = ask("retention", **DAILY | {"periods": None, "grain": "week"})
    assert [cohort["period"] for cohort in answer["cohorts"]] == ["2020-06-08", "2020-06-15"]


def test_without_a_first_day_as_many_periods_as_are_told(ask, call, use) -> None:
    use(ALIASED)
    body = {name: value for name, value in DAILY.items() if name != "from"}
    assert call("post", "analyses/retention/", **body)["cohorts"] == ask("retention", **DAILY)["cohorts"]
    assert "from" in call("post", "analyses/retention/", expect=400, **body | {"periods": None})["errors"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"periods": 0}, "periods"),
        ({"periods": 401}, "periods"),
        ({"periods": None, "grain": "hour", "from": "2020-01-01"}, "grain"),
        ({"mode": "sometimes"}, "mode"),
        ({"grain": "year"}, "grain"),
        ({"minimum_occurrences": 0}, "minimum_occurrences"),
        ({"window": "12h"}, "window"),
        ({"brackets": [0]}, "brackets"),
        ({"brackets": [7, 1]}, "brackets"),
        ({"brackets": [7, 7]}, "brackets"),
        ({"brackets": list(range(1, 52))}, "brackets"),
        ({"start": None}, "start"),
        ({"return": {"event": "x" * 201}}, "return"),
        ({"to": "2020-06-01"}, "from"),
    ],
)
def test_what_can_not_be_asked_is_refused(ask, body: dict[str, Any], field: str) -> None:
    assert field in ask("retention", expect=400, **DAILY | body)["errors"]


@pytest.mark.parametrize("point", [{"cohort": 11, "offset": 0}, {"cohort": 10, "offset": 1}, {"cohort": -1}, {}])
def test_points_that_are_no_cell(ask, point: dict[str, int]) -> None:
    assert "point" in ask("retention/people", expect=400, **DAILY, point=point)["errors"]
