"""How many periods a question may have."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers

from analytics.metrics.calendar import periods


def refuse_more_periods(asked: dict[str, Any], most: int) -> None:
    """Refuse a question, valid so far, whose days have more periods of its grain than ``most``."""
    first, last, grain = asked["from"], asked["to"], asked["grain"]
    if grain == "hour":
        count = ((last - first).days + 1) * 24
    else:
        count = len(periods(first, last, grain, asked.get("week_start", settings.WEEK_START)))
    if count > most:
        reason = _("These days have %(count)d periods; ask for %(most)d at most, or choose a coarser grain.")
        raise serializers.ValidationError({"grain": reason % {"count": count, "most": most}})
