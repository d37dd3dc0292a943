"""The page of trends shows the API's own numbers, whatever the query string says."""

import csv
import io
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore.models import PeopleSegment
from analytics.explore.pages.instead import Unseen
from analytics.people.models import Identity
from analytics.rollups.models import EventDefinition
from productops.lib.cards import Card
from productops.lib.cells import Behind
from productops.lib.models import Role
from tests.dashboards.conftest import Send
from tests.explore.conftest import event, values
from tests.explore.pages_world import sent_by
from tests.lib.staff import LogIn
from tests.metrics.world import World

pytestmark = pytest.mark.django_db
DAYS = "from=2025-03-01&to=2025-03-04"
WORLD = World(
    identities={4: 1},
    events=[
        event(1, "2025-03-01T10:00", properties={"seconds": 10, "plan": "pro"}),
        event(1, "2025-03-01T23:30", properties={"seconds": 20, "plan": "free"}),
        event(4, "2025-03-03T09:00", platform="ios", properties={"seconds": 40, "plan": "pro"}),
        event(2, "2025-03-03T09:00", platform="ios", properties={"seconds": 90, "plan": "<b>&"}),
        event(3, "2025-03-03T09:00", "shared", platform="android"),
        *(event(1, f"2025-02-{day}T09:00") for day in (22, 24)),
    ],
)


@pytest.fixture(autouse=True)
def world(use, send: Send) -> None:
    """A world to ask, and one event in the inbox, by which pages know that there is something to ask."""
    from datetime import date

    use(WORLD)
    send("ada", date(2025, 3, 1))
    EventDefinition.objects.create(
        name="video_created",
        volume=4,
        properties={"plan": {"types": {"string": 4}, "examples": ["pro", "free"]}},
    )
    EventDefinition.objects.create(name="identify", volume=1, properties={"email": {}, "plan": {}})


def cards(client: Client, query: str, kind: str = "trend") -> dict[str, Card]:
    answer = client.get(f"/explore/{kind}/?{query}")
    assert answer.status_code == 200
    return {card.key: card for card in answer.context["cards"]}


def figures(card: Card) -> list[list[Any]]:
    """The rows of a card's table from the oldest on, without links."""
    return [[cell.value if isinstance(cell, Behind) else cell for cell in row] for row in reversed(card.table.rows)]


def test_without_configuration_it_shows_active_people(viewer: Client) -> None:
    card = cards(viewer, DAYS + "&vs=none")["trend"]
    assert card.question == "How many people were active each day?"
    assert [row[1] for row in figures(card)] == [1, 0, 3, 0]
    assert card.sql
    assert card.state is not None
    assert card.state.text == "Too few people to compare (n = 3)."


QUESTIONS = [
    ("", {"series": [{"event": None, "measure": "people"}]}),
    (
        "series.0.event=video_created&series.0.measure=events",
        {"series": [{"event": "video_created", "measure": "events"}]},
    ),
    (
        "series.0.event=video_created&series.0.measure=median&series.0.property=seconds",
        {"series": [{"event": "video_created", "measure": "median", "property": "seconds"}]},
    ),
    (
        "series.0.measure=events&series.1.event=shared&series.1.measure=people&grain=week",
        {"series": [{"event": None, "measure": "events"}, {"event": "shared", "measure": "people"}], "grain": "week"},
    ),
    (
        "series.0.event=video_created&series.0.measure=people&breakdown=plan&tz=Europe/Berlin",
        {
            "series": [{"event": "video_created", "measure": "people"}],
            "breakdown": "plan",
            "values_shown": 5,
            "timezone": "Europe/Berlin",
        },
    ),
    (
        "series.0.measure=events&series.0.filters.0.property=seconds&series.0.filters.0.operator=between"
        "&series.0.filters.0.value=20,40&filters.0.property=platform&filters.0.operator=in&filters.0.value=web,ios",
        {
            "series": [
                {
                    "event": None,
                    "measure": "events",
                    "filters": [{"property": "seconds", "operator": "between", "value": [20, 40]}],
                }
            ],
            "filters": [{"property": "platform", "operator": "in", "value": ["web", "ios"]}],
        },
    ),
]


@pytest.mark.parametrize(("query", "body"), QUESTIONS)
def test_the_page_shows_what_the_api_answers(viewer: Client, ask, query: str, body: dict[str, Any]) -> None:
    card = cards(viewer, f"{DAYS}&vs=none&{query}")["trend"]
    answer = ask(**body)
    shown = [list(column) for column in zip(*(row[1:-1] for row in figures(card)), strict=True)]
    assert shown == values(answer)
    assert [row[-1] for row in figures(card)] == answer["complete"]
    assert [row[0].day.isoformat() for row in figures(card)] == answer["periods"]


def test_it_compares_with_whole_weeks_earlier(viewer: Client) -> None:
    card = cards(viewer, f"{DAYS}&series.0.event=video_created&series.0.measure=events")["trend"]
    assert [row[1:3] for row in figures(card)] == [[2, 1], [0, 0], [2, 1], [0, 0]]
    assert card.table.columns[2].label == "A week earlier"
    assert [series.colour for series in card.chart.series] == ["c1", "reference"]


