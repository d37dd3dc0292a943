"""What figures depend on besides the data, as a short text they carry: figures of one version are comparable."""

import json
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from typing import Any

from django.conf import settings

from analytics.metrics.registry import METRICS
from analytics.people.channels import current_rules
from analytics.rollups.goals import goals
from analytics.rollups.models import Goal, PersonaPolicy

DERIVED = 1  # to be raised whenever a derived table would come out otherwise from the same events


def derived() -> str:
    """Of ``user_day``, sessions, touches and traits."""
    return _derived(goals())


def _derived(goals: Mapping[str, list[str]]) -> str:
    roles = (Goal.Role.SIGNUP, Goal.Role.KEY_ACTION)
    return _digest(DERIVED, settings.PROJECT_TIME_ZONE, [goals[role] for role in roles])


def personas(through: date) -> str:
    """Of the personas up to a day: of what they follow from, of the cut-offs, and which of these have begun."""
    policies = PersonaPolicy.objects.order_by("from_day")
    return _digest(
        derived(),
        [
            (str(each.from_day), each.from_day <= through, each.power_key_actions, each.whale_balance)
            for each in policies
        ],
    )


def current() -> str:
    """Of the rollups: also of week start, goals, persona policies, channel rules and the metrics' definitions.

    Three queries.
    """
    chosen = goals()
    return _digest(
        _derived(chosen),
        settings.WEEK_START,
        [chosen[role] for role in Goal.Role.values],
        list(PersonaPolicy.objects.order_by("from_day").values_list("power_key_actions", "whale_balance")),
        [(rule.field, rule.pattern, rule.channel) for rule in current_rules()],
        [(key, metric.definition) for key, metric in METRICS.items()],
    )


def _digest(*parts: Any) -> str:
    return blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()
