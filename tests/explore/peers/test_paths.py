"""Paths held to figures of PostHog's tests of its own: their worlds and numbers, in this product's words."""

from typing import Any

import pytest

from tests.explore.conftest import event
from tests.explore.peers.cases import having, where
from tests.metrics.world import Row, World

pytestmark = pytest.mark.django_db

Links = list[tuple[str, str, int, float]]
DAYS = {"from": "2012-01-01", "to": "2012-01-14"}


def went(actor: int, *names: str, gaps: tuple[float, ...] = (), start: str = "2012-01-01T03:21:34") -> list[Row]:
    """Pages, screens (``#``) and events (``!``) one after the other, a minute apart if no ``gaps`` say else."""
    rows, minutes = [], 0.0
    for place, name in enumerate(names):
        minutes += (gaps[place - 1] if gaps else 1) if place else 0
        kind = {"#": "screen", "!": "track"}.get(name[0], "page")
        shown = {"page": name.removeprefix("#")} if kind != "track" else {}
        row = event(actor, start, name.removeprefix("!") if kind == "track" else kind, type=kind, **shown)
        rows.append(
            row | {"at_us": row["at_us"] + round(minutes * 60 * 10**6), "message_id": f"{actor}-{start}-{place}"}
        )
    return rows


def of_people(people: range, *names: str) -> list[Row]:
    return [row for who in people for row in went(who, *names)]


FOUR = went(1, "/1", "/2", "/3", "/4", gaps=(1, 2, 3))
FIRST_DAY, THE_14TH = "2012-01-01T03:21:34", "2012-01-14T03:21:34"
SITE = [
    *went(1, "/", "/about", gaps=(7,), start=THE_14TH),
    *went(2, "/", "/pricing", "/about", gaps=(7, 1), start=THE_14TH),
    *went(3, "/pricing", "/", gaps=(7,), start=THE_14TH),
    *went(4, "/", "/pricing", gaps=(7,), start=THE_14TH),
]
THREE_KINDS = [
    *went(1, "/1", "/2/", "/3", gaps=(1, 2)),
    *went(2, "#/screen1", "#/screen2", "#/screen3", gaps=(1, 2)),
    *went(3, "!/custom1", "!/custom2", "!/custom3", gaps=(1, 2)),
]
LONG = [
    *went(1, "/1", "/2", "/3/", "/4/", "/5", "/about", "/after/"),
    *went(2, "/5", "/about"),
    *went(3, "/3/", "/4", "/about/", "/after"),
]
STEPS = ["!step one", "!step two", "!step three", "!step four"]


@pytest.mark.parametrize(
    ("events", "asked", "expected"),
    [
        (
            SITE,
            {},
            [
                ("1_/", "2_/pricing", 2, 420),
                ("1_/", "2_/about", 1, 420),
                ("1_/pricing", "2_/", 1, 420),
                ("2_/pricing", "3_/about", 1, 60),
            ],
        ),
        (FOUR, {"depth": 2}, [("1_/1", "2_/2", 1, 60)]),
        (
            FOUR + went(2, "/1", "/2", "/3", gaps=(2, 4)),
            {"depth": 4},
            [("1_/1", "2_/2", 2, 90), ("2_/2", "3_/3", 2, 180), ("3_/3", "4_/4", 1, 180)],
        ),
        (
            [*of_people(range(1, 26), *STEPS[:3], "!branch"), *of_people(range(26, 51), *STEPS[:3])],
            {},
            [
                ("1_step one", "2_step two", 50, 60),
                ("2_step two", "3_step three", 50, 60),
                ("3_step three", "4_branch", 25, 60),
            ],
        ),
        (
            LONG,
            {"end": "/about"},
            [
                ("1_/2", "2_/3", 1, 60),
                ("1_/3", "2_/4", 1, 60),
                ("1_/5", "2_/about", 1, 60),
                ("2_/3", "3_/4", 1, 60),
                ("2_/4", "3_/about", 1, 60),
                ("3_/4", "4_/5", 1, 60),
                ("4_/5", "5_/about", 1, 60),
            ],
        ),
        (LONG, {"start": "/5", "end": "/about/"}, [("1_/5", "2_/about", 2, 60)]),
        (
            LONG,
            {"start": "/2", "end": "/about", "depth": 4},
            [("1_/2", "2_/3", 1, 60), ("2_/3", "3_...", 1, 60), ("3_...", "4_/5", 1, 60), ("4_/5", "5_/about", 1, 60)],
        ),
        (
            THREE_KINDS,
            {"exclude": ["/custom1", "/1", "/2", "/3"]},
            [
                ("1_/custom2", "2_/custom3", 1, 120),
                ("1_/screen1", "2_/screen2", 1, 60),
                ("2_/screen2", "3_/screen3", 1, 120),
            ],
        ),
        (
            went(1, "/1", "/2", "/3", "!/custom1", "!/custom2", "!/custom3", gaps=(1, 2, 5, 1, 2)),
            {"exclude": ["/custom1", "/custom3"]},
            [("1_/1", "2_/2", 1, 60), ("2_/2", "3_/3", 1, 120), ("3_/3", "4_/custom2", 1, 360)],
        ),
        (
            [having(row, browser="Chrome") for row in SITE[:5]] + SITE[5:],
            {"filters": where("browser", "is", "Chrome")},
            [("1_/", "2_/about", 1, 420), ("1_/", "2_/pricing", 1, 420), ("2_/pricing", "3_/about", 1, 60)],
        ),
    ],
)
def test_links(ask, use, events: list[Row], asked: dict[str, Any], expected: Links) -> None:
    use(World(events=events))
    links = ask("paths", **DAYS, **asked)["links"]
    found = [(link["source"], link["target"], link["people"], link["median_seconds"]) for link in links]
    assert found == expected
    for source, target, people, _ in expected[-2:]:
        assert ask("paths/people", **DAYS, **asked, point={"link": [source, target]})["count"] == people


def test_each_day_anew(ask, use) -> None:
    """There a link's value is how often it was taken: here that is told as paths, beside the people who did."""
    second = went(1, "/1", "/2/", "/3", gaps=(1, 4), start="2012-01-02T03:21:54")
    use(World(events=went(1, "/1", "/2", "/3", gaps=(1, 2)) + second))
    links = ask("paths", **DAYS)["links"]
    found = [(link["source"], link["paths"], link["people"], link["median_seconds"]) for link in links]
    assert found == [("1_/1", 2, 1, 60), ("2_/2", 2, 1, 180)]
