"""What a page of trends says to questions that can't be asked or answered."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from analytics.explore import answering
from analytics.store.pool import QueryTooLong
from tests.explore.pages_world import DAYS, cards

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("series.0.measure=dreams", "dreams"),
        ("breakdown=a%22b", "breakdown=a"),
        ("filters.0.property=seconds&filters.0.operator=matches&filters.0.value=(", "filters.0"),
        ("tz=Mars/Base", "tz=Mars/Base"),
        ("grain=century", "grain=century"),
        ("from=2025-03-05&to=2025-03-01", "from=2025-03-05"),
        ("from=yesterday&to=2025-03-01", "from=yesterday"),
        ("f=plan:is:pro", "f=plan:is:pro"),
    ],
)
def test_what_cannot_be_asked_is_said(viewer: Client, query: str, said: str) -> None:
    page = viewer.get(f"/explore/trend/?series.0.event=video_created&{query}")
    assert page.status_code == 200
    assert any(said in warning for warning in page.context["filters"].warnings)
    assert page.context["cards"]


@pytest.mark.parametrize(
    "query",
    [
        "series=x&series.0=y&series.0.event.a.b=z",
        "series.999999999999.event=x",
        "series.0.filters=x&filters=y",
        "series.0.event=" + "x" * 300,
        "series.0.event=%00",
        "series.0.event=" + quote("'; DROP TABLE events; --<script>alert(1)</script>"),
        "a." * 30 + "b=c",
        "&".join(f"series.{index}.measure=events" for index in range(60)),
        "card=trend&format=exe",
        "do=add:filters",
        "do=remove:series.0",
        "point.series=0",
    ],
)
def test_hostile_query_strings_break_nothing(viewer: Client, query: str) -> None:
    answer = viewer.get(f"/explore/trend/?{DAYS}&{query}")
    assert answer.status_code in (200, 302, 404)
    if answer.status_code == 200:
        assert "<script>alert" not in answer.content.decode()


def test_a_question_that_takes_too_long_leaves_the_page(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*asked: object) -> dict[str, Any]:
        raise QueryTooLong

    monkeypatch.setattr(answering, "answer", late)
    card = cards(viewer, "trend", DAYS)["trend"]
    assert card.state.state == "error"
    assert "longer than a query may" in viewer.get(f"/explore/trend/?{DAYS}").content.decode()