def test_lines_are_compared(viewer: Client) -> None:
    card = cards(viewer, f"{DAYS}&series.0.event=video_created&series.0.measure=events&breakdown=platform")["compared"]
    # Two on web and two on iOS in four days, and two on web in the days before.
    assert [[row[0], row[1], row[3]] for row in card.table.rows] == [["ios", 0.5, None], ["web", 0.5, 0.5]]


def test_the_file_of_a_card_is_its_table(viewer: Client) -> None:
    query = f"{DAYS}&vs=none&series.0.event=video_created&series.0.measure=events"
    card = cards(viewer, query)["trend"]
    answer = viewer.get("/explore/trend/" + card.csv)
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["Period", "Events", "Complete"]
    assert [row[1] for row in reversed(rows[1:])] == ["2", "0", "2", "0"]
    assert viewer.get("/explore/trend/" + card.parquet).status_code == 200
    assert viewer.get(f"/explore/trend/?{query}&card=other&format=csv").status_code == 404


def test_analysts_open_the_people_behind_each_figure(log_in: LogIn) -> None:
    for person, name in ((1, "ada"), (2, "bob"), (3, "cid"), (4, "phone")):
        Identity.objects.create(
            pk=person, person=1 if person == 4 else person, kind=Identity.Kind.USER, value=name, first_us=1
        )
    analyst = log_in(Role.ANALYST)
    query = f"{DAYS}&vs=none&series.0.event=video_created&series.0.measure=people&breakdown=platform"
    card = cards(analyst, query)["trend"]
    for row in card.table.rows:
        for cell in row:
            if isinstance(cell, Behind):
                page = analyst.get(cell.href)
                assert page.context["page"].paginator.count == cell.value
    listed = analyst.get(cell_of(card, "2025-03-03", "ios").href)
    assert re.findall(r'/people/(\d+)/">(\w+)', listed.content.decode()) == [("1", "ada"), ("2", "bob")]
    file = analyst.get(cell_of(card, "2025-03-03", "ios").href + "&format=csv")
    assert b"".join(file.streaming_content).decode().split() == ["id,ids,name", "1,ada", "phone,ada", "2,bob,bob"]


def cell_of(card: Card, day: str, column: str) -> Behind:
    place = [one.label for one in card.table.columns].index(column)
    return next(row[place] for row in card.table.rows if row[0].day.isoformat() == day)


def test_viewers_see_figures_but_not_who(viewer: Client) -> None:
    card = cards(viewer, f"{DAYS}&series.0.measure=people")["trend"]
    assert not any(isinstance(cell, Behind) for row in card.table.rows for cell in row)
    assert viewer.get(f"/explore/trend/people/?{DAYS}&point.series=0&point.period=2025-03-01").status_code == 403
    assert viewer.get(f"/explore/trend/?{DAYS}&breakdown=person.email").status_code == 403
    assert "person.email" not in viewer.get("/explore/trend/").content.decode()
    assert viewer.get("/explore/values/?property=person.email").json() == {"values": []}


def test_an_analyst_may_ask_by_personal_traits(log_in: LogIn) -> None:
    analyst = log_in(Role.ANALYST)
    assert analyst.get(f"/explore/trend/?{DAYS}&breakdown=person.email").status_code == 200
    assert "person.email" in analyst.get("/explore/trend/").content.decode()


@pytest.mark.parametrize("point", ["", "&point=x", "&point.series=7", "&point.series=0&point.period=1999-01-01"])
def test_no_people_are_behind_what_is_no_figure(log_in: LogIn, point: str) -> None:
    assert log_in(Role.ANALYST).get(f"/explore/trend/people/?{DAYS}{point}").status_code == 404


@pytest.mark.parametrize("typed", ["vidoe_created", "+vidoe_created+"])
def test_a_name_that_was_never_sent_is_told_with_similar_ones(viewer: Client, typed: str) -> None:
    page = viewer.get(f"/explore/trend/?{DAYS}&series.0.event={typed}&series.0.measure=events")
    assert page.context["cards"][0].state.state == "no_match"
    assert "Similar ones: video_created." in page.content.decode()
    assert page.context["unseen"][0].sentence == "Nothing called “vidoe_created” was ever sent."
    [meant] = page.context["unseen"][0].instead
    assert meant.text == "video_created"
    assert viewer.get(meant.href).context["cards"][0].state is None


def test_a_value_that_is_like_a_misspelt_name_stays() -> None:
    asked = [("series.0.event", "swpa"), ("filters.0.property", "swpa"), ("filters.0.value", "swpa")]
    [meant] = Unseen.of("swpa", ["swap"], "trend", asked).instead
    assert meant.href == "/explore/trend/?series.0.event=swap&filters.0.property=swap&filters.0.value=swpa"


@pytest.mark.parametrize(("role", "offered"), [(Role.ANALYST, True), (Role.VIEWER, False)])
def test_what_tells_who_somebody_is_is_offered_to_those_who_may_ask_by_it(
    log_in: LogIn, role: Role, offered: bool
) -> None:
    [unseen] = log_in(role).get(f"/explore/trend/?{DAYS}&breakdown=person.emial").context["unseen"]
    assert ("person.email" in [link.text for link in unseen.instead]) == offered


