"""The pages of all kinds over one small world: the API's own numbers, the people behind each, whatever is asked."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from analytics.explore.models import Annotation
from analytics.features.models import Area, Feature
from tests.explore.pages_world import DAYS, answered, cards, plain

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


STEPS = [{"event": "signup_completed"}, {"event": "first_video_created"}, {"event": "video_created"}]


def test_a_funnel_begins_with_the_goals(viewer: Client, ask) -> None:
    shown = cards(viewer, "funnel", f"{DAYS}&vs=none")
    answer = answered(ask, "funnel", steps=STEPS)
    assert [row[2] for row in plain(shown["steps"])] == [step["count"] for step in answer["steps"]] == [4, 2, 1]
    assert [row[6] for row in plain(shown["steps"])] == [step["median_seconds"] for step in answer["steps"]]
    assert [row[3:6] for row in plain(shown["steps"])] == [[1, None, None], [0.5, 0.5, 2], [0.25, 0.5, 1]]
    assert shown["steps"].table.emphasis == [1]
    assert shown["steps"].context == "4 people who began, each with 14 days to get there"
    trend = answered(ask, "funnel", steps=STEPS, view="trend", grain="week")["periods"]
    told = [[one["entered"], one["converted"], one["rate"], one["complete"]] for one in trend]
    assert [row[1:] for row in reversed(plain(shown["trend"]))] == told
    times = answered(ask, "funnel", steps=STEPS, view="time_to_convert")
    assert plain(shown["times"]) == [[one["from_seconds"], one["count"]] for one in times["bins"]]


def test_a_funnel_by_a_property(viewer: Client, ask) -> None:
    query = (
        f"{DAYS}&vs=none&order=unordered&window.value=3&window.unit=day&breakdown.property=platform"
        "&breakdown.attribution=step&breakdown.step=1&steps.0.event=signup_completed&steps.1.event=first_video_created"
        "&steps.2.event="
    )
    shown = cards(viewer, "funnel", query)
    body = {"steps": STEPS[:2], "order": "unordered", "window": {"value": 3, "unit": "day"}}
    breakdown = {"property": "platform", "attribution": "step", "step": 0}
    answer = answered(ask, "funnel", **body, breakdown=breakdown)["breakdown"]
    told = [[one["value"], one["steps"][0]["count"], one["steps"][1]["count"]] for one in answer]
    assert [row[:3] for row in plain(shown["breakdown"])] == told
    assert [row[2] for row in plain(shown["steps"])] == [
        step["count"] for step in answered(ask, "funnel", **body)["steps"]
    ]


def test_exclusions_count_steps_from_one(viewer: Client, ask) -> None:
    query = f"{DAYS}&vs=none&exclusions.0.event=page&exclusions.0.from_step=1&exclusions.0.to_step=3"
    shown = cards(viewer, "funnel", query)["steps"]
    exclusions = [{"event": "page", "from_step": 0, "to_step": 2}]
    answer = answered(ask, "funnel", steps=STEPS, exclusions=exclusions)
    assert [row[2] for row in plain(shown)] == [step["count"] for step in answer["steps"]]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("&start.mode=recurring&start.event=", {"mode": "recurring", "start": {"event": None}}),
        (
            "&return.event=video_created&return.occurrences=2&on_or_after=true&grain=day&brackets=1,7",
            {
                "return": {"event": "video_created"},
                "minimum_occurrences": 2,
                "on_or_after": True,
                "grain": "day",
                "brackets": [1, 7],
            },
        ),
        ("&window=24h", {"window": "24h"}),
    ],
)
def test_retention(viewer: Client, ask, query: str, body: dict[str, Any]) -> None:
    shown = cards(viewer, "retention", DAYS + query)
    usual = {"start": {"event": "signup_completed"}, "return": {"event": None}, "grain": "week"}
    answer = answered(ask, "retention", **{**usual, **body})
    assert plain(shown["cohorts"])[0][2:] == [one["value"] for one in answer["average"]]
    for row, cohort in zip(shown["cohorts"].table.rows[1:], answer["cohorts"], strict=True):
        assert row[0].day.isoformat() == cohort["period"]
        cells = [cell for cell in row[2:] if cell is not None]
        if cohort["size"]:
            assert [cell.value for cell in cells] == [count / cohort["size"] for count in cohort["returned"]]
            assert [cell.incomplete for cell in cells] == [not over for over in cohort["complete"]]
        else:
            assert not cells
    told = [[one["numerator"], one["denominator"]] for one in answer["average"][1:] if one["value"] is not None]
    assert [row[1:3] for row in plain(shown["curve"])] == told
    if answer["early_late"] is None:
        assert "early_late" not in shown
    else:
        compared = [one for one in answer["early_late"]["columns"] if one["low"] is not None]
        assert [row[1:5] for row in plain(shown["early_late"])] == [
            [one[half][name] for half in ("early", "late") for name in ("value", "denominator")] for one in compared
        ]


def test_the_lifecycle(viewer: Client, ask) -> None:
    answer = answered(ask, "lifecycle", selector={"event": "video_created"}, grain="week")
    rows = plain(cards(viewer, "lifecycle", f"{DAYS}&selector.event=video_created")["lifecycle"])
    statuses = ("new", "returning", "resurrected", "dormant", "complete")
    assert [list(column) for column in zip(*(row[1:] for row in reversed(rows)), strict=True)] == [
        answer[name] for name in statuses
    ]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {}),
        ("&cumulative=true&grain=week", {"cumulative": True, "grain": "week"}),
        (
            "&selector.event=video_created&occurrences=2",
            {"selector": {"event": "video_created"}, "occurrences": {"operator": "gte", "value": 2}},
        ),
    ],
)
def test_stickiness(viewer: Client, ask, query: str, body: dict[str, Any]) -> None:
    answer = answered(ask, "stickiness", **{"selector": {"event": None}, "grain": "day", **body})
    assert [row[1] for row in plain(cards(viewer, "stickiness", DAYS + query)["stickiness"])] == answer["counts"]


def test_sessions(viewer: Client, ask) -> None:
    answer = answered(ask, "sessions")
    shown = cards(viewer, "sessions", f"{DAYS}&vs=none")
    figures = [answer[key] for key in ("median_seconds", "mean_seconds", "p90_seconds", "bounce_rate")]
    assert plain(shown["sessions"]) == [
        ["3 Mar – 30 Mar 2025", answer["count"], answer["people"]["all"], *figures, answer["per_person_per_week"]]
    ]
    assert [row[1] for row in plain(shown["lengths"])] == [one["sessions"] for one in answer["lengths"]]


def test_concentration(viewer: Client, ask) -> None:
    answer = answered(ask, "concentration", selector={"event": "video_created"}, top=0.2)
    shown = cards(viewer, "concentration", f"{DAYS}&selector.event=video_created&top=0.2")
    share = answer["share_of_top"]
    assert [row[1:3] for row in plain(shown["groups"])] == [
        [answer["people"]["top"], share],
        [answer["people"]["others"], 1 - share],
    ]
    assert plain(shown["lorenz"])[0] == [0, 0]
    assert plain(shown["lorenz"])[-1] == [1, 1]


def test_paths(viewer: Client, ask) -> None:
    answer = answered(ask, "paths", depth=3)
    shown = cards(viewer, "paths", f"{DAYS}&depth=3")["paths"]
    links = [[link["people"], link["paths"], link["median_seconds"]] for link in answer["links"]]
    assert [row[2:] for row in plain(shown)] == links != []
    assert [node.key for node in shown.flow.nodes] == [node["id"] for node in answer["nodes"]]
    begun = cards(viewer, "paths", f"{DAYS}&start.event=signup_completed&exclude.0.event=page")["paths"]
    told = answered(ask, "paths", start="signup_completed", exclude=["page"])
    assert [row[2] for row in plain(begun)] == [link["people"] for link in told["links"]]


def test_adoption(viewer: Client, ask) -> None:
    answer = answered(ask, "adoption", features=["signup_completed", "video_created"])
    shown = cards(viewer, "adoption", f"{DAYS}&features.0.event=signup_completed&features.1.event=video_created")
    told = {one["name"]: [one["people"], one["share"], one["times"]] for one in answer["features"]}
    assert {row[0]: [row[1], row[2], row[4]] for row in plain(shown["adoption"])} == told


def test_what_happened_is_marked_on_charts_by_time(viewer: Client) -> None:
    Annotation.objects.create(day=date(2025, 3, 12), text="Release 4", kind="release")
    Annotation.objects.create(day=date(2025, 3, 14), text="Price test", kind="price")
    Annotation.objects.create(day=date(2025, 4, 1), text="Later", kind="release")
    by_day = cards(viewer, "trend", f"{DAYS}&vs=none")["trend"].chart.marks
    assert [(mark.index, mark.text) for mark in by_day] == [(9, "Release 4"), (11, "Price test")]
    by_week = cards(viewer, "lifecycle")["lifecycle"].chart.marks
    assert [(mark.index, mark.text) for mark in by_week] == [(1, "Release 4; Price test")]


@pytest.mark.parametrize(
    ("kind", "card", "body"),
    [
        ("lifecycle", "lifecycle", {"selector": {"event": None}}),
        ("stickiness", "stickiness", {"selector": {"event": None}}),
        ("retention", "cohorts", {"start": {"event": "signup_completed"}, "return": {"event": None}}),
        ("funnel", "trend", {"steps": STEPS, "view": "trend"}),
    ],
)
def test_by_the_hour(viewer: Client, ask, kind: str, card: str, body: dict[str, Any]) -> None:
    day = {"from": "2025-03-19", "to": "2025-03-19", "grain": "hour", "mode": "first_time"}
    answer = ask(kind, **body, **day)
    shown = cards(viewer, kind, "from=2025-03-19&to=2025-03-19&grain=hour&vs=none")[card]
    rows = plain(shown)
    if kind == "lifecycle":
        assert [row[1] for row in reversed(rows)] == answer["new"]
        assert sum(answer["new"]) == 1
    elif kind == "stickiness":
        assert [row[1] for row in rows] == answer["counts"]
    elif kind == "retention":
        assert [row[1] for row in rows[1:]] == [cohort["size"] for cohort in answer["cohorts"]]
    else:
        assert [row[1] for row in reversed(rows)] == [one["entered"] for one in answer["periods"]]


def test_too_many_hours_are_refused_in_words(viewer: Client) -> None:
    page = viewer.get(f"/explore/retention/?{DAYS}&grain=hour")
    assert any("choose a coarser grain" in said for said in page.context["filters"].warnings)
    assert page.context["cards"]


def test_features_are_offered_among_properties(viewer: Client) -> None:
    assert "core_area" not in viewer.get(f"/explore/trend/?{DAYS}").content.decode()
    area = Area.objects.create(key="A", name="Home", position=0)
    Feature.objects.create(key="swap", name="Swapping", area=area, position=0)
    page = viewer.get(f"/explore/adoption/?{DAYS}&do=add:features", follow=True).content.decode()
    assert '<option value="core_area"></option>' in page
    assert '<option value="swap">Swapping</option>' in page
    assert viewer.get("/explore/values/?property=feature").json() == {"values": ["swap"]}
    assert viewer.get("/explore/values/?property=core_area").json() == {"values": ["A"]}
