"""The pages of segments: built by conditions or sent as a list, seen, changed and deleted."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.explore.models import PeopleSegment, SavedAnalysis
from analytics.explore.pages import states
from analytics.explore.pages.segments.form import definition_of, state_of
from analytics.explore.segments.requests import DefinitionSerializer
from analytics.people.ids import ids_of_value
from analytics.people.models import Identity
from productops.lib.models import Role
from tests.explore.pages_world import DAYS, cards
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]
TWICE = "events.0.event=video_created&events.0.at_least=2"
PERSONAL = {
    "match": "all",
    "conditions": [{"kind": "person", "property": "person.email", "operator": "is_set", "value": None}],
}


@pytest.fixture
def analyst(log_in: LogIn) -> Client:
    return log_in(Role.ANALYST)


@pytest.fixture
def people() -> None:
    for person, name in ((1, "ada"), (2, "bob"), (3, "cid"), (4, "dan"), (7, "phone")):
        whose = 1 if person == 7 else person
        Identity.objects.create(pk=person, person=whose, kind=Identity.Kind.USER, value=name, first_us=1)


# In the world: 1 (and 7) made videos twice, 2 once, 3 once, 4 twice; ios are 7 (now 1) and 2.
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", None),
        ("events.0.event=video_created", 3),
        (TWICE, 1),
        ("events.0.event=video_created&events.0.at_least=1&events.0.at_most=1", 2),
        ("events.0.event=first_video_created&events.0.did=never", 2),
        ("events.0.event=signup_completed&events.0.from=2025-03-04&events.0.to=2025-03-11", 2),
        ("match=any&events.0.event=first_video_created&events.1.event=page", 3),
        (
            "events.0.event=first_video_created&events.0.filters.0.property=platform&events.0.filters.0.operator=is"
            "&events.0.filters.0.value=ios",
            1,
        ),
    ],
)
def test_it_says_how_many_people_that_would_be(analyst: Client, query: str, count: int | None) -> None:
    page = analyst.get(f"/explore/segments/new/?{query}")
    assert page.status_code == 200
    assert page.context["count"] == count


def test_a_segment_is_made_changed_and_asked_about(analyst: Client, people: None) -> None:
    made = analyst.post(f"/explore/segments/new/?{TWICE}", {"name": "Twice", "description": "For mails"})
    one = PeopleSegment.objects.get()
    assert made.url == f"/explore/segments/{one.pk}/"
    (condition,) = one.definition["conditions"]
    assert (condition["event"], condition["at_least"], condition["at_most"]) == ("video_created", 2, None)
    page = analyst.get(made.url)
    assert page.context["told"] == ["did “video_created” at least 2 times"]
    assert page.context["count"] == 1
    listed = analyst.get(made.url + "people/")
    assert [person["name"] for person in listed.context["page"]] == ["dan"]
    file = analyst.get(made.url + "people/?format=csv")
    assert b"".join(file.streaming_content).decode().split() == ["id,ids,name", "4,dan,dan"]
    asked = cards(analyst, "trend", f"{DAYS}&vs=none&seg={one.pk}")["trend"]
    assert sum(row[1].value for row in asked.table.rows if row[1]) == 1
    changed = f"{made.url}?events.0.event=video_created&events.0.at_least=1"
    assert analyst.post(changed, {"name": "Once", "description": ""}).url == made.url
    assert PeopleSegment.objects.get().name == "Once"
    assert analyst.get(made.url).context["count"] == 3


def test_rows_are_added_and_taken_out(analyst: Client) -> None:
    page = analyst.get("/explore/segments/new/?do=add:events", follow=True)
    assert len(page.context["form"].clauses[0].rows) == 1
    assert page.context["count"] is None
    page = analyst.get(f"/explore/segments/new/?{TWICE}&do=remove:events.0", follow=True)
    assert not page.context["form"].clauses[0].rows


@pytest.mark.parametrize(
    ("query", "name", "said"),
    [
        ("", "Nobody", "Say first who is in it."),
        (TWICE, "", "This field is required."),
        (TWICE, "Taken", "already exists"),
    ],
)
def test_what_cannot_be_kept_is_said(analyst: Client, query: str, name: str, said: str) -> None:
    PeopleSegment.objects.create(name="Taken", kind="static")
    page = analyst.post(f"/explore/segments/new/?{query}", {"name": name})
    assert page.status_code == 400
    assert said in page.content.decode()
    assert PeopleSegment.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    [
        "events.0.event=a&events.0.at_least=3&events.0.at_most=1",
        "events.0.event=a&events.0.days=-1",
        "events.0.event=a&events.0.from=tomorrow",
        "filters.0.property=plan&filters.0.operator=is&filters.0.value=pro",
        "segments.0.segment=x",
        "events=x&segments.0=y&filters.0.0=z&match=some",
    ],
)
def test_conditions_that_cannot_be_are_left_out_and_never_saved(analyst: Client, query: str) -> None:
    page = analyst.get(f"/explore/segments/new/?{query}")
    assert page.status_code == 200
    assert page.context["count"] is None
    assert analyst.post(f"/explore/segments/new/?{query}", {"name": "Wrong"}).status_code in (200, 400)
    assert not PeopleSegment.objects.exists()


def test_segments_that_would_go_in_a_circle_are_refused(analyst: Client) -> None:
    analyst.post(f"/explore/segments/new/?{TWICE}", {"name": "Inner"})
    inner = PeopleSegment.objects.get()
    analyst.post(f"/explore/segments/new/?segments.0.segment={inner.pk}", {"name": "Outer"})
    outer = PeopleSegment.objects.get(name="Outer")
    assert analyst.get(f"/explore/segments/{outer.pk}/").context["told"] == ["in “Inner”"]
    query = urlencode({"segments.0.segment": outer.pk})
    page = analyst.post(f"/explore/segments/{inner.pk}/?{query}", {"name": "Inner"})
    assert page.status_code == 400
    assert "circle" in page.content.decode()
    deleted = analyst.post(f"/explore/segments/{inner.pk}/delete/", {"sure": "on"}, follow=True)
    assert "Outer" in deleted.content.decode()
    assert PeopleSegment.objects.count() == 2


def test_a_list_is_sent_and_replaced(analyst: Client) -> None:
    ids = {name: min(ids_of_value(name)) for name in ("eve", "bob", "cid")}
    for name, pk in ids.items():
        Identity.objects.create(pk=pk, person=pk, kind=Identity.Kind.USER, value=name, first_us=1)

    def sent(text: str, **values: str) -> dict[str, Any]:
        return {"name": "Beta", "file": SimpleUploadedFile("list.csv", text.encode()), **values}

    def members() -> set[int]:
        return set(PeopleSegment.objects.get().members.values_list("identity", flat=True))

    made = analyst.post("/explore/segments/upload/", sent("user_id\neve\nbob\nnobody\n"), follow=True)
    assert members() == {ids["eve"], ids["bob"]}
    assert "3 ids were read. 1 is nobody&#x27;s: nobody." in made.content.decode()
    path = made.redirect_chain[-1][0]
    analyst.post(path, {"name": "Beta 2", "description": ""})
    assert PeopleSegment.objects.get().name == "Beta 2"
    assert members() == {ids["eve"], ids["bob"]}
    analyst.post(path, sent("cid\n"))
    assert members() == {ids["cid"]}
    wrong = analyst.post("/explore/segments/upload/", sent("a,b\n", name="Wide"))
    assert wrong.status_code == 400
    assert "more than one column" in wrong.content.decode()


def test_the_people_behind_a_figure_become_a_list(analyst: Client, people: None) -> None:
    href = f"/explore/funnel/people/keep/?{DAYS}&point.step=0"
    made = analyst.post(href, {"name": "Began"}, follow=True)
    assert made.context["count"] == 4
    again = analyst.post(href, {"name": "Began"}, follow=True)
    assert "already exists" in again.content.decode()
    assert PeopleSegment.objects.count() == 1


def test_what_would_miss_it_is_said_before_it_is_deleted(analyst: Client) -> None:
    analyst.post(f"/explore/segments/new/?{TWICE}", {"name": "Twice"})
    one = PeopleSegment.objects.get()
    analyst.post(f"/explore/trend/save/?{DAYS}&seg={one.pk}", {"name": "Their days"})
    page = analyst.get(f"/explore/segments/{one.pk}/")
    assert page.context["analyses"] == list(SavedAnalysis.objects.all())
    assert "Their days" in page.content.decode()
    assert analyst.post(f"/explore/segments/{one.pk}/delete/").url == f"/explore/segments/{one.pk}/"
    assert analyst.post(f"/explore/segments/{one.pk}/delete/", {"sure": "on"}).url == "/explore/segments/"
    assert not PeopleSegment.objects.exists()


def test_viewers_see_what_segments_say_and_not_who_is_in_them(viewer: Client) -> None:
    open_, personal = (
        PeopleSegment.objects.create(name=name, kind="dynamic", definition=definition)
        for name, definition in (
            ("Open", {**PERSONAL, "conditions": [{**PERSONAL["conditions"][0], "property": "person.plan"}]}),
            ("By mail", PERSONAL),
        )
    )
    page = viewer.get("/explore/segments/").content.decode()
    assert "plan is set" in page
    assert "email" not in page
    assert viewer.get(f"/explore/segments/{open_.pk}/").context["told"] == ["plan is set"]
    told = viewer.get(f"/explore/segments/{personal.pk}/")
    assert "email" not in told.content.decode()
    assert "count" not in told.context
    for path in ("new/", "upload/", f"{open_.pk}/people/"):
        assert viewer.get(f"/explore/segments/{path}").status_code == 403
    assert viewer.post(f"/explore/segments/{open_.pk}/", {"name": "Mine"}).status_code == 200
    assert PeopleSegment.objects.get(pk=open_.pk).name == "Open"
    assert viewer.post(f"/explore/segments/{open_.pk}/delete/", {"sure": "on"}).status_code == 403


DEFINITION = {
    "match": "any",
    "conditions": [
        {"kind": "person", "property": "person.plan", "operator": "in", "value": ["pro", "team"]},
        {
            "kind": "event", "event": None, "filters": [], "at_least": 0, "at_most": 0,
            "days": 30, "from": None, "to": None,
        },
        {
            "kind": "event",
            "event": "video_created",
            "filters": [{"property": "platform", "operator": "is", "value": "ios"}],
            "at_least": 0,
            "at_most": 2,
            "days": None,
            "from": "2025-03-01",
            "to": None,
        },
        {"kind": "segment", "segment": 5, "inside": False},
    ],
}  # fmt: skip


def test_a_definition_is_shown_as_it_was_kept() -> None:
    again = definition_of(states.unflattened(states.flattened(state_of(DEFINITION))))
    kept, shown = (DefinitionSerializer(data=data) for data in (DEFINITION, again))
    assert kept.is_valid()
    assert shown.is_valid()
    assert shown.validated_data == kept.validated_data


def test_the_list_asks_the_database_a_few_times_only(viewer: Client) -> None:
    for number in range(20):
        PeopleSegment.objects.create(name=f"S{number}", kind="dynamic", definition=PERSONAL)
    with CaptureQueriesContext(connection) as asked:
        viewer.get("/explore/segments/")
    assert len(asked) == 4  # session, reader, definitions, segments with how long their lists are


@pytest.mark.parametrize("others", [0, 20])
def test_a_segment_and_its_people_ask_the_database_a_few_times_only(analyst: Client, people: None, others: int) -> None:
    twice = {"kind": "event", "event": "video_created", "filters": [], "at_least": 2, "at_most": None}
    definition = {"match": "all", "conditions": [{**twice, "days": None, "from": None, "to": None}]}
    one = PeopleSegment.objects.create(name="Twice", kind="dynamic", definition=definition)
    for number in range(others):
        PeopleSegment.objects.create(name=f"S{number}", kind="dynamic", definition=definition)
    with CaptureQueriesContext(connection) as asked:
        analyst.get(f"/explore/segments/{one.pk}/")
    # Session, reader, the segment, names of all, dictionary, features, definitions for its count and for its use,
    # analyses asked of it.
    assert len(asked) == 9
    with CaptureQueriesContext(connection) as asked:
        analyst.get(f"/explore/segments/{one.pk}/people/")
    assert len(asked) == 5  # session, reader, the segment, definitions, who they are
