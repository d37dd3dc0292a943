"""Rules in words."""

from django import template

from analytics.features.models import FeatureRule

register = template.Library()


@register.filter
def target(key: str) -> str:
    """``event`` → event, in the reader's language."""
    return str(FeatureRule.Target(key).label)


@register.filter
def match(key: str) -> str:
    """``prefix`` → begins with."""
    return str(FeatureRule.Match(key).label)
