"""What may be asked of retention, and what it answers."""

from itertools import pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.retention import Point, Retention
from analytics.explore.periods import GRAINS
from analytics.explore.requests.base import (
    AnswerSerializer,
    MomentField,
    PeopleSerializer,
    QuestionSerializer,
    SelectorSerializer,
    selector,
)
from analytics.explore.requests.grains import refuse_more_periods

MOST_PERIODS, MOST_BRACKETS, LONGEST_BRACKET = 400, 50, 1_000


class RetentionSerializer(QuestionSerializer):
    start = SelectorSerializer()
    mode = serializers.ChoiceField(choices=["first_time", "recurring"], default="first_time")
    grain = serializers.ChoiceField(choices=GRAINS, default="day")
    periods = serializers.IntegerField(
        min_value=1,
        max_value=MOST_PERIODS,
        required=False,
        allow_null=True,
        default=None,
        help_text=str(_("How many, up to the one that holds to. null: those that from and to touch.")),
    )
    on_or_after = serializers.BooleanField(default=False)
    minimum_occurrences = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    window = serializers.ChoiceField(choices=["calendar", "24h"], default="calendar")
    brackets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LONGEST_BRACKET),
        required=False,
        allow_null=True,
        max_length=MOST_BRACKETS,
    )
    vars()["return"] = SelectorSerializer()
    vars()["from"] = MomentField(required=False, help_text=str(_("First day; not needed where periods are told.")))

    def validate_brackets(self, brackets: list[int] | None) -> list[int]:
        if any(one >= other for one, other in pairwise(brackets or [])):
            raise serializers.ValidationError(_("Name the brackets in ascending order, each once."))
        return brackets or []

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["periods"] is None and "from" not in asked:
            raise serializers.ValidationError({"from": _("Name the first day, or how many periods.")})
        asked = super().validate({"from": asked["to"], **asked})
        if asked["periods"] is None:
            refuse_more_periods(asked, MOST_PERIODS)
        return asked

    def question(self) -> Retention:
        asked = self.validated_data
        return Retention(
            **self.asked_of_all(),
            start=selector(asked["start"]),
            returning=selector(asked["return"]),
            mode=asked["mode"],
            grain=asked["grain"],
            count=asked["periods"],
            on_or_after=asked["on_or_after"],
            minimum_occurrences=asked["minimum_occurrences"],
            rolling=asked["window"] == "24h",
            brackets=tuple(asked.get("brackets") or ()),
        )


class CellSerializer(serializers.Serializer[Any]):
    cohort = serializers.IntegerField(min_value=0, help_text=str(_("Which of the cohorts, from 0.")))
    offset = serializers.IntegerField(min_value=0, help_text=str(_("Which column of its row, from 0.")))


class RetentionPeopleSerializer(RetentionSerializer, PeopleSerializer):
    point = CellSerializer()

    def point_asked(self) -> Point:
        retention, point = self.question(), Point(**self.validated_data["point"])
        if point.cohort >= len(retention.cohorts) or point.offset >= len(retention.columns_of(point.cohort)):
            raise serializers.ValidationError({"point": _("There is no such cell.")})
        return point


class CohortSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(help_text="First day of the period; of an hour its beginning.")
    size = serializers.IntegerField()
    returned = serializers.ListField(child=serializers.IntegerField(), help_text="People in each column, size first.")
    complete = serializers.ListField(child=serializers.BooleanField(), help_text="false: the cell is not over.")


class AverageSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    low = serializers.FloatField(allow_null=True, help_text="95 % by Wilson; null in recurring mode.")
    high = serializers.FloatField(allow_null=True)


class PooledSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()


class ComparedSerializer(serializers.Serializer[Any]):
    early = PooledSerializer()
    late = PooledSerializer()
    low = serializers.FloatField(allow_null=True, help_text="Of late minus early, 95 % by Newcombe.")
    high = serializers.FloatField(allow_null=True)


class EarlyLateSerializer(serializers.Serializer[Any]):
    late_from = serializers.CharField(help_text="The period of the first late cohort.")
    columns = ComparedSerializer(many=True, help_text="From column 1 on.")


class RetentionAnswerSerializer(AnswerSerializer):
    cohorts = CohortSerializer(many=True)
    columns = serializers.ListField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="from and to: how many periods after the start each column covers.",
    )
    average = AverageSerializer(many=True)
    early_late = EarlyLateSerializer(
        allow_null=True,
        help_text="The first half of the cohorts and the others; null in recurring mode and with one cohort.",
    )
