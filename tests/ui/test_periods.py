from datetime import date, timedelta

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from productops.lib.periods import (
    KNOWN,
    OPERATORS,
    Condition,
    Filters,
    Options,
    Span,
    just_before,
    months_before,
    parse,
    relative,
)

TODAY = date(2026, 11, 21)
OPTIONS = Options(
    dimensions=(("platform", "Platform"), ("channel", "Channel")),
    segments=(("7", "Paying"),),
    sorts=("-people", "name"),
)


def read(query: str, today: date = TODAY) -> Filters:
    return parse(QueryDict(query), today=today, zone="Europe/Berlin", options=OPTIONS)


def span(first: str, last: str) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last))


def test_defaults() -> None:
    filters = read("")
    assert filters.span == span("2026-10-24", "2026-11-21")
    assert (filters.range, filters.vs, filters.grain, filters.by, filters.sort, filters.page) == (
        "28d", "prev", "day", "", "-people", 1,
    )  # fmt: skip
    assert filters.zone == "Europe/Berlin"
    assert filters.warnings == ()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("today", "2026-11-21"),
        ("1d", "2026-11-20"),
        ("7d", "2026-11-14"),
        ("2w", "2026-11-07"),
        ("1m", "2026-10-21"),
        ("12m", "2025-11-21"),
        ("1y", "2025-11-21"),
        ("mtd", "2026-11-01"),
        ("ytd", "2026-01-01"),
    ],
)
def test_relative_ranges_are_of_whole_days_and_today(text: str, first: str) -> None:
    assert relative(text, TODAY) == span(first, "2026-11-21")


@pytest.mark.parametrize("text", ["0d", "d", "-7d", "7", "28x", "9999y", "7 d", "٧d", ""])
def test_what_is_no_range(text: str) -> None:
    assert relative(text, TODAY) is None


def test_fixed_days() -> None:
    filters = read("from=2026-03-01&to=2026-03-31")
    assert filters.span == span("2026-03-01", "2026-03-31")
    assert filters.range == ""
    assert read("from=2026-11-01").span == span("2026-11-01", "2026-11-21")


def test_whole_days_are_those_before_today() -> None:
    assert read("range=7d").whole == span("2026-11-14", "2026-11-20")
    assert read("range=today").whole is None


def test_months_before() -> None:
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
    assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("range=99x", "range"),
        ("from=2026-13-01", "from"),
        ("to=yesterday&from=2026-01-01", "to"),
        ("from=2026-11-20&to=2026-11-10", "from"),
        ("from=1999-12-31&to=2000-01-05", "from"),
        ("from=2001-01-01", "from"),
        ("from=2026-11-01&to=2027-01-01", "to"),
        ("vs=ever", "vs"),
        ("grain=hour", "grain"),
        ("by=height", "by"),
        ("seg=8", "seg"),
        ("tz=Mars/Olympus", "tz"),
        ("sort=height", "sort"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("f=platform", "f"),
        ("f=platform:like:web", "f"),
        ("f=platform:set:web", "f"),
        ("f=platform:is:", "f"),
    ],
)
def test_what_makes_no_sense_is_said(query: str, name: str) -> None:
    warnings = read(query).warnings
    assert len(warnings) == 1
    assert warnings[0].startswith(f"“{name}=")


def test_days_to_come_are_cut_off() -> None:
    assert read("from=2026-11-01&to=2027-01-01").span == span("2026-11-01", "2026-11-21")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("f=platform:not:web", "“is” only"),
        ("f=platform:set:", "“is” only"),
        ("f=country:is:DE", "platform, Channel only"),
        ("f=platform:is:ios&f=platform:is:web", "one value"),
    ],
)
def test_a_filter_that_figures_cannot_be_held_to_is_dropped_and_said(query: str, reason: str) -> None:
    filters = read(query)
    [warning] = filters.warnings
    assert reason.lower() in warning.lower()
    assert [str(one) for one in filters.conditions] == [f"{name}:is:{value}" for name, value in filters.where.items()]
    assert "is:web" not in str(filters.conditions)


