"""The pages of all kinds over one small world: the API's own numbers, the people behind each, whatever is asked."""

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from analytics.explore.models import Annotation, SavedAnalysis
from analytics.explore.pages import (
    concentration,
    funnel,
    lifecycle,
    retention,
    sessions,
    states,
    stickiness,
    views,
)
from analytics.explore.pages.inquiry import BY_KIND
from analytics.explore.pages.kinds import PAGES
from productops.lib.cards import Card
from productops.lib.cells import Behind, Heat
from productops.lib.downloads import plain_cell
from productops.lib.models import Role, User
from tests.dashboards.conftest import Send, send  # noqa: F401  (a fixture)
from tests.explore.conftest import at, event
from tests.explore.test_pages_trend import sent_by
from tests.lib.staff import LogIn
from tests.metrics.world import World

pytestmark = pytest.mark.django_db
DAYS = "from=2025-03-03&to=2025-03-30"
BODY = {"from": "2025-03-03", "to": "2025-03-30", "series": None}


def session(actor: int, start: str, end: str) -> dict[str, Any]:
    return {"source": 1, "device": actor, "start_us": at(start), "end_us": at(end), "actor": actor, "day": 0}


WORLD = World(
    identities={7: 1},
    events=[
        event(1, "2025-03-03T10:00", "signup_completed"),
        event(7, "2025-03-03T11:00", "first_video_created", platform="ios"),
        event(1, "2025-03-12T11:00", "video_created"),
        event(2, "2025-03-04T10:00", "signup_completed", platform="ios"),
        event(2, "2025-03-05T10:00", "first_video_created"),
        event(3, "2025-03-11T10:00", "signup_completed"),
        event(3, "2025-03-18T10:00", "page", properties={"name": "Home", "path": "/"}, type="page"),
        event(3, "2025-03-18T10:05", "video_created"),
        event(4, "2025-03-19T10:00", "video_created"),
        event(4, "2025-03-19T10:10", "video_created"),
        event(4, "2025-03-19T10:20", "signup_completed"),
    ],
    sessions=[
        session(1, "2025-03-03T10:00", "2025-03-03T10:00"),
        session(3, "2025-03-18T10:00", "2025-03-18T10:05"),
        session(4, "2025-03-19T10:00", "2025-03-19T10:20"),
    ],
)


@pytest.fixture(autouse=True)
def world(use, send: Send) -> None:  # noqa: F811
    use(WORLD)
    send("ada", date(2025, 3, 3))


def cards(client: Client, kind: str, query: str = DAYS) -> dict[str, Card]:
    answer = client.get(f"/explore/{kind}/?{query}")
    assert answer.status_code == 200
    return {card.key: card for card in answer.context["cards"]}


def plain(card: Card) -> list[list[Any]]:
    return [[plain_cell(cell) for cell in row] for row in card.table.rows]


def answered(ask, kind: str, **body: Any) -> dict[str, Any]:
    return ask(kind, **{**BODY, **body})


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


SAVED = [
    ("trend", "series.0.event=video_created&series.0.measure=events&breakdown=platform&grain=week"),
    ("funnel", "steps.0.event=a&steps.1.event=b&steps.1.optional=true&exclusions.0.event=c&exclusions.0.from_step=1"
     "&exclusions.0.to_step=2&breakdown.property=platform&breakdown.attribution=step&breakdown.step=2&window.value=3"),
    ("retention", "start.event=a&start.mode=recurring&return.event=b&return.occurrences=2&brackets=1,7&window=24h"),
    ("lifecycle", "selector.event=a&grain=month"),
    ("stickiness", "selector.event=a&occurrences=3&cumulative=true"),
    ("paths", "start.event=a&end.event=b&end.filters.0.property=p&end.filters.0.operator=is_set&exclude.0.event=c"),
    ("sessions", "filters.0.property=platform&filters.0.operator=in&filters.0.value=web, ios&tz=Europe/Berlin"),
    ("adoption", "features.0.event=a"),
    ("concentration", "selector.event=a&top=0.2"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "query"), SAVED)
def test_a_saved_question_is_opened_as_it_was(log_in: LogIn, kind: str, query: str) -> None:
    analyst = log_in(Role.ANALYST)
    saved = analyst.post(f"/explore/{kind}/save/?{DAYS}&vs=none&{query}", {"name": "Mine", "pinned": "on"})
    assert saved.url == f"/explore/{SavedAnalysis.objects.get().pk}/"
    assert SavedAnalysis.objects.get().pinned
    opened = log_in(Role.VIEWER).get(saved.url)
    request = RequestFactory().get(opened.url)
    request.user = User.objects.get(role=Role.VIEWER)
    page, pairs = PAGES[kind], views.pairs_of(request)
    inquiry, warnings = views.inquire(request, page, states.unflattened(pairs), views.filters_of(request, page), pairs)
    assert states.restored(inquiry.body) == states.restored(SavedAnalysis.objects.get().body)
    assert not warnings


