"""From touches to channels: an ordered list of rules that staff edit, applied when read.

A channel that the sender named is kept as given. Otherwise the first rule that matches decides;
a touch that none matches is ``direct``, and so is one that is called that, in whatever case: it
never goes before a touch by another channel. Patterns are searched without case.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from analytics.patterns import matching
from analytics.people.default_channels import DEFAULT_RULES
from analytics.people.models import ChannelRule
from analytics.people.touches import Touch, touch_of

__all__ = ["DIRECT", "Rule", "Touch", "current_rules", "resolve", "touch_of"]

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


def current_rules() -> tuple[Rule, ...]:
    """The list that staff made, else the default one."""
    stored = ChannelRule.objects.values_list("field", "pattern", "channel")
    return tuple(Rule(*line) for line in stored) or tuple(Rule(*line) for line in DEFAULT_RULES)


def resolve(touches: Iterable[str], rules: Sequence[Rule] | None = None) -> list[tuple[str, str, str]]:
    """``(touch, channel, campaign)`` of each touch by the current rule list, or by one that is tried out."""
    texts = list(touches)
    parsed = [Touch.parse(text) for text in texts]
    channels = [touch.channel for touch in parsed]
    for rule in current_rules() if rules is None else rules:
        open_ = [place for place, channel in enumerate(channels) if not channel]
        if not open_:
            break
        parts = [_PART_OF[rule.field](parsed[place]) for place in open_]
        for place, part, hit in zip(open_, parts, matching(rule.pattern, parts, ignore_case=True), strict=True):
            if part and hit:
                channels[place] = rule.channel
    return [
        (text, DIRECT if channel.casefold() in ("", DIRECT) else channel, touch.campaign)
        for text, touch, channel in zip(texts, parsed, channels, strict=True)
    ]
