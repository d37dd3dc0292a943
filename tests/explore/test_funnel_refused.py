"""What may not be asked of a funnel."""

import pytest

from tests.explore.funnels import STEPS

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"steps": []}, "steps"),
        ({"steps": None}, "steps"),
        ({"steps": [{"event": "a"}] * 50}, "steps"),
        ({"steps": [{"event": "a", "optional": True}, {"event": "b"}]}, "steps"),
        ({"window": {"value": 0, "unit": "day"}}, "window"),
        ({"window": {"value": -1, "unit": "day"}}, "window"),
        ({"window": {"value": 1_201, "unit": "month"}}, "window"),
        ({"window": {"value": 1, "unit": "year"}}, "window"),
        ({"order": "sideways"}, "order"),
        ({"exclusions": [{"event": "x", "from_step": 1, "to_step": 1}]}, "exclusions"),
        ({"exclusions": [{"event": "x", "from_step": 0, "to_step": 3}]}, "exclusions"),
        ({"exclusions": [{"event": "x", "from_step": 0, "to_step": 1}], "order": "strict"}, "exclusions"),
        ({"exclusions": [{"event": "x", "from_step": 0, "to_step": 1}], "order": "unordered"}, "exclusions"),
        ({"breakdown": {"property": "p", "attribution": "step", "step": 3}}, "breakdown"),
        ({"breakdown": {"property": "p", "attribution": "step", "step": 1}, "order": "unordered"}, "breakdown"),
        ({"breakdown": {"property": 'a"b'}}, "breakdown"),
        ({"view": "trend", "from_step": 2}, "from_step"),
        ({"view": "trend", "to_step": 3}, "to_step"),
        ({"view": "time_to_convert", "bins": 0}, "bins"),
        ({"from": "2025-04-01"}, "from"),
        ({"from": "1925-04-01"}, "from"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_what_may_not_be_asked(ask, body, field: str) -> None:
    whole = {"from": "2025-03-01", "to": "2025-03-31", "steps": STEPS, "series": None} | body
    assert field in ask("funnel", expect=400, **whole)["errors"]
