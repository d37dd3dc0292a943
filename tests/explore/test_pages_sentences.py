"""What the cards of Explore say above their figures."""

import re
from html import unescape
from typing import Any

import pytest

from analytics.explore.pages import concentration, lifecycle, sessions, stickiness
from analytics.explore.pages.funnel import words as funnel
from analytics.explore.pages.funnel.steps import Step, largest_loss
from analytics.explore.pages.retention import words as retention
from analytics.explore.pages.trend import words as trend
from analytics.explore.pages.trend.lines import Line
from analytics.metrics.intervals import Share, newcombe


def told(text: str) -> str:
    return unescape(re.sub("<[^>]+>", "", text)).replace("\N{NO-BREAK SPACE}", " ")


def step(number: int, people: int, before: int, name: str = "go", start: int = 100) -> Step:
    return Step(number, name, people, start, before, None)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step(1, 0, 0, start=0)], ""),
        (
            [step(1, 100, 100), step(2, 60, 100, "pay"), step(3, 55, 60, "stay")],
            "55.0% get to “stay”: 55 of 100. The largest loss is before “pay”: 40 of 100 don't go on.",
        ),
        ([step(1, 100, 100), step(2, 100, 100, "pay")], "100.0% get to “pay”: 100 of 100. Nobody is lost on the way."),
    ],
)
def test_takeaways_of_funnels(steps: list[Step], expected: str) -> None:
    assert told(funnel.takeaway(steps, largest_loss(steps))) == expected


def period(entered: int, converted: int) -> dict[str, Any]:
    return {"entered": entered, "converted": converted, "rate": converted / entered if entered else None}


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([period(100, 10)], "Too few periods are over to tell."),
        ([period(100, 10), period(0, 0), period(100, 11)], "No clear change from a (10.0%) to c (11.0%)."),
        ([period(100, 10), period(100, 60)], "It rose from 10.0% (a) to 60.0% (b)."),
        ([period(100, 60), period(100, 10)], "It fell from 60.0% (a) to 10.0% (b)."),
    ],
)
def test_takeaways_of_conversion_over_time(periods: list[dict[str, Any]], expected: str) -> None:
    assert told(funnel.trend_takeaway(periods, ["a", "b", "c", "d"])) == expected


def averages(*values: float | None) -> list[dict[str, Any]]:
    return [{"value": value} for value in values]


@pytest.mark.parametrize(
    ("average", "expected"),
    [
        (averages(1.0), ""),
        (averages(1.0, 0.4, None), "40% come back in week 1."),
        (
            averages(1.0, 0.9, 0.3, 0.25, None),
            "90% come back in week 1 and 25% in week 3. The largest loss is in week 2: 60 points.",
        ),
        (averages(1.0, 1.0, 1.0), "100% come back in week 1 and 100% in week 2."),
    ],
)
def test_takeaways_of_retention(average: list[dict[str, Any]], expected: str) -> None:
    names = [str(number) for number in range(len(average))]
    assert told(retention.takeaway("week", names, average)) == expected


def halves(early: tuple[int, int], late: tuple[int, int]) -> dict[str, Any]:
    low, high = newcombe(Share(*late), Share(*early))
    told = [{"value": part / whole, "numerator": part, "denominator": whole} for part, whole in (early, late)]
    return {"early": told[0], "late": told[1], "low": low, "high": high}


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], ""),
        ([("1", 0.56), ("2", 0.5), ("3", 0.431)], "From week 3 on fewer than half come back: 43.1%."),
        ([("1", 0.4), ("2", 0.6), ("3", 0.49), ("4", 0.3)], "From week 3 on fewer than half come back: 49.0%."),
        ([("1", 0.4), ("2", 0.5)], "In week 2, the furthest that is known, 50.0% come back."),
    ],
)
def test_takeaways_of_the_curve_of_retention(shares: list[tuple[str, float]], expected: str) -> None:
    assert told(retention.curve_takeaway("week", shares)) == expected


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ([], ""),
        # Newcombe's example of 56 of 70 against 48 of 80.
        (
            [halves((48, 80), (56, 70))],
            "Later cohorts stay better: 80.0% come back in week 1, of the earlier ones 60.0%. "
            "The difference lies between 5.2 pp and 33.4 pp.",
        ),
        (
            [halves((56, 70), (48, 80))],
            "Later cohorts stay worse: 60.0% come back in week 1, of the earlier ones 80.0%. "
            "The difference lies between −33.4 pp and −5.2 pp.",
        ),
        # In week 3 fewer than half of the later ones are counted.
        (
            [halves((48, 80), (56, 70)), halves((30, 80), (20, 50)), halves((56, 70), (2, 20))],
            "No clear difference: 40.0% of the later come back in week 2, 37.5% of the earlier. "
            "The difference lies between −14.0 pp and 19.4 pp.",
        ),
    ],
)
def test_takeaways_of_early_and_late_cohorts(columns: list[dict[str, Any]], expected: str) -> None:
    known = [(str(place), one) for place, one in enumerate(columns, 1)]
    assert told(retention.early_late_takeaway("week", known)) == expected


