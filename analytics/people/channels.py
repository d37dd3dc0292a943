"""From touches to channels: an ordered list of rules that staff edit, applied when read.

A channel that the sender named is kept as given. Otherwise the first rule that matches decides;
a touch that none matches is ``direct``.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from analytics.people.models import ChannelRule
from analytics.people.touches import Touch, touch_of

__all__ = ["DIRECT", "Rule", "Touch", "channel_of", "current_rules", "resolve", "touch_of"]

DIRECT = "direct"

_PART_OF: dict[str, Callable[[Touch], str]] = {
    ChannelRule.Field.CLICK_ID: lambda touch: touch.click_id,
    ChannelRule.Field.SOURCE: lambda touch: touch.source,
    ChannelRule.Field.MEDIUM: lambda touch: touch.medium,
    ChannelRule.Field.SOURCE_MEDIUM: lambda touch: f"{touch.source} / {touch.medium}" if touch.medium else "",
    ChannelRule.Field.CAMPAIGN: lambda touch: touch.campaign,
    ChannelRule.Field.REFERRER: lambda touch: touch.referrer,
}


@dataclass(frozen=True)
class Rule:
    """One line of the list: ``pattern`` is searched, without case, in one part of a touch."""

    field: str
    pattern: str
    channel: str

    def matches(self, touch: Touch) -> bool:
        part = _PART_OF[self.field](touch)
        return bool(part) and re.search(self.pattern, part, re.IGNORECASE) is not None


def channel_of(touch: Touch, rules: Sequence[Rule]) -> str:
    if touch.channel:
        return touch.channel
    return next((rule.channel for rule in rules if rule.matches(touch)), DIRECT)


def current_rules() -> tuple[Rule, ...]:
    return tuple(Rule(*line) for line in ChannelRule.objects.values_list("field", "pattern", "channel"))


@lru_cache(maxsize=200_000)
def _resolved(text: str, rules: tuple[Rule, ...]) -> tuple[str, str, str]:
    touch = Touch.parse(text)
    return text, channel_of(touch, rules), touch.campaign


def resolve(touches: Iterable[str], rules: tuple[Rule, ...] | None = None) -> list[tuple[str, str, str]]:
    """``(touch, channel, campaign)`` of each touch by the current rule list, or by one that is tried out."""
    rules = current_rules() if rules is None else rules
    return [_resolved(text, rules) for text in touches]
