"""The mapping as data, for whoever reads events by it."""

from collections import defaultdict
from typing import cast

from analytics.features import models
from analytics.metrics.features import Feature, Match, Rule, Target


def mapping() -> tuple[Feature, ...]:
    """Every feature with its rules, in the order in which they are tried. Two queries."""
    rules: dict[int, list[Rule]] = defaultdict(list)
    for rule in models.FeatureRule.objects.all():
        rules[rule.feature_id].append(as_rule(rule))
    stored = models.Feature.objects.values_list("pk", "key", "name", "area__key")
    return tuple(Feature(key, name, area or "", tuple(rules[pk])) for pk, key, name, area in stored)


def as_rule(rule: models.FeatureRule) -> Rule:
    return Rule(cast(Target, rule.target), cast(Match, rule.match), rule.pattern)
