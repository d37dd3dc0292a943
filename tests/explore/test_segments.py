"""Segments of people over the API: made, changed, asked with, read by those who may."""

import io
from collections.abc import Iterable
from typing import Any

import pytest

from analytics.explore.models import PeopleSegment, SegmentMember
from analytics.explore.segments import lists
from analytics.metrics.calendar import DAY_US
from analytics.people.ids import identity_id
from analytics.people.models import Identity
from productops.lib import person_data
from productops.lib.models import AuditEntry
from productops.lib.person_data import PersonIds
from tests.explore.conftest import event, values
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

ADA, PHONE = identity_id("u", "ada"), identity_id("a", "phone")
BOB = identity_id("u", "bob")
PRO = {"kind": "person", "property": "person.plan", "operator": "is", "value": "pro"}
MADE_VIDEOS = {"kind": "event", "event": "video_created"}


@pytest.fixture(autouse=True)
def world(use) -> None:
    """Ada, who has a phone, and Bob."""
    people = [(ADA, "u", "ada", ADA), (PHONE, "a", "phone", ADA), (BOB, "u", "bob", BOB)]
    for number, kind, value, person in people:
        Identity.objects.create(id=number, kind=kind, value=value, person=person, first_us=DAY_US)
    use(
        World(
            identities={PHONE: ADA},
            events=[
                event(PHONE, "2025-03-01T10:00"),
                event(ADA, "2025-03-02T10:00"),
                event(BOB, "2025-03-02T11:00"),
                event(ADA, "2025-03-01T09:00", "identify", type="identify", properties={"plan": "pro"}),
            ],
        )
    )


def dynamic(*conditions: dict[str, Any], match: str = "all") -> dict[str, Any]:
    return {"definition": {"match": match, "conditions": list(conditions)}}


def csv_file(*lines: str) -> io.BytesIO:
    file = io.BytesIO("\r\n".join(lines).encode())
    file.name = "list.csv"
    return file


