"""Any analysis by feature and by core area, which are told by rules when it is asked."""

from typing import Any

import pytest

from analytics.features.models import Feature
from analytics.features.services import add_area, add_feature, edit_feature, move_feature
from analytics.metrics.features import Rule
from productops.lib.models import User
from tests.explore.conftest import event, values
from tests.metrics.world import World

pytestmark = pytest.mark.django_db

WORLD = World(
    events=[
        event(1, "2025-03-01T10:00", "swap_started", page="/swap"),
        event(1, "2025-03-01T11:00", "page", type="page", page="/swap"),
        event(2, "2025-03-01T12:00", "video_created", page="/studio"),
        event(2, "2025-03-01T13:00", "swap_started", page="/studio"),
        event(3, "2025-03-01T14:00", "signed_up"),
    ]
)


@pytest.fixture(autouse=True)
def mapped(use) -> None:
    use(WORLD)
    swap, video = (add_area(key=key, name=name, user=None) for key, name in [("B", "Swap"), ("D", "Video")])
    add_feature(key="swap", name="Swap", area=swap, rules=[Rule("event", "prefix", "swap_")], user=None)
    add_feature(key="studio", name="Studio", area=video, rules=[Rule("page", "exact", "/studio")], user=None)
    add_feature(key="pages", name="Pages", area=None, rules=[Rule("event", "exact", "page")], user=None)


@pytest.fixture
def counted(ask):
    """How many events of any name an analysis counts."""

    def counted(*condition: Any, **body: Any) -> Any:
        filters = [dict(zip(("property", "operator", "value"), condition, strict=False))] if condition else []
        answer = ask(**{"from": "2025-03-01", "to": "2025-03-01"}, series=[{"event": None}], filters=filters, **body)
        if "breakdown" in body:
            return {line["breakdown"]: line["values"][0] for line in answer["series"]}
        return values(answer)[0][0]

    return counted


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (("feature", "is", "swap"), 2),
        (("feature", "is", "studio"), 2),  # one of which is of both
        (("feature", "in", ["swap", "studio"]), 3),
        (("feature", "is_not", "swap"), 3),
        (("feature", "not_in", ["swap", "studio"]), 2),
        (("feature", "is_set"), 4),
        (("feature", "is_not_set"), 1),
        (("feature", "is", "nothing"), 0),
        (("feature", "is_not", "nothing"), 5),
        (("feature", "in", ["swap", 5]), 2),
        (("core_area", "is", "D"), 2),
        (("core_area", "in", ["B", "D"]), 3),
        (("core_area", "is_set"), 3),
        (("core_area", "is_not_set"), 2),
    ],
)
def test_filters(counted, ask, condition: tuple[Any, ...], expected: int) -> None:
    assert counted(*condition) == expected
    one = dict(zip(("property", "operator", "value"), condition, strict=False))
    assert sum(values(ask(series=[{"event": None, "filters": [one]}]))[0]) == expected


def test_a_breakdown_tells_the_first_feature_of_an_event(counted) -> None:
    assert counted(breakdown="feature") == {"swap": 2, "studio": 1, "pages": 1, "(none)": 1}
    assert counted(breakdown="core_area") == {"B": 2, "D": 1, "(none)": 2}


def test_a_changed_mapping_holds_for_what_was_sent_before(counted) -> None:
    user = User.objects.create_user("ada")
    swap = Feature.objects.get(key="swap")
    move_feature(feature=swap, to=1, user=user)
    assert counted(breakdown="feature") == {"swap": 1, "studio": 2, "pages": 1, "(none)": 1}
    edit_feature(feature=swap, name="Swap", area=None, rules=[Rule("event", "exact", "signed_up")], user=user)
    assert counted(breakdown="feature") == {"swap": 1, "studio": 2, "pages": 1, "(none)": 1}
    assert counted("feature", "is", "swap") == 1
    assert counted("core_area", "is", "B") == 0


def test_without_a_mapping_nothing_has_a_feature(counted) -> None:
    Feature.objects.all().delete()
    assert counted(breakdown="feature") == {"(none)": 5}
    assert counted("feature", "is_set") == 0


@pytest.mark.parametrize("operator", ["gt", "lte", "between", "contains", "matches"])
def test_features_have_no_order_and_no_parts(ask, operator: str) -> None:
    value = ["a", "b"] if operator == "between" else "a"
    errors = ask(expect=400, filters=[{"property": "feature", "operator": operator, "value": value}])["errors"]
    assert "operator" in str(errors)
