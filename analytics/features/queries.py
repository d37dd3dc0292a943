"""The mapping as data, for whoever reads events by it."""

from typing import cast

from analytics.features import models
from analytics.metrics.features import Feature, Match, Rule, Target


def mapping() -> tuple[Feature, ...]:
    """Every feature with its rules, in the order in which they are tried. Two or three queries."""
    stored = models.Feature.objects.select_related("area").prefetch_related("rules")
    return tuple(
        Feature(
            feature.key,
            feature.name,
            feature.area.key if feature.area else "",
            tuple(as_rule(rule) for rule in feature.rules.all()),
        )
        for feature in stored
    )


def as_rule(rule: models.FeatureRule) -> Rule:
    return Rule(cast(Target, rule.target), cast(Match, rule.match), rule.pattern)