def names(people: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(person["name"] for person in people)


def test_a_saved_filter_answers_questions_and_lists_its_people(call, ask) -> None:
    made = call("post", "segments/", expect=201, name="Pro", **dynamic(PRO))
    assert made["kind"] == "dynamic"
    assert made["made_by"] == "analyst"
    assert made["definition"] == {"match": "all", "conditions": [PRO]}
    assert call("get", f"segments/{made['id']}/count/", role="viewer")["count"] == 1
    people = call("get", f"segments/{made['id']}/people/")
    assert people["count"] == 1
    assert people["results"] == [{"id": str(ADA), "ids": ["ada", "phone"], "name": "ada"}]
    assert values(ask(segment=made["id"])) == [[1, 1, 0, 0]]
    assert values(ask()) == [[1, 2, 0, 0]]


def test_conditions_come_back_as_they_hold(call) -> None:
    condition = MADE_VIDEOS | {"at_least": 2, "from": "2025-01-01"}
    made = call("post", "segments/", expect=201, name="Makers", **dynamic(condition, match="any"))
    whole = condition | {"filters": [], "at_most": None, "days": None, "to": None}
    assert call("get", f"segments/{made['id']}/")["definition"] == {"match": "any", "conditions": [whole]}
    assert call("get", f"segments/{made['id']}/count/")["count"] == 1


def test_a_segment_within_a_segment(call) -> None:
    pro = call("post", "segments/", expect=201, name="Pro", **dynamic(PRO))["id"]
    rest = {"kind": "segment", "segment": pro, "inside": False}
    made = call("post", "segments/", expect=201, name="Free makers", **dynamic(MADE_VIDEOS, rest))
    assert names(call("get", f"segments/{made['id']}/people/")["results"]) == ["bob"]
    call("patch", f"segments/{pro}/", **dynamic(PRO | {"operator": "is_not"}))
    assert names(call("get", f"segments/{made['id']}/people/")["results"]) == ["ada"]
    problem = call("delete", f"segments/{pro}/", expect=409)
    assert "Free makers" in problem["detail"]
    call("delete", f"segments/{made['id']}/", expect=204)
    call("delete", f"segments/{pro}/", expect=204)


def test_segments_go_in_no_circle(call) -> None:
    def named(segment: int) -> dict[str, Any]:
        return {"kind": "segment", "segment": segment}

    first = call("post", "segments/", expect=201, name="First", **dynamic(PRO))["id"]
    second = call("post", "segments/", expect=201, name="Second", **dynamic(named(first)))["id"]
    for inner in (first, second):
        problem = call("patch", f"segments/{first}/", expect=400, **dynamic(PRO, named(inner)))
        assert list(problem["errors"]["definition"]["conditions"]["1"]) == ["segment"]
    problem = call("post", "segments/", expect=400, name="Third", **dynamic(named(999)))
    assert problem["errors"]["definition"]["conditions"]["0"]["segment"] == ["There is no such segment."]


def test_segments_go_five_levels_deep_and_no_deeper_whichever_is_changed(call) -> None:
    chain = [call("post", "segments/", expect=201, name="1", **dynamic(PRO))["id"]]
    for level in range(2, 6):
        below = {"kind": "segment", "segment": chain[-1]}
        chain.append(call("post", "segments/", expect=201, name=str(level), **dynamic(below))["id"])
    below = {"kind": "segment", "segment": chain[-1]}
    assert call("post", "segments/", expect=400, name="6", **dynamic(below))["errors"]["definition"]
    other = call("post", "segments/", expect=201, name="other", **dynamic(PRO))["id"]
    below = {"kind": "segment", "segment": other}
    assert call("patch", f"segments/{chain[0]}/", expect=400, **dynamic(below))["errors"]["definition"]


def test_segments_are_not_used_so_often_that_they_grow_without_bound(call) -> None:
    inner = call("post", "segments/", expect=201, name="20", **dynamic(*[PRO] * 20))["id"]
    four = [{"kind": "segment", "segment": inner}] * 4
    call("post", "segments/", expect=201, name="84", **dynamic(*four))
    assert call("post", "segments/", expect=400, name="105", **dynamic(*four, *four[:1]))["errors"]["definition"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, ["definition"]),
        ({"definition": {"conditions": []}}, ["definition", "conditions"]),
        ({"definition": {"conditions": [PRO] * 21}}, ["definition", "conditions"]),
        ({"definition": {"conditions": ["x"]}}, ["definition", "conditions", "0", "kind"]),
        (dynamic(PRO | {"kind": ["person"]}), ["definition", "conditions", "0", "kind"]),
        (dynamic(PRO, {"kind": "x"}), ["definition", "conditions", "1", "kind"]),
        (dynamic(PRO | {"property": "plan"}), ["definition", "conditions", "0", "property"]),
        (dynamic(PRO | {"operator": "matches", "value": "("}), ["definition", "conditions", "0", "value"]),
        (dynamic(MADE_VIDEOS | {"at_least": -1}), ["definition", "conditions", "0", "at_least"]),
        (dynamic(MADE_VIDEOS | {"at_least": 0}), ["definition", "conditions", "0", "at_least"]),
        (dynamic(MADE_VIDEOS | {"at_least": 2, "at_most": 1}), ["definition", "conditions", "0", "at_most"]),
        (dynamic(MADE_VIDEOS | {"days": 0}), ["definition", "conditions", "0", "days"]),
        (dynamic(MADE_VIDEOS | {"days": 3, "to": "2025-01-01"}), ["definition", "conditions", "0", "days"]),
        (dynamic(MADE_VIDEOS | {"from": "1900-01-01"}), ["definition", "conditions", "0", "from"]),
        (dynamic(MADE_VIDEOS | {"from": "2025-02-01", "to": "2025-01-01"}), ["definition", "conditions", "0", "from"]),
        (dynamic({"kind": "segment", "segment": "x"}), ["definition", "conditions", "0", "segment"]),
        ({"people": []}, ["people"]),
        ({"people": ["x"]}, ["people", "0"]),
        ({"people": ["9223372036854775808"]}, ["people", "0"]),
        ({"people": ["1"], **dynamic(PRO)}, ["people"]),
        ({"behind": {"kind": "x", "body": {}, "point": {}}}, ["behind", "kind"]),
        ({"behind": {"kind": "trend", "body": {}, "point": {}}}, ["behind", "body", "series"]),
    ],
)
def test_what_no_segment_can_be_made_of_is_refused_by_name(call, body, place) -> None:
    problem = call("post", "segments/", expect=400, name="Wrong", **body)
    found = problem["errors"]
    for step in place:
        found = found[step]
    assert found
    assert not PeopleSegment.objects.exists()


