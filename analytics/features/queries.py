"""The mapping as data, for whoever reads events by it."""

from collections import defaultdict
from typing import cast

from analytics.features import models
from analytics.metrics.features import Feature, Match, Rule, Target


def mapping() -> tuple[Feature, ...]:
    """Every feature with its rules, in the order in which they are tried. One query."""
    rows = models.Feature.objects.order_by("position", "pk", "rules__pk").values_list(
        "key", "name", "area__key", "rules__target", "rules__match", "rules__pattern"
    )
    rules: dict[tuple[str, str, str], list[Rule]] = defaultdict(list)
    for key, name, area, *rule in rows:
        rules[key, name, area or ""] += [Rule(*rule)] if rule[0] else []
    return tuple(Feature(*told, tuple(found)) for told, found in rules.items())


def as_rule(rule: models.FeatureRule) -> Rule:
    return Rule(cast(Target, rule.target), cast(Match, rule.match), rule.pattern)
