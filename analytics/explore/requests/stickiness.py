"""What may be asked of stickiness, and what it answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.stickiness import OPERATORS, Occurrences, Point, Stickiness
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


class OccurrencesSerializer(serializers.Serializer[Any]):
    operator = serializers.ChoiceField(choices=OPERATORS)
    value = serializers.IntegerField(min_value=1, max_value=1_000_000)


class StickinessSerializer(QuestionSerializer):
    selector = SelectorSerializer()
    grain = serializers.ChoiceField(choices=GRAINS, default="day")
    interval_count = serializers.IntegerField(
        min_value=1,
        max_value=1_000,
        required=False,
        allow_null=True,
        help_text=str(_("So many periods of the grain count as one, put together from the last.")),
    )
    cumulative = serializers.BooleanField(default=False, help_text=str(_("Count who was active in k periods or more.")))
    occurrences = OccurrencesSerializer(
        required=False, allow_null=True, help_text=str(_("How many events in a period make somebody active in it."))
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        refuse_more_periods(asked, LONGEST_DAYS)
        return asked

    def question(self) -> Stickiness:
        asked = self.validated_data
        return Stickiness(
            **self.asked_of_all(),
            selector=selector(asked["selector"]),
            grain=asked["grain"],
            interval_count=asked.get("interval_count") or 1,
            cumulative=asked["cumulative"],
            occurrences=Occurrences(**(asked.get("occurrences") or {})),
        )


class PeriodsActiveSerializer(serializers.Serializer[Any]):
    periods = serializers.IntegerField(min_value=1, help_text=str(_("In how many periods, or in at least how many.")))


class StickinessPeopleSerializer(StickinessSerializer, PeopleSerializer):
    point = PeriodsActiveSerializer()

    def point_asked(self) -> Point:
        point = Point(**self.validated_data["point"])
        if point.periods > self.question().most:
            raise serializers.ValidationError({"point": _("There are not so many periods.")})
        return point


class StickinessAnswerSerializer(AnswerSerializer):
    counts = serializers.ListField(
        child=serializers.IntegerField(), help_text="People active in one period, in two, and so on."
    )
    complete = serializers.BooleanField(help_text="false: the last period is not over.")
