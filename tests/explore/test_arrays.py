"""Answers from arrays, held equal to those of the engine: of random worlds, and of questions of every form."""

from datetime import date
from random import Random
from typing import Any

import ibis
import pytest

from analytics.explore.asking import Asking
from analytics.explore.kinds import KINDS
from analytics.explore.kinds.adoption import Adoption
from analytics.explore.kinds.concentration import Concentration
from analytics.explore.kinds.funnel.question import Funnel, Step, Window
from analytics.explore.kinds.lifecycle import Lifecycle
from analytics.explore.kinds.paths import Paths
from analytics.explore.kinds.paths.passes import SMALLEST
from analytics.explore.kinds.retention import Retention
from analytics.explore.kinds.stickiness import Occurrences, Stickiness
from analytics.explore.kinds.trend import Series, Trend
from analytics.explore.segments.members import Listed
from analytics.explore.selecting import Question, Selector
from analytics.metrics import timeline_rows
from analytics.metrics.calendar import SECOND_US
from analytics.metrics.features import Feature, Rule
from tests.explore.conftest import at, with_timelines
from tests.metrics.world import Row, World

PEOPLE = 200
FEATURES = (
    Feature("b", "B", "", (Rule("page", "prefix", "/b"), Rule("event", "exact", "b"))),
    Feature("home", "Home", "", (Rule("page", "regex", "^/$"),)),
    Feature("letters", "Letters", "", (Rule("event", "regex", "^[a-c]$"), Rule("page", "exact", "/b/"))),
    Feature("none", "None", "", (Rule("event", "exact", "nobody sent it"),)),
)
NAMES = ("a", "b", "c", "d")
ANY, A, B, NONE = Selector(), Selector("a"), Selector("b"), Selector("nobody sent it")
DAYS: dict[str, Any] = {"first": date(2025, 3, 3), "last": date(2025, 4, 20), "timezone": "America/New_York"}
PART: dict[str, Any] = {
    "first": date(2025, 3, 9),
    "last": date(2025, 3, 30),
    "timezone": "Asia/Kathmandu",
    "segment": Listed(tuple(range(50))),
}


def world(seed: int) -> World:
    """Events around a change of clocks, many of them at the same second, of people some of whom were merged."""
    chance = Random(seed)
    return World(
        events=[event(chance, number) for number in range(4_000)],
        identities={actor: chance.randrange(1, PEOPLE) for actor in range(PEOPLE, PEOPLE + 30)},
    )


def event(chance: Random, number: int) -> Row:
    kind = chance.choices(["track", "page", "identify"], [8, 3, 1])[0]
    actor = chance.randrange(PEOPLE + 30)
    spread = chance.choice([60, 86_400, 60 * 86_400])  # in one minute, in a day, in two months
    return {
        "source": 1,
        "message_id": f"{chance.randrange(10)}-{number}",
        "type": kind,
        "event": chance.choice(NAMES) if kind == "track" else kind,
        "page": chance.choice(["/", "/b", "/b/", ""]),
        "at_us": at("2025-03-01") + (actor % 9) * 4 * 86_400 * SECOND_US + chance.randrange(spread) * SECOND_US,
        "actor": actor,
        "device": actor,
        "session_id": chance.choice(["", "", "s", "t"]),
        "flags": chance.choices([0, 1, 2], [8, 1, 1])[0],  # passive, a bot's
        "properties": "{}",
    }