def test_takeaways_of_the_lifecycle() -> None:
    whole = {"new": [1, 5], "returning": [9, 9], "resurrected": [0, 2], "dormant": [3, 4]}
    assert told(lifecycle.takeaway(whole, "the last whole week")) == (
        "In the last whole week 7 came new or came back and 4 stayed away: 3 more."
    )
    worse = lifecycle.takeaway({**whole, "dormant": [3, 10]}, "the last whole day")
    assert told(worse).endswith("10 stayed away: 3 fewer.")
    assert lifecycle.takeaway({**whole, "new": []}, "") == ""


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([0, 0], ""),
        ([6, 2, 2], "60.0% are active on one day only."),
        ([2, 2, 6], "20.0% are active on one day only. Half of all are on 3 days or fewer."),
    ],
)
def test_takeaways_of_stickiness(counts: list[int], expected: str) -> None:
    assert told(stickiness.takeaway(counts, "day")) == expected
    running = [sum(counts[place:]) for place in range(len(counts))]
    assert stickiness.exactly(running) == counts


def test_takeaways_of_sessions() -> None:
    answer = {
        "count": 40,
        "people": {"all": 10},
        "per_person_per_week": 2.0,
        "median_seconds": 90.0,
        "bounce_rate": 0.25,
    }
    assert told(sessions.takeaway(answer)) == (
        "10 people had 40 sessions, 2 a week each."
        " 25.0% have one event only; half of the others last 1 min 30 s or more."
    )
    assert told(sessions.takeaway({**answer, "median_seconds": None})).endswith("All of them have one event only.")
    assert sessions.takeaway({**answer, "count": 0}) == ""


def test_takeaways_of_concentration() -> None:
    answer = {"share_of_top": 0.5, "gini": 0.634, "people": {"all": 1200}}
    assert told(concentration.takeaway(0.1, answer)) == (
        "The most active 10% of 1,200 people make 50.0% of it. The Gini coefficient is 0.63."
    )
    assert concentration.takeaway(0.1, {**answer, "share_of_top": None}) == ""


@pytest.mark.parametrize(("people", "share"), [(0.0, 0.0), (0.25, 0.05), (0.5, 0.1), (0.75, 0.55), (1.0, 1.0)])
def test_a_lorenz_curve_is_straight_between_its_points(people: float, share: float) -> None:
    assert concentration.share_at([[0, 0], [0.5, 0.1], [1, 1]], people) == pytest.approx(share)


def line(name: str, values: list[float | None], before: list[float | None] = [], **rest: Any) -> Line:  # noqa: B006
    return Line(name, 0, rest.pop("measure", "people"), values, before, **rest)


LABELS = ["1 Nov", "2 Nov", "3 Nov", "4 Nov"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], ""),
        ([line("People", [100, 200, 300, 5])], "People: 200 a day on average. The highest was 300 on 3 Nov."),
        (
            [line("People", [100, 200, 300, 5], [400, 400, 400, 400])],
            "People a day on average fell 50.0% against a week earlier, from 400 to 200. The highest was 300 on 3 Nov.",
        ),
        (
            [line("People", [100, 200, 300, 5], [210, 190, 200, 9])],
            "People a day on average: no clear change against a week earlier (200 now, 200 then). "
            "The highest was 300 on 3 Nov.",
        ),
        (
            [
                line("web", [100, 200, 300, 5], [400] * 4, split="web"),
                line("ios", [10, 20, 30, 5], [20] * 4, split="i"),
            ],
            "web is highest with 200 a day on average, ios lowest with 20. web changed most, down 50.0%.",
        ),
        (
            [line("a", [5, 5, 5, 5]), line("b", [9, 9, 9, 9], measure="median")],
            "",
        ),
        ([line("p90", [None, None, None, None], measure="p90")], ""),
    ],
)
def test_takeaways_of_trends(lines: list[Line], expected: str) -> None:
    told = trend.takeaway(lines, LABELS, 3, "day", "a week earlier")
    assert re.sub("<[^>]+>", "", told) == expected


@pytest.mark.parametrize(
    ("series", "grain", "breakdown", "expected"),
    [
        ([("a", "people")], "week", None, "How many people did “a” each week?"),
        ([(None, "events")], "day", None, "How much was done each day?"),
        ([("a", "events")], "day", "plan", "How often did “a” happen each day, by plan?"),
        ([(None, "sessions")], "month", None, "How many sessions were there each month?"),
        ([("a", "median")], "day", None, "What was the median of “a” each day?"),
        ([("a", "people"), ("b", "people")], "day", None, "How do 2 series develop each day?"),
    ],
)
def test_questions_of_trends(series: list[tuple[Any, str]], grain: str, breakdown: str | None, expected: str) -> None:
    asked = [{"event": name, "measure": measure, "property": None} for name, measure in series]
    assert trend.question({"series": asked, "grain": grain, "breakdown": breakdown}) == expected