def test_a_name_is_taken_once(call) -> None:
    call("post", "segments/", expect=201, name="Pro", **dynamic(PRO))
    assert call("post", "segments/", expect=400, name="Pro", **dynamic(PRO))["errors"]["name"]


@pytest.mark.parametrize("header", [[], ["user_id"], ["﻿Anonymous ID"], ['"distinct_id"']])
def test_a_file_makes_a_list_and_says_whom_it_does_not_know(call, ask, header) -> None:
    file = csv_file(*header, "phone", "", "nobody", '"bob"', "ada", "=cmd()")
    made = call("post", "segments/", expect=201, name="List", file=file)
    assert made["kind"] == "static"
    assert made["definition"] is None
    assert made["upload"] == {"rows": 5, "unknown_count": 2, "unknown": ["nobody", "=cmd()"]}
    assert call("get", f"segments/{made['id']}/count/")["count"] == 2
    assert values(ask(segment=made["id"])) == [[1, 2, 0, 0]]


def test_another_file_takes_the_place_of_a_list(call) -> None:
    made = call("post", "segments/", expect=201, name="List", people=[str(ADA), "12"])
    assert made["upload"] == {"rows": 2, "unknown_count": 1, "unknown": ["12"]}
    call("patch", f"segments/{made['id']}/", file=csv_file("bob"))
    assert names(call("get", f"segments/{made['id']}/people/")["results"]) == ["bob"]
    problem = call("patch", f"segments/{made['id']}/", expect=400, **dynamic(PRO))
    assert problem["errors"]["definition"]
    call("patch", f"segments/{made['id']}/", name="Few", description="Chosen by hand.")
    assert call("get", f"segments/{made['id']}/")["description"] == "Chosen by hand."
    assert names(call("get", f"segments/{made['id']}/people/")["results"]) == ["bob"]


@pytest.mark.parametrize("content", [b"ada,bob", b"\xff\xfe\x00", b'a\nb;c\n"x', b"a\x00b"])
def test_what_is_no_list_is_refused_or_holds_nobody(call, content) -> None:
    file = io.BytesIO(content)
    file.name = "list.csv"
    if b"," in content or b"\xff" in content:
        assert call("post", "segments/", expect=400, name="List", file=file)["errors"]["file"]
    else:
        assert call("post", "segments/", expect=201, name="List", file=file)["upload"]["unknown_count"] > 0


def test_lists_are_bounded(call, monkeypatch) -> None:
    monkeypatch.setattr(lists, "MOST_MEMBERS", 1)
    assert call("post", "segments/", expect=400, name="List", file=csv_file("ada", "bob"))["errors"]["file"]
    long = csv_file(*["x" * 1000] * 18_000)
    assert call("post", "segments/", expect=413, name="List", file=long)["status"] == 413


def test_the_people_behind_a_figure_become_a_list(call) -> None:
    body = {"from": "2025-03-01", "to": "2025-03-04", "series": [{"event": "video_created", "measure": "people"}]}
    figure = {"kind": "trend", "body": body, "point": {"series": 0, "period": "2025-03-02"}}
    made = call("post", "segments/", expect=201, name="On 2 March", behind=figure)
    people = call("get", f"segments/{made['id']}/people/")
    assert people["count"] == 2
    assert names(people["results"]) == ["ada", "bob"]
    first = call("get", f"segments/{made['id']}/people/", page_size=1)
    assert len(first["results"]) == 1
    assert "page=2" in first["next"]
    exported = call("get", f"segments/{made['id']}/people/", format="csv").splitlines()
    assert exported[0] == "id,name,ids"
    assert sorted(line.split(",", 1)[1] for line in exported[1:]) == ["ada,ada; phone", "bob,bob"]
    assert call("get", f"segments/{made['id']}/people/", format="x", expect=400)["errors"]["format"]