def questions(**days: Any) -> list[tuple[str, Question]]:
    steps = (Step("a"), Step("b"), Step("a"), Step("c"))
    optional = (Step("a"), Step("b", optional=True), Step(None), Step("page"))
    found: list[tuple[str, Question]] = []
    for order in ("ordered", "strict", "unordered"):
        for chosen, window in (
            (steps, Window(2, "day")),
            (optional, Window(1, "hour")),
            (steps, Window(1, "month")),
        ):
            if order == "ordered" or chosen is steps:
                found.append(("funnel", Funnel(steps=chosen, order=order, window=window, **days)))
    found += [
        ("funnel", Funnel(steps=steps, view="time_to_convert", to_step=1, **days)),
        ("funnel", Funnel(steps=steps, view="trend", to_step=1, **days)),
        ("funnel", Funnel(steps=(Step("nobody sent it"), Step("a")), **days)),
        *(("lifecycle", Lifecycle(selector=ANY, grain=grain, **days)) for grain in ("hour", "day", "week", "month")),
        ("lifecycle", Lifecycle(selector=B, grain="week", week_start=6, **days)),
        ("lifecycle", Lifecycle(selector=NONE, **days)),
        *(
            ("stickiness", Stickiness(selector=ANY, grain=g, interval_count=n, **days))
            for g in ("day", "week")
            for n in (1, 3)
        ),
        *(
            ("stickiness", Stickiness(selector=A, occurrences=Occurrences(operator, 2), cumulative=True, **days))
            for operator in ("exact", "gt", "gte", "lt", "lte")
        ),
        ("concentration", Concentration(selector=ANY, **days)),
        ("concentration", Concentration(selector=A, **days)),
        ("concentration", Concentration(selector=NONE, **days)),
    ]
    for mode in ("first_time", "recurring"):
        for start, returning in ((ANY, ANY), (A, B), (NONE, A)):
            found += [
                ("retention", Retention(start=start, returning=returning, mode=mode, grain="week", **days)),
                (
                    "retention",
                    Retention(start=start, returning=returning, mode=mode, on_or_after=True, count=9, **days),
                ),
                ("retention", Retention(start=start, returning=returning, mode=mode, brackets=(1, 3, 7), **days)),
            ]
    for grain in ("hour", "day", "week", "month"):
        series = tuple(
            Series(name, measure=m) for name in (None, "a", "page") for m in ("events", "people", "dau", "wau", "mau")
        )
        by_day_only = [each for each in series if grain == "day" or each.measure != "dau"]
        found.append(("trend", Trend(series=tuple(by_day_only), grain=grain, **days)))
    found.append(("trend", Trend(series=(Series("a", measure="wau"),), compare="previous", **days)))
    found += [
        ("adoption", Adoption(**days)),
        ("adoption", Adoption(events=("a", "page", "nobody sent it"), grain="day", **days)),
        ("adoption", Adoption(features=FEATURES, **days)),
        ("adoption", Adoption(features=FEATURES[:1], grain="month", **days)),
        ("adoption", Adoption(features=FEATURES[-1:], **days)),
        ("paths", Paths(**days)),
        ("paths", Paths(start="a", depth=3, links_shown=5, **days)),
        ("paths", Paths(end="/b", exclude=("c",), **days)),
        ("paths", Paths(start="a", end="b", depth=4, **days)),
        ("paths", Paths(start=Selector("b"), exclude=(Selector("a"), "/"), **days)),
    ]
    return found


@pytest.mark.parametrize("days", [DAYS, PART], ids=["everyone", "a segment"])
def test_arrays_say_what_the_engine_says(days: dict[str, Any]) -> None:
    tables = world(2).on(ibis.duckdb.connect())
    arrays = with_timelines(tables)
    for kind, question in questions(**days):
        by_engine = KINDS[kind].answer(Asking(tables), question)
        assert KINDS[kind].answer(Asking(arrays), question) == by_engine, (kind, question)


@pytest.mark.parametrize(
    "question",
    [
        Paths(links_shown=500, **DAYS),
        Paths(start="n1", depth=2, **DAYS),
        Paths(end="n1", depth=3, **DAYS),
        *(Paths(start="n1", end="n2", depth=depth, links_shown=500, **DAYS) for depth in (2, 3, 5, 20)),
        Paths(start="n1", end="nobody did it", **DAYS),
    ],
)
def test_paths_of_many_different_steps(question: Paths) -> None:
    chance = Random(4)
    few = world(4)
    rows = [row | {"event": f"n{chance.randrange(90)}", "type": "track"} for row in few.events]
    tables = World(events=rows, identities=few.identities).on(ibis.duckdb.connect())
    found = KINDS["paths"].answer(Asking(with_timelines(tables)), question)
    assert found == KINDS["paths"].answer(Asking(tables), question)
    if question == Paths(links_shown=500, **DAYS):
        assert len(found["links"]) + found["left_out"]["links"] > SMALLEST


def test_pages_of_too_many_kinds_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = world(3).on(ibis.duckdb.connect())
    assert with_timelines(tables).timelines().tell_pages
    kinds = len(with_timelines(tables).timelines().without_pages().kinds)
    monkeypatch.setattr(timeline_rows, "MOST_KINDS", kinds)
    arrays = with_timelines(tables)
    assert len(arrays.timelines().kinds) == kinds
    for kind, question in (("adoption", Adoption(features=FEATURES, **DAYS)), ("paths", Paths(**DAYS))):
        assert KINDS[kind].answer(Asking(arrays), question) == KINDS[kind].answer(Asking(tables), question)


def test_no_feature_is_used_where_nobody_was_active() -> None:
    rows = [row | {"flags": 1} for row in world(5).events[:20]]
    tables = World(events=rows).on(ibis.duckdb.connect())
    asked = Adoption(features=FEATURES, **DAYS)
    found = KINDS["adoption"].answer(Asking(with_timelines(tables)), asked)
    assert found == KINDS["adoption"].answer(Asking(tables), asked)
    assert (found["active"], [line["people"] for line in found["features"]]) == (0, [0, 0, 0, 0])
