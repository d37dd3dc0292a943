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
    for key, name, area, target, match, pattern in rows:
        rules[key, name, area or ""] += [_rule(target, match, pattern)] if target else []
    return tuple(Feature(*told, tuple(found)) for told, found in rules.items())


def as_rule(rule: models.FeatureRule) -> Rule:
    return _rule(rule.target, rule.match, rule.pattern)


def _rule(target: str, match: str, pattern: str) -> Rule:
    return Rule(cast(Target, target), cast(Match, match), pattern)