def test_conditions() -> None:
    dimensions = (("platform", "Platform"), ("url", "Address"), ("plan", "Plan"))
    filters = parse(
        QueryDict("f=platform:is:web&f=url:contains:https://a.example/?q=1:2&f=plan:set:"),
        today=TODAY,
        zone="UTC",
        options=Options(dimensions=dimensions, operators=OPERATORS),
    )
    assert filters.conditions == (
        Condition("platform", "is", "web"),
        Condition("url", "contains", "https://a.example/?q=1:2"),
        Condition("plan", "set", ""),
    )
    assert filters.where == {"platform": "web"}
    assert QueryDict(filters.without(filters.conditions[0])).getlist("f") == [
        str(one) for one in filters.conditions[1:]
    ]


def test_links_keep_what_is_not_known_here() -> None:
    filters = read("range=7d&tab=areas&page=3")
    assert QueryDict(filters.query(vs="year")).dict() == {"range": "7d", "tab": "areas", "vs": "year"}
    assert QueryDict(filters.query(page=4)).dict() == {"range": "7d", "tab": "areas", "page": "4"}
    assert filters.unknown == [("tab", "areas")]


def test_neighbouring_periods() -> None:
    filters = read("from=2026-11-02&to=2026-11-08")
    assert QueryDict(filters.earlier_query).dict() == {"from": "2026-10-26", "to": "2026-11-01"}
    assert QueryDict(filters.later_query).dict() == {"from": "2026-11-09", "to": "2026-11-15"}
    assert QueryDict(read("from=2026-11-15&to=2026-11-20").later_query).dict() == {
        "from": "2026-11-21",
        "to": "2026-11-21",
    }
    assert read("range=7d").later_query == ""


days = st.dates(date(2000, 1, 1), TODAY)


@given(days, days)
def test_a_fixed_view_reads_back_as_itself(a: date, b: date) -> None:
    first, last = min(a, b), max(a, b)
    filters = read(f"from={first}&to={last}&by=platform")
    if last - first > timedelta(days=3660):
        assert filters.warnings
        return
    again = read(filters.fixed_query)
    assert again.span == filters.span == Span(first, last)
    assert again.by == "platform"
    assert not filters.warnings


@given(days, days)
def test_the_period_before_is_as_long_and_adjoins(a: date, b: date) -> None:
    whole = Span(min(a, b), max(a, b))
    before = just_before(whole)
    assert before.days == whole.days
    assert before.last + timedelta(days=1) == whole.first


@given(days, st.integers(1, 60))
def test_months_ago_is_never_later_in_the_month(day: date, months: int) -> None:
    earlier = months_before(day, months)
    assert (day.year * 12 + day.month) - (earlier.year * 12 + earlier.month) == months
    assert earlier.day <= day.day
    assert earlier.day == day.day or (earlier + timedelta(days=1)).month != earlier.month


names = st.sampled_from([*KNOWN, "other"])
values = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["28d", "prev", "2026-01-01", "9" * 30, "platform:is:web", "week", *OPERATORS]),
)


@given(st.lists(st.tuples(names, values), max_size=8), days)
def test_any_query_string_gives_a_usable_view(pairs: list[tuple[str, str]], today: date) -> None:
    params = QueryDict(mutable=True)
    for name, value in pairs:
        params.appendlist(name, value)
    filters = parse(params, today=max(today, date(2012, 1, 1)), zone="UTC", options=OPTIONS)
    assert filters.first <= filters.last <= filters.today
    assert filters.page >= 1
    assert filters.grain in OPTIONS.grains
    again = parse(QueryDict(filters.query(page=filters.page)), today=filters.today, zone="UTC", options=OPTIONS)
    assert (again.span, again.vs, again.grain, again.by, again.conditions) == (
        filters.span, filters.vs, filters.grain, filters.by, filters.conditions,
    )  # fmt: skip