def test_a_list_follows_its_people_when_they_are_merged(call, use) -> None:
    made = call("post", "segments/", expect=201, name="Phones", file=csv_file("phone"))["id"]
    assert names(call("get", f"segments/{made}/people/")["results"]) == ["ada"]
    Identity.objects.filter(pk=PHONE).update(person=PHONE)
    use(World(events=[event(PHONE, "2025-03-01T10:00"), event(ADA, "2025-03-02T10:00")]))
    assert names(call("get", f"segments/{made}/people/")["results"]) == ["phone"]


def test_who_is_erased_leaves_every_list(call) -> None:
    made = call("post", "segments/", expect=201, name="All", people=[str(ADA), str(PHONE), str(BOB)])["id"]
    ada = PersonIds(frozenset({ADA, PHONE}), frozenset({"ada"}), frozenset({"phone"}))
    assert person_data.export_all(ada)["segments"] == ["All"]
    assert person_data.erase_all(ada)["segments"] == 2
    assert list(SegmentMember.objects.values_list("segment", "identity")) == [(made, BOB)]
    assert person_data.erase_all(ada)["segments"] == 0


def test_viewers_read_what_segments_say_and_analysts_make_them(call, ask) -> None:
    made = call("post", "segments/", expect=201, name="Pro", **dynamic(PRO))["id"]
    assert call("get", "segments/", role="viewer")["results"][0]["definition"]["conditions"] == [PRO]
    assert call("get", f"segments/{made}/", role="viewer")["name"] == "Pro"
    ask(role="viewer", segment=made)
    call("post", "segments/", role="viewer", expect=403, name="Mine", **dynamic(PRO))
    call("patch", f"segments/{made}/", role="viewer", expect=403, name="Mine")
    call("delete", f"segments/{made}/", role="viewer", expect=403)
    call("get", f"segments/{made}/people/", role="viewer", expect=403)


def test_viewers_learn_nothing_of_who_somebody_is(call, ask) -> None:
    ada = PRO | {"property": "person.email", "value": "ada@x.example"}
    inner = call("post", "segments/", expect=201, name="Ada", **dynamic(ada))["id"]
    outer = call("post", "segments/", expect=201, name="Not Ada", **dynamic({"kind": "segment", "segment": inner}))[
        "id"
    ]
    for segment in (inner, outer):
        shown = call("get", f"segments/{segment}/", role="viewer")
        assert shown["personal"]
        assert shown["definition"] is None
        assert call("get", f"segments/{segment}/")["definition"]
        call("get", f"segments/{segment}/count/", role="viewer", expect=403)
        ask(role="viewer", expect=403, segment=segment)
        ask(role="analyst", segment=segment)


def test_the_list_of_segments_is_searched_by_kind_and_name(call) -> None:
    call("post", "segments/", expect=201, name="Pro", **dynamic(PRO))
    call("post", "segments/", expect=201, name="Friends", people=[str(ADA)])
    assert [one["name"] for one in call("get", "segments/")["results"]] == ["Friends", "Pro"]
    assert [one["name"] for one in call("get", "segments/", kind="static")["results"]] == ["Friends"]
    assert [one["name"] for one in call("get", "segments/", search="PR")["results"]] == ["Pro"]


def test_a_question_about_no_segment_is_refused(ask) -> None:
    assert ask(expect=400, segment=77)["errors"] == {"segment": ["There is no such segment."]}


def test_what_is_done_stands_in_the_audit_trail(call) -> None:
    made = call("post", "segments/", expect=201, name="List", people=[str(ADA)])["id"]
    call("patch", f"segments/{made}/", people=[str(BOB)], description="Bob")
    call("get", f"segments/{made}/people/", format="csv")
    call("delete", f"segments/{made}/", expect=204)
    trail = list(AuditEntry.objects.order_by("pk").values_list("action", "object", "actor"))
    assert [action for action, _, _ in trail] == [
        "segment.create",
        "segment.change",
        "people.export_list",
        "segment.delete",
    ]
    assert {actor for _, _, actor in trail} == {"analyst"}
    kept = " ".join(map(str, AuditEntry.objects.values_list("detail", flat=True)))
    assert str(BOB) not in kept
