"""Every kind of analysis as the API offers it: what may be asked, what is answered, an example."""

from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from analytics.explore.requests import (
    adoption,
    concentration,
    funnel,
    lifecycle,
    paths,
    retention,
    sessions,
    stickiness,
    trend,
)
from analytics.explore.requests.base import PeopleSerializer, QuestionSerializer


@dataclass(frozen=True)
class Analysis:
    """``people`` is ``request`` with a ``point``; ``example`` is a body that ``request`` takes."""

    kind: str
    summary: str
    request: type[QuestionSerializer]
    people: type[PeopleSerializer]
    answer: type[serializers.Serializer[Any]]
    example_name: str
    example: dict[str, Any]


ANALYSES = (
    Analysis(
        "trend",
        "Measures of chosen events over time",
        trend.TrendSerializer,
        trend.TrendPeopleSerializer,
        trend.TrendAnswerSerializer,
        "Weekly people who made a video, by platform",
        {
            "from": "2025-01-01",
            "to": "2025-03-31",
            "series": [{"event": "first_video_created", "measure": "people"}],
            "grain": "week",
            "breakdown": "platform",
            "filters": [{"property": "person.plan", "operator": "in", "value": ["pro", "team"]}],
        },
    ),
    Analysis(
        "adoption",
        "Who uses which feature, how soon they found it, who came back to it",
        adoption.AdoptionSerializer,
        adoption.AdoptionPeopleSerializer,
        adoption.AdoptionAnswerSerializer,
        "Adoption of all features in a quarter",
        {"from": "2025-01-01", "to": "2025-03-31", "grain": "month"},
    ),
    Analysis(
        "funnel",
        "How many people do one thing after another, where they stop, and how long it takes",
        funnel.FunnelSerializer,
        funnel.FunnelPeopleSerializer,
        funnel.FunnelAnswerSerializer,
        "From signup to the first video within a week, by channel",
        {
            "from": "2025-01-01",
            "to": "2025-03-31",
            "steps": [{"event": "signup_completed"}, {"event": "first_video_created"}],
            "window": {"value": 7, "unit": "day"},
            "breakdown": {"property": "channel", "attribution": "first_touch"},
        },
    ),
    Analysis(
        "retention",
        "Who comes back after they started",
        retention.RetentionSerializer,
        retention.RetentionPeopleSerializer,
        retention.RetentionAnswerSerializer,
        "Weeks in which new people make another video",
        {
            "from": "2025-01-01",
            "to": "2025-03-31",
            "start": {"event": "first_video_created"},
            "return": {"event": "video_created"},
            "mode": "first_time",
            "grain": "week",
            "periods": 8,
        },
    ),
    Analysis(
        "lifecycle",
        "Who is new, returns, is back after a break, or stays away",
        lifecycle.LifecycleSerializer,
        lifecycle.LifecyclePeopleSerializer,
        lifecycle.LifecycleAnswerSerializer,
        "Weekly comings and goings",
        {"from": "2025-01-01", "to": "2025-03-31", "selector": {"event": None}, "grain": "week"},
    ),
    Analysis(
        "stickiness",
        "How many people are active in how many periods",
        stickiness.StickinessSerializer,
        stickiness.StickinessPeopleSerializer,
        stickiness.StickinessAnswerSerializer,
        "On how many days of a month people make videos",
        {"from": "2025-03-01", "to": "2025-03-31", "selector": {"event": "video_created"}, "grain": "day"},
    ),
    Analysis(
        "sessions",
        "How many sessions, how long, and how often",
        sessions.SessionsSerializer,
        sessions.SessionsPeopleSerializer,
        sessions.SessionsAnswerSerializer,
        "Sessions of a quarter in which something happened on a phone",
        {
            "from": "2025-01-01",
            "to": "2025-03-31",
            "filters": [{"property": "platform", "operator": "in", "value": ["ios", "android"]}],
        },
    ),
    Analysis(
        "concentration",
        "Which share of an activity the most active people do",
        concentration.ConcentrationSerializer,
        concentration.ConcentrationPeopleSerializer,
        concentration.ConcentrationAnswerSerializer,
        "What the most active tenth does of all videos",
        {"from": "2025-01-01", "to": "2025-03-31", "selector": {"event": "video_created"}, "top": 0.1},
    ),
    Analysis(
        "paths",
        "What people do one after the other",
        paths.PathsSerializer,
        paths.PathsPeopleSerializer,
        paths.PathsAnswerSerializer,
        "The first five steps from the start page on",
        {"from": "2025-01-01", "to": "2025-03-31", "start": "/", "depth": 5, "exclude": ["page_left"]},
    ),
)
KINDS = {analysis.kind: analysis for analysis in ANALYSES}
BY_KIND = {analysis.kind: analysis for analysis in ANALYSES}
