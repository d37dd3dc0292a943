"""What may be asked of the lifecycle, and what it answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.lifecycle import STATUSES, Lifecycle, Point
from analytics.explore.periods import GRAINS
from analytics.explore.requests.base import (
    LONGEST_DAYS,
    AnswerSerializer,
    PeopleSerializer,
    QuestionSerializer,
    SelectorSerializer,
    selector,
)
from analytics.explore.requests.grains import refuse_more_periods


class LifecycleSerializer(QuestionSerializer):
    selector = SelectorSerializer()
    grain = serializers.ChoiceField(choices=GRAINS, default="day")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        refuse_more_periods(asked, LONGEST_DAYS)
        return asked

    def question(self) -> Lifecycle:
        asked = self.validated_data
        return Lifecycle(**self.asked_of_all(), selector=selector(asked["selector"]), grain=asked["grain"])


class StatusSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=40, help_text=str(_("A period as the answer names it.")))
    status = serializers.ChoiceField(choices=STATUSES)


class LifecyclePeopleSerializer(LifecycleSerializer, PeopleSerializer):
    point = StatusSerializer()

    def point_asked(self) -> Point:
        asked, labels = self.validated_data["point"], self.question().periods.labels
        if asked["period"] not in labels:
            raise serializers.ValidationError({"point": _("The answer has no such period.")})
        return Point(labels.index(asked["period"]), asked["status"])


class LifecycleAnswerSerializer(AnswerSerializer):
    periods = serializers.ListField(child=serializers.CharField())
    complete = serializers.ListField(child=serializers.BooleanField(), help_text="false: the period is not over.")
    new = serializers.ListField(child=serializers.IntegerField(), help_text="Created in the period, and active in it.")
    returning = serializers.ListField(child=serializers.IntegerField(), help_text="Active, and in the period before.")
    resurrected = serializers.ListField(
        child=serializers.IntegerField(), help_text="Active, not in the period before, created earlier."
    )
    dormant = serializers.ListField(child=serializers.IntegerField(), help_text="Not active, but in the period before.")
