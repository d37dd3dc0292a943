"""Edits of the mapping: what they do, what they refuse, what they leave in the audit trail."""

import json

import pytest
from django.core.exceptions import ValidationError

from analytics.demo.mapping import AREAS, FEATURES, map_features
from analytics.features import services
from analytics.features.models import Area, Feature
from analytics.features.queries import mapping
from analytics.metrics.features import Rule
from productops.lib.models import ApiToken, AuditEntry, Role, User

pytestmark = pytest.mark.django_db

SWAP = [Rule("event", "prefix", "swap_")]


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada", role=Role.ANALYST)


def add(key: str, rules: list[Rule] = SWAP, area: Area | None = None) -> Feature:
    return services.add_feature(key=key, name=key.title(), area=area, rules=rules, user=None)


def keys() -> list[str]:
    assert list(Feature.objects.values_list("position", flat=True)) == list(range(Feature.objects.count()))
    return [feature.key for feature in mapping()]


def test_the_mapping_comes_in_its_order(user, django_assert_num_queries) -> None:
    area = services.add_area(key="B", name="Atomic swap", user=user)
    add("a", area=area)
    second, third = add("b"), add("c")
    services.move_feature(feature=third, to=0, user=user)
    assert keys() == ["c", "a", "b"]
    services.move_feature(feature=third, to=99, user=user)
    assert keys() == ["a", "b", "c"]
    services.delete_feature(feature=second, user=user)
    assert keys() == ["a", "c"]
    with django_assert_num_queries(1):
        assert [(one.key, one.name, one.area, one.rules) for one in mapping()] == [
            ("a", "A", "B", (Rule("event", "prefix", "swap_"),)),
            ("c", "C", "", (Rule("event", "prefix", "swap_"),)),
        ]
    services.delete_area(area=area, user=user)
    assert [one.area for one in mapping()] == ["", ""]


@pytest.mark.parametrize(
    "rules",
    [
        [],
        SWAP * 11,
        [Rule("event", "regex", "(")],
        [Rule("event", "regex", "(?=a)")],  # Python would take it
        [Rule("event", "exact", "")],
        [Rule("event", "exact", "x" * 301)],
        [Rule("person", "exact", "x")],
        [Rule("event", "like", "x")],
    ],
)
def test_what_is_no_rule_is_refused_whole(user, rules: list[Rule]) -> None:
    with pytest.raises(ValidationError):
        add("swap", rules)
    kept = add("kept")
    with pytest.raises(ValidationError):
        services.edit_feature(feature=kept, name="Other", area=None, rules=rules, user=user)
    assert [(one.key, one.name, one.rules) for one in mapping()] == [("kept", "Kept", tuple(SWAP))]


def test_keys_are_short_words_used_once() -> None:
    add("swap")
    for key in ("swap", "", "a b", "x" * 61, "ä"):
        with pytest.raises(ValidationError):
            add(key)
    services.add_area(key="B", name="Swap", user=None)
    for key in ("B", "", "a b", "x" * 21):
        with pytest.raises(ValidationError):
            services.add_area(key=key, name="Swap", user=None)


def test_there_is_an_end_to_features(monkeypatch) -> None:
    monkeypatch.setattr(services, "MOST_FEATURES", 1)
    monkeypatch.setattr(services, "MOST_AREAS", 1)
    add("a")
    services.add_area(key="A", name="A", user=None)
    with pytest.raises(ValidationError):
        add("b")
    with pytest.raises(ValidationError):
        services.add_area(key="B", name="B", user=None)


def test_every_edit_stands_in_the_audit_trail(user) -> None:
    area = services.add_area(key="B", name="Swap", user=user)
    services.edit_area(area=area, name="Atomic swap", user=user)
    services.move_area(area=area, to=0, user=user)
    feature = services.add_feature(key="swap", name="Swap", area=area, rules=SWAP, user=user)
    services.edit_feature(feature=feature, name="Swaps", area=area, user=user)
    services.move_feature(feature=feature, to=0, user=user)
    services.delete_feature(feature=feature, user=user)
    services.delete_area(area=area, user=user)
    trail = list(AuditEntry.objects.order_by("id"))
    assert [(entry.actor, entry.action, entry.object) for entry in trail] == [
        ("ada", "areas.add", "B Swap"),
        ("ada", "areas.edit", "B Atomic swap"),
        ("ada", "areas.move", "B Atomic swap"),
        ("ada", "features.add", "Swap"),
        ("ada", "features.edit", "Swaps"),
        ("ada", "features.move", "Swaps"),
        ("ada", "features.delete", "Swaps"),
        ("ada", "areas.delete", "B Atomic swap"),
    ]
    assert trail[3].detail == trail[6].detail == {"rules": ["event prefix swap_"]}