def test_who_may_save(viewer: Client, log_in: LogIn) -> None:
    assert viewer.post(f"/explore/trend/save/?{DAYS}", {"name": "Mine"}).status_code == 403
    analyst = log_in(Role.ANALYST)
    assert analyst.get("/explore/trend/save/").status_code == 405
    assert analyst.post(f"/explore/trend/save/?{DAYS}", {"name": ""}).url == f"/explore/trend/?{DAYS}"
    assert not SavedAnalysis.objects.exists()
    assert viewer.get("/explore/123/").status_code == 404
    private = SavedAnalysis.objects.create(name="Own", kind="sessions", body={}, shared=False)
    assert viewer.get(f"/explore/{private.pk}/").status_code == 404


def test_what_happened_is_marked_on_charts_by_time(viewer: Client) -> None:
    Annotation.objects.create(day=date(2025, 3, 12), text="Release 4", kind="release")
    Annotation.objects.create(day=date(2025, 3, 14), text="Price test", kind="price")
    Annotation.objects.create(day=date(2025, 4, 1), text="Later", kind="release")
    by_day = cards(viewer, "trend", f"{DAYS}&vs=none")["trend"].chart.marks
    assert [(mark.index, mark.text) for mark in by_day] == [(9, "Release 4"), (11, "Price test")]
    by_week = cards(viewer, "lifecycle")["lifecycle"].chart.marks
    assert [(mark.index, mark.text) for mark in by_week] == [(1, "Release 4; Price test")]


def links_to_people(card: Card) -> Iterator[tuple[str, int]]:
    for row in card.table.rows:
        for cell in row:
            if isinstance(cell, Behind):
                yield cell.href, int(cell.value)
            elif isinstance(cell, Heat) and cell.href:
                yield cell.href, int(re.match("[0-9]+", cell.title)[0])


@pytest.mark.parametrize("kind", PAGES)
def test_behind_every_figure_are_as_many_people(log_in: LogIn, kind: str) -> None:
    analyst = log_in(Role.ANALYST)
    query = f"{DAYS}&vs=none"
    if kind == "funnel":
        query += "&breakdown.property=platform"
    followed = 0
    for card in cards(analyst, kind, query).values():
        for href, count in links_to_people(card):
            assert analyst.get(href).context["page"].paginator.count == count, href
            followed += 1
    assert followed


@pytest.mark.parametrize("kind", PAGES)
def test_viewers_are_led_to_nobody(viewer: Client, kind: str) -> None:
    for card in cards(viewer, kind).values():
        assert not list(links_to_people(card))
    assert f"/explore/{kind}/people/" not in viewer.get(f"/explore/{kind}/?{DAYS}").content.decode()
    assert viewer.get(f"/explore/{kind}/people/?{DAYS}").status_code == 403


@pytest.mark.parametrize("kind", PAGES)
def test_the_form_of_a_page_asks_its_question_again(viewer: Client, kind: str) -> None:
    query = f"{DAYS}&filters.0.property=platform&filters.0.operator=is&filters.0.value=web&vs=none"
    text = viewer.get(f"/explore/{kind}/?{query}").content.decode()
    sent = sent_by(re.search(r'<form class="builder.*?</form>', text, re.DOTALL)[0])
    again = cards(viewer, kind, urlencode(sent))
    assert {key: plain(card) for key, card in again.items()} == {
        key: plain(card) for key, card in cards(viewer, kind, query).items()
    }


@pytest.mark.parametrize("kind", PAGES)
def test_every_card_is_told_in_full(viewer: Client, kind: str) -> None:
    """Its table, definition, SQL and files are in the page itself, without scripts."""
    page = viewer.get(f"/explore/{kind}/?{DAYS}").content.decode()
    for card in cards(viewer, kind).values():
        assert card.definition.text
        assert card.sql
        assert f'id="{card.key}"' in page
        for href in (card.csv, card.parquet):
            answer = viewer.get(f"/explore/{kind}/{href}")
            assert answer.status_code == 200
            assert b"".join(answer.streaming_content)
    assert not re.search(r"<[^>]*\s(?:style|on[a-z]+)\s*=", page)


