"""Saved analyses and annotations: kept, found, changed by whom they may be."""

import pytest

from analytics.explore.models import PeopleSegment, SavedAnalysis
from productops.lib.models import AuditEntry, User
from tests.explore.conftest import event
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

BODY = {"from": "2025-03-01", "to": "2025-03-04", "series": [{"event": "video_created"}]}
VIDEOS = {"name": "Videos", "kind": "trend", "body": BODY}
RELEASE = {"at": "2025-03-02", "text": "Templates", "kind": "release"}


@pytest.fixture
def eves() -> User:
    return User.objects.create(username="eve", role="analyst")


def test_a_saved_analysis_can_be_asked_again(call, ask, use) -> None:
    use(World(events=[event(1, "2025-03-02T10:00")]))
    saved = call("post", "saved/", expect=201, **VIDEOS, pinned=True)
    assert {name: saved[name] for name in VIDEOS} == VIDEOS
    assert (saved["pinned"], saved["shared"], saved["owner"]) == (True, True, "analyst")
    found = call("get", f"saved/{saved['id']}/", role="viewer")
    assert ask("trend", **found["body"])["series"][0]["values"] == [0, 1, 0, 0]


def test_a_body_is_kept_without_what_no_question_has(call) -> None:
    body = {**BODY, "run": "r", "unheard_of": 1}
    assert call("post", "saved/", expect=201, **VIDEOS | {"body": body})["body"] == BODY


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"body": {}}, ["body", "series"]),
        ({"body": {**BODY, "from": "x"}}, ["body", "from"]),
        ({"body": {**BODY, "segment": 7}}, ["body", "segment"]),
        ({"body": []}, ["body"]),
        ({"kind": "x"}, ["kind"]),
        ({"name": ""}, ["name"]),
        ({"pinned": True, "shared": False}, ["pinned"]),
    ],
)
def test_what_can_not_be_asked_is_not_saved(call, change, place) -> None:
    saved = call("post", "saved/", expect=201, **VIDEOS)["id"]
    for problem in (
        call("post", "saved/", expect=400, **VIDEOS | change),
        call("patch", f"saved/{saved}/", expect=400, **change),
    ):
        found = problem["errors"]
        for step in place:
            found = found[step]
    assert SavedAnalysis.objects.count() == 1


def test_a_body_of_any_length_is_not_kept(call) -> None:
    words = [f"{number} {'x' * 490}" for number in range(200)]
    body = {**BODY, "filters": [{"property": "plan", "operator": "in", "value": words}]}
    assert call("post", "saved/", expect=400, **VIDEOS | {"body": body})["errors"]["body"]


def test_what_is_not_shared_is_its_owners(call, eves) -> None:
    SavedAnalysis.objects.create(name="Eve's own", kind="trend", body=BODY, owner=eves, shared=False)
    shared = SavedAnalysis.objects.create(name="Eve's", kind="trend", body=BODY, owner=eves, pinned=True)
    own = call("post", "saved/", expect=201, **VIDEOS, shared=False)["id"]
    assert [one["name"] for one in call("get", "saved/")["results"]] == ["Eve's", "Videos"]
    assert [one["name"] for one in call("get", "saved/", role="viewer")["results"]] == ["Eve's"]
    assert call("get", "saved/", role="admin")["count"] == 3
    assert [one["name"] for one in call("get", "saved/", pinned="true")["results"]] == ["Eve's"]
    assert [one["name"] for one in call("get", "saved/", search="vid", kind="trend")["results"]] == ["Videos"]
    call("get", f"saved/{own}/", role="viewer", expect=404)
    call("patch", f"saved/{shared.pk}/", expect=403, name="Mine")
    call("delete", f"saved/{shared.pk}/", expect=403)
    call("patch", f"saved/{own}/", name="Renamed", shared=True)
    assert call("get", f"saved/{own}/", role="viewer")["name"] == "Renamed"
    call("delete", f"saved/{shared.pk}/", role="admin", expect=204)