def test_the_demo_is_mapped_once() -> None:
    map_features()
    assert [one.key for one in mapping()] == [key for key, *_ in FEATURES]
    assert {one.area for one in mapping()} == {*AREAS, ""}
    Feature.objects.exclude(key="swap").delete()
    map_features()
    assert [one.key for one in mapping()] == ["swap"]


@pytest.fixture
def call(client):
    def call(method: str, path: str, body: object = None, role: str = Role.ANALYST, expect: int = 200):
        user, _ = User.objects.get_or_create(username=f"{role}-user", role=role)
        _, token = ApiToken.issue(user=user, name="test", role=role)
        headers = {"Authorization": f"Bearer {token}"}
        answer = getattr(client, method)(
            f"/api/mapping/{path}", json.dumps(body), content_type="application/json", headers=headers
        ) if method != "get" else client.get(f"/api/mapping/{path}", headers=headers)  # fmt: skip
        assert answer.status_code == expect, answer.content
        return answer.json() if answer.content else None

    return call


RULE = {"target": "event", "match": "prefix", "pattern": "swap_"}
FEATURE = {"key": "swap", "name": "Swap", "area": "B", "rules": [RULE]}


def test_the_api_edits_the_mapping(call) -> None:
    assert call("post", "areas/", {"key": "B", "name": "Swap"}, expect=201) == {
        "key": "B",
        "name": "Swap",
        "position": 0,
    }
    assert call("post", "features/", FEATURE, expect=201) == FEATURE | {"position": 0}
    other = {"key": "page", "name": "Pages", "rules": [{"target": "page", "match": "regex", "pattern": " ^/"}]}
    assert call("post", "features/", other, expect=201) == other | {"position": 1, "area": None}
    assert call("patch", "features/page/", {"position": 0, "area": "B"})["area"] == "B"
    listed = call("get", "features/", role=Role.VIEWER)
    assert [(one["key"], one["position"]) for one in listed["results"]] == [("page", 0), ("swap", 1)]
    changed = call("patch", "features/swap/", {"key": "x", "rules": [RULE, RULE | {"pattern": "trade_"}]})
    assert (changed["key"], [rule["pattern"] for rule in changed["rules"]]) == ("swap", ["swap_", "trade_"])
    assert call("patch", "areas/B/", {"name": "Atomic swap", "position": 5})["name"] == "Atomic swap"
    call("delete", "areas/B/", expect=204)
    assert call("get", "features/swap/")["area"] is None
    call("delete", "features/swap/", expect=204)
    call("get", "features/swap/", expect=404)
    assert AuditEntry.objects.filter(actor="analyst-user").count() == 10


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (FEATURE | {"key": "a b"}, "key"),
        (FEATURE | {"name": ""}, "name"),
        (FEATURE | {"area": "Z"}, "area"),
        (FEATURE | {"rules": []}, "rules"),
        (FEATURE | {"rules": [RULE] * 11}, "rules"),
        (FEATURE | {"rules": [RULE | {"match": "regex", "pattern": "("}]}, "rules"),
        (FEATURE | {"rules": [RULE | {"pattern": ""}]}, "rules"),
        (FEATURE | {"rules": [RULE | {"target": "person"}]}, "rules"),
        ({"key": "swap", "name": "Swap"}, "rules"),
    ],
)
def test_the_api_names_what_is_wrong(call, body: dict, field: str) -> None:
    call("post", "areas/", {"key": "B", "name": "Swap"}, expect=201)
    assert list(call("post", "features/", body, expect=400)["errors"]) == [field]
    assert not Feature.objects.exists()


def test_a_viewer_only_reads(call) -> None:
    add("swap")
    call("get", "features/", role=Role.VIEWER)
    call("get", "areas/", role=Role.VIEWER)
    for method, path in [
        ("post", "features/"),
        ("patch", "features/swap/"),
        ("delete", "features/swap/"),
        ("post", "areas/"),
    ]:
        call(method, path, {}, role=Role.VIEWER, expect=403)
