"""Conditions as questions carry them: one on a feature or a core area carries the rules that stand for it now."""

from typing import Any

from analytics.explore.conditions import MAPPED, Condition
from analytics.features.queries import mapping
from analytics.metrics.features import Rule

OPERATORS_OF_MAPPED = ("is", "is_not", "in", "not_in", "is_set", "is_not_set")


def condition_of(property: str, operator: str, value: Any = None) -> Condition:
    """``operator`` is one of OPERATORS_OF_MAPPED for a mapped property."""
    return Condition(property, operator, value, _rules_meant(property, operator, value) if property in MAPPED else ())


def _rules_meant(property: str, operator: str, value: Any) -> tuple[Rule, ...]:
    """The rules of all features that the condition names, or that are in the core areas it names."""
    named = value if isinstance(value, tuple) else (value,)
    told = {feature: feature.key if property == "feature" else feature.area for feature in mapping()}
    meant = [feature for feature, key in told.items() if key and (operator in ("is_set", "is_not_set") or key in named)]
    return tuple(rule for feature in meant for rule in feature.rules)