@pytest.mark.parametrize("kind", PAGES)
def test_every_edit_of_a_form_can_be_made(viewer: Client, kind: str) -> None:
    page = viewer.get(f"/explore/{kind}/?{DAYS}").content.decode()
    for edit in re.findall(r'name="do" value="([^"]+)"', page):
        answer = viewer.get(f"/explore/{kind}/?{DAYS}&do={edit}", follow=True)
        assert answer.status_code == 200
        assert f'value="{edit}"' in page


HOSTILE = [
    "steps=x&start=y&selector=z&window=w&breakdown=b&exclusions=e&features=f&exclude=g",
    "steps.0=x&start.event.a=y&selector.filters=z&window.value=w&exclusions.0=e&features.0=f&exclude.0=g",
    "steps.0.event=a&steps.0.optional=true&window.value=-5&window.unit=aeon&occurrences=many&top=9&depth=0",
    "exclusions.0.event=a&exclusions.0.from_step=9&exclusions.0.to_step=x&brackets=7,1,x&order=wild",
    "breakdown.property=a%22b&breakdown.step=99&breakdown.attribution=mine&selector.filters.0.property=%00",
    "from=2025-03-30&to=2025-03-03&grain=aeon&seg=none&range=x",
    "&".join(f"steps.{index}.event=e{index}" for index in range(50)),
]


@pytest.mark.parametrize("kind", PAGES)
def test_hostile_query_strings_make_a_question(make_user, kind: str) -> None:
    page = PAGES[kind]
    for query in HOSTILE:
        request = RequestFactory().get(f"/explore/{kind}/?{query}")
        request.user = make_user("ada") if not User.objects.exists() else User.objects.get()
        pairs = views.pairs_of(request)
        filters = views.filters_of(request, page)
        inquiry, warnings = views.inquire(request, page, states.unflattened(pairs), filters, pairs)
        assert BY_KIND[kind].request(data=inquiry.body).is_valid()
        assert all(isinstance(warning, str) for warning in warnings)


@pytest.mark.parametrize("kind", PAGES)
def test_a_hostile_query_string_gets_an_answer(viewer: Client, kind: str) -> None:
    page = viewer.get(f"/explore/{kind}/?" + "&".join(HOSTILE))
    assert page.status_code == 200
    assert page.context["filters"].warnings


def answered_by(client: Client, kind: str) -> set[str]:
    """The SQL of each answer that a page's cards rest on."""
    return {sql for card in cards(client, kind).values() for sql in (card.sql or {}).values()}


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_asks_the_database_a_few_times_only(viewer: Client, kind: str) -> None:
    viewer.get(f"/explore/{kind}/")
    with CaptureQueriesContext(connection) as asked:
        viewer.get(f"/explore/{kind}/?{DAYS}")
    # Session, reader, segments, saved ones, newest event twice, dictionary, marks, goals and their events; and for each
    # answer what the data is by now and the dictionary.
    answers = len(answered_by(viewer, kind)) + 1  # and that of the days compared with
    assert len(asked) <= 10 + 5 * answers


def test_a_kind_that_is_none(viewer: Client) -> None:
    assert viewer.get("/explore/astrology/").status_code == 404
    assert viewer.get("/explore/").url == "/explore/trend/"
    assert viewer.get("/explore/?range=7d").url == "/explore/trend/?range=7d"


def test_other_kinds_keep_days_and_filters(viewer: Client) -> None:
    query = f"{DAYS}&series.0.event=a&filters.0.property=platform&filters.0.value=web"
    tabs = viewer.get(f"/explore/trend/?{query}").context["tabs_row"]
    kept = dict(parse_qsl(urlsplit(tabs[1].href).query))
    assert kept.keys() == {"from", "to", "filters.0.property", "filters.0.value"}
    assert [tab.current for tab in tabs] == [kind == "trend" for kind in PAGES]


def told(text: str) -> str:
    return unescape(re.sub("<[^>]+>", "", text)).replace("\N{NO-BREAK SPACE}", " ")


def step(number: int, people: int, before: int, name: str = "go", start: int = 100) -> funnel.Step:
    return funnel.Step(number, name, people, start, before, None)


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
def test_takeaways_of_funnels(steps: list[funnel.Step], expected: str) -> None:
    assert told(funnel.takeaway(steps, funnel.largest_loss(steps))) == expected


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
        "10 people had 40 sessions, 2 a week each. Half last 1 min 30 s or more; 25.0% have one event only."
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
