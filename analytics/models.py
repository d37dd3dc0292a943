"""Every model of the app; each lives with the room that writes it."""

from analytics.collect.models import DeadLetter, Event, Flag, Platform, Source, SourceKey, SourceMinute
from analytics.explore.models import Annotation, PeopleSegment, Run, SavedAnalysis, SegmentMember
from analytics.features.models import Area, Feature, FeatureRule
from analytics.people.models import Account, ChannelRule, Erasure, Identity, IdentityEdge, Suppression
from analytics.rollups.models import (
    EventDefinition,
    Goal,
    Grain,
    NorthStar,
    PersonaPolicy,
    QualityFinding,
    Rollup,
    StaleDays,
    TaskRun,
    Watermark,
)
from analytics.store.models import AskedProperty, Installation, Segment

__all__ = [
    "Account",
    "Annotation",
    "Area",
    "AskedProperty",
    "ChannelRule",
    "DeadLetter",
    "Erasure",
    "Event",
    "EventDefinition",
    "Feature",
    "FeatureRule",
    "Flag",
    "Goal",
    "Grain",
    "Identity",
    "IdentityEdge",
    "Installation",
    "NorthStar",
    "PeopleSegment",
    "PersonaPolicy",
    "Platform",
    "QualityFinding",
    "Rollup",
    "Run",
    "SavedAnalysis",
    "Segment",
    "SegmentMember",
    "Source",
    "SourceKey",
    "SourceMinute",
    "StaleDays",
    "Suppression",
    "TaskRun",
    "Watermark",
]