def test_viewers_save_nothing_and_see_nothing_of_who_somebody_is(call) -> None:
    call("post", "saved/", role="viewer", expect=403, **VIDEOS)
    ada = {"property": "person.email", "operator": "is", "value": "ada@x.example"}
    definition = {"match": "all", "conditions": [{"kind": "person", **ada}]}
    segment = PeopleSegment.objects.create(name="Ada", kind="dynamic", definition=definition)
    for more in ({"filters": [ada]}, {"segment": segment.pk}):
        saved = call("post", "saved/", expect=201, **VIDEOS | {"body": {**BODY, **more}})
        assert saved["personal"]
        assert saved["body"] == {**BODY, **more}
        assert call("get", f"saved/{saved['id']}/", role="viewer")["body"] is None


def test_days_and_instants_are_annotated(call, settings) -> None:
    settings.PROJECT_TIME_ZONE = "Europe/Berlin"
    day = call("post", "annotations/", expect=201, **RELEASE, link="https://example.com/1")
    assert {name: day[name] for name in RELEASE} == RELEASE
    assert (day["link"], day["made_by"]) == ("https://example.com/1", "analyst")
    for at, shown in [
        ("2025-03-02T23:30:00+00:00", "2025-03-02T23:30:00+00:00"),
        ("2025-03-04T14:00", "2025-03-04T13:00:00+00:00"),  # on Berlin's clocks
    ]:
        made = call("post", "annotations/", expect=201, **RELEASE | {"at": at, "kind": "incident"})
        assert made["at"] == shown
        assert call("get", f"annotations/{made['id']}/", role="viewer")["at"] == shown
    found = call("get", "annotations/", role="viewer", **{"from": "2025-03-03", "to": "2025-03-03"})["results"]
    assert [one["at"] for one in found] == ["2025-03-02T23:30:00+00:00"]  # past midnight there
    assert call("get", "annotations/")["count"] == 3
    assert [one["at"] for one in call("get", "annotations/", kind="release")["results"]] == ["2025-03-02"]
    assert call("get", "annotations/", search="TEMPL")["count"] == 3
    call("patch", f"annotations/{day['id']}/", at="2025-03-05", link="")
    assert call("get", "annotations/")["results"][0]["at"] == "2025-03-05"


@pytest.mark.parametrize(
    "change",
    [
        {"at": "x"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": None},
        {"text": ""},
        {"text": "x" * 301},
        {"kind": "party"},
        {"link": "javascript:alert(1)"},
        {"link": "ftp://example.com"},
    ],
)
def test_what_is_no_annotation_is_refused(call, change) -> None:
    assert list(call("post", "annotations/", expect=400, **RELEASE | change)["errors"]) == list(change)


def test_viewers_annotate_nothing_and_analysts_anything(call, eves) -> None:
    made = call("post", "annotations/", expect=201, **RELEASE)["id"]
    call("post", "annotations/", role="viewer", expect=403, **RELEASE)
    call("patch", f"annotations/{made}/", role="viewer", expect=403, text="x")
    call("delete", f"annotations/{made}/", role="viewer", expect=403)
    call("delete", f"annotations/{made}/", expect=204)


def test_each_change_stands_in_the_audit_trail(call) -> None:
    saved = call("post", "saved/", expect=201, **VIDEOS)["id"]
    call("patch", f"saved/{saved}/", pinned=True)
    call("delete", f"saved/{saved}/", expect=204)
    made = call("post", "annotations/", expect=201, **RELEASE)["id"]
    call("patch", f"annotations/{made}/", text="Templates again")
    call("delete", f"annotations/{made}/", expect=204)
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "object")) == [
        ("analysis.save", "Videos"),
        ("analysis.change", "Videos"),
        ("analysis.delete", "Videos"),
        ("annotation.create", "Templates"),
        ("annotation.change", "Templates again"),
        ("annotation.delete", "Templates again"),
    ]
