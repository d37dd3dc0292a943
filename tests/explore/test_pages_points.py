"""A list of people says in words whose it is."""

import pytest

from productops.lib.models import Role
from tests.explore.pages_world import DAYS
from tests.lib.staff import LogIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


@pytest.mark.parametrize(
    ("kind", "query", "words"),
    [
        ("trend", "point.series=0&point.period=2025-03-05", ["any event", "5 Mar 2025"]),
        (
            "trend",
            "breakdown=platform&grain=week&point.series=0&point.period=2025-03-10&point.breakdown=(none)",
            ["any event", "platform: (not set)", "week of 10 Mar 2025"],
        ),
        ("funnel", "point.step=1", ["step 2: first_video_created"]),
        ("funnel", "point.dropped_before=2", ["lost before step 3: video_created"]),
        ("funnel", "point.step=0&point.period=2025-03-03", ["step 1: signup_completed", "week of 3 Mar 2025"]),
        ("retention", "point.cohort=0&point.offset=0", ["began: week of 3 Mar 2025"]),
        ("retention", "point.cohort=0&point.offset=2", ["began: week of 3 Mar 2025", "came back 2 weeks later"]),
        (
            "retention",
            "brackets=1,3&grain=day&point.cohort=1&point.offset=1",
            ["began: 4 Mar 2025", "came back 1–2 days later"],
        ),
        ("lifecycle", "point.period=2025-03-10&point.status=dormant", ["Dormant", "week of 10 Mar 2025"]),
        ("stickiness", "point.periods=1", ["active on 1 day"]),
        ("stickiness", "cumulative=true&grain=week&point.periods=2", ["active in 2 weeks or more"]),
        ("paths", "point.link.0=1_page&point.link.1=2_/a_b", ["step 1: page → /a_b"]),
        ("sessions", "point.session=bounced", ["had a session of one event"]),
        ("concentration", "top=0.2&point.top=true", ["the most active 20%"]),
    ],
)
def test_whose_people_they_are(log_in: LogIn, kind: str, query: str, words: list[str]) -> None:
    page = log_in(Role.ANALYST).get(f"/explore/{kind}/people/?{DAYS}&{query}")
    assert page.context["point"] == words
