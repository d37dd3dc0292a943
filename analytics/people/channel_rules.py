"""Edits of the channel rules."""

from collections.abc import Iterable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from analytics.metrics.calendar import today
from analytics.patterns import BadPattern, matching
from analytics.people.default_channels import DEFAULT_RULES
from analytics.people.models import ChannelRule, Identity
from analytics.stale import StaleDays, local_date, mark_stale
from productops.lib.models import User, record


@transaction.atomic
def ensure_default_rules() -> int:
    """Write down the default list where there is no rule, so that it can be edited; returns how many it wrote."""
    if ChannelRule.objects.exists():
        return 0
    rules = [
        ChannelRule(position=position, field=field, pattern=pattern, channel=channel)
        for position, (field, pattern, channel) in enumerate(DEFAULT_RULES, start=1)
    ]
    return len(ChannelRule.objects.bulk_create(rules))


@transaction.atomic
def add_rule(*, field: str, pattern: str, channel: str, user: User) -> ChannelRule:
    """Put a rule before all others, where it wins; the default list is kept below it. Raises ValidationError."""
    rule = ChannelRule(position=0, field=field, pattern=pattern.strip(), channel=channel.strip())
    _check(rule)
    ensure_default_rules()
    others = list(ChannelRule.objects.select_for_update())
    rule.save()
    _renumber([rule, *others])
    _changed(user, "channels.add_rule", rule)
    return rule


@transaction.atomic
def edit_rule(*, rule: ChannelRule, field: str, pattern: str, channel: str, user: User) -> ChannelRule:
    rule.field, rule.pattern, rule.channel = field, pattern.strip(), channel.strip()
    _check(rule)
    rule.save(update_fields=["field", "pattern", "channel"])  # its place may have changed meanwhile
    _changed(user, "channels.edit_rule", rule)
    return rule


@transaction.atomic
def move_rule(*, rule: ChannelRule, by: int, user: User) -> None:
    """Move a rule up (negative) or down the list by some lines, as far as there are lines."""
    rules = list(ChannelRule.objects.select_for_update())
    place = rules.index(rule)
    rules.insert(max(0, min(len(rules) - 1, place + by)), rules.pop(place))
    _renumber(rules)
    _changed(user, "channels.move_rule", rule)


@transaction.atomic
def delete_rule(*, rule: ChannelRule, user: User) -> None:
    _changed(user, "channels.delete_rule", rule)
    rule.delete()


def check_pattern(pattern: str) -> None:
    """Raises ValidationError for what is no regular expression."""
    try:
        matching(pattern, [""])
    except BadPattern as error:
        message = _("This is no regular expression: %(error)s") % {"error": error}
        raise ValidationError({"pattern": message}) from error


def _check(rule: ChannelRule) -> None:
    rule.full_clean()
    check_pattern(rule.pattern)


def _renumber(rules: Iterable[ChannelRule]) -> None:
    moved = []
    for position, rule in enumerate(rules, start=1):
        if rule.position != position:
            rule.position = position
            moved.append(rule)
    ChannelRule.objects.bulk_update(moved, ["position"])


def _changed(user: User, action: str, rule: ChannelRule) -> None:
    """Record the edit, and queue all days: a person's channel is one of all of them."""
    record(user, action, str(rule))
    first_us = Identity.objects.order_by("first_us").values_list("first_us", flat=True).first()
    if first_us is not None:
        mark_stale(StaleDays.Kind.IDENTITY, local_date(first_us), today(settings.PROJECT_TIME_ZONE))