def test_where_nothing_happened_one_can_ask_about_more(viewer: Client) -> None:
    narrow = "filters.0.property=platform&filters.0.operator=is&filters.0.value=none&seg=1"
    state = viewer.get(f"/explore/trend/?range=7d&{narrow}&series.0.event=nobody_did_it").context["cards"][0].state
    assert state.link.text == "Ask without filters"
    state = viewer.get(state.link.href).context["cards"][0].state
    assert state.link.text == "Ask about a longer time"
    assert viewer.get(state.link.href).context["cards"][0].state.link is None


@pytest.mark.parametrize(
    ("asked", "link"),
    [
        ("trend/?range=7d&seg={segment}", "Ask without filters"),
        ("trend/?range=12m&seg={segment}", "Ask without filters"),
        ("trend/?range=7d&seg=&filters.0.property=&filters.0.operator=is", "Ask about a longer time"),
        ("trend/?from=2019-01-01&to=2023-12-31", None),
        ("paths/?range=90d", None),
        ("paths/?range=12m", None),
    ],
)
def test_more_is_never_less_or_the_same(viewer: Client, asked: str, link: str | None) -> None:
    segment = PeopleSegment.objects.create(name="List", kind="static")
    address = asked.format(segment=segment.pk)
    nothing = "series.0.event=nobody_did_it&start=nobody_did_it"
    state = viewer.get(f"/explore/{address}&{nothing}").context["cards"][0].state
    assert state.state == "no_match"
    assert (state.link and state.link.text) == link
    if link == "Ask without filters":
        assert "seg=" not in state.link.href


def test_an_edit_leads_to_an_address_of_its_own(viewer: Client) -> None:
    start = f"/explore/trend/?{DAYS}&series.0.event=video_created&series.0.measure=people"
    for edit, then in (
        ("add:series", [["video_created", "people"], ["", "people"]]),
        ("remove:series.0", [["", "people"]]),
    ):
        page = viewer.get(f"{start}&do={edit}", follow=True)
        ((address, status),) = page.redirect_chain
        assert status == 302
        assert "do=" not in address
        rows = page.context["form"].clauses[0].rows
        assert [[one.value for one in row.inputs][:2] for row in rows] == then


def test_the_form_sends_what_the_page_shows(viewer: Client) -> None:
    """Every field as it stands in the page makes the same question again."""
    query = (
        f"{DAYS}&vs=none&tz=Europe/Berlin&series.0.event=video_created&series.0.measure=p90&series.0.property=seconds"
        "&series.0.filters.0.property=plan&series.0.filters.0.operator=is_not&series.0.filters.0.value=<b>%26"
        "&series.1.measure=events&breakdown=platform&filters.0.property=seconds&filters.0.operator=gt"
        "&filters.0.value=5&grain=week"
    )
    text = viewer.get(f"/explore/trend/?{query}").content.decode()
    form = re.search(r'<form class="builder.*?</form>', text, re.DOTALL)[0]
    shown, again = cards(viewer, query), cards(viewer, urlencode(sent_by(form)))
    assert {key: card.table for key, card in again.items()} == {key: card.table for key, card in shown.items()}


def test_a_page_asks_the_database_a_few_times_only(viewer: Client) -> None:
    viewer.get("/explore/trend/")
    with CaptureQueriesContext(connection) as asked:
        viewer.get(f"/explore/trend/?{DAYS}&breakdown=platform")
    # Session, reader, segments, what the data is by now, marks, the dictionary for two answers and for the page,
    # features, saved ones.
    assert len(asked) == 10


def test_example_values_of_a_property(viewer: Client) -> None:
    assert viewer.get("/explore/values/?property=plan").json() == {"values": ["pro", "free"]}
    assert viewer.get("/explore/values/").json() == {"values": []}


def test_a_segment_narrows_it(viewer: Client, log_in: LogIn) -> None:
    by_plan = PeopleSegment.objects.create(
        name="Of the pro plan",
        kind="dynamic",
        definition={
            "match": "all",
            "conditions": [{"kind": "person", "property": "person.plan", "operator": "is", "value": "pro"}],
        },
    )
    by_mail = PeopleSegment.objects.create(
        name="Known by mail",
        kind="dynamic",
        definition={
            "match": "all",
            "conditions": [{"kind": "person", "property": "person.email", "operator": "is_set"}],
        },
    )
    page = viewer.get(f"/explore/trend/?{DAYS}&vs=none&seg={by_plan.pk}")
    assert [row[1] for row in figures(page.context["cards"][0])] == [0, 0, 0, 0]
    assert f'<option value="{by_plan.pk}" selected>Of the pro plan' in page.content.decode()
    assert "Known by mail" not in page.content.decode()
    assert any("seg=" in said for said in viewer.get(f"/explore/trend/?seg={by_mail.pk}").context["filters"].warnings)
    assert "Known by mail" in log_in(Role.ANALYST).get("/explore/trend/").content.decode()
