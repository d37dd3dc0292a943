"""What may be asked of a trend, and what it answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.trend import MEASURES, OF_PROPERTY, Point, Series, Trend
from analytics.explore.periods import GRAINS
from analytics.explore.requests.base import (
    LONGEST_DAYS,
    MOST_SPLITS,
    AnswerSerializer,
    PeopleSerializer,
    QuestionSerializer,
    SelectorSerializer,
    conditions,
    property_name,
)
from analytics.explore.requests.grains import refuse_more_periods

MOST_SERIES = 10


class SeriesSerializer(SelectorSerializer):
    measure = serializers.ChoiceField(choices=MEASURES, default="events")
    property = serializers.CharField(required=False, allow_null=True, default=None, validators=[property_name])

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["property"] and asked["measure"] not in OF_PROPERTY:
            raise serializers.ValidationError({"property": _("Only sum, mean, median and p90 are of a property.")})
        return asked


class TrendSerializer(QuestionSerializer):
    series = serializers.ListField(child=SeriesSerializer(), min_length=1, max_length=MOST_SERIES)
    grain = serializers.ChoiceField(choices=GRAINS, default="day")
    breakdown = serializers.CharField(required=False, allow_null=True, default=None, validators=[property_name])
    values_shown = serializers.IntegerField(min_value=1, max_value=MOST_SPLITS, default=MOST_SPLITS)
    compare = serializers.ChoiceField(choices=["previous", "year"], required=False, allow_null=True, default=None)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        refuse_more_periods(asked, LONGEST_DAYS)
        for series in asked["series"]:
            if series["measure"] == "dau" and asked["grain"] != "day":
                reason = _("dau exists by day only; people is distinct within each period.")
                raise serializers.ValidationError({"series": reason})
        return asked

    def question(self) -> Trend:
        asked = self.validated_data
        return Trend(
            **self.asked_of_all(),
            series=tuple(
                Series(one["event"], conditions(one), one["measure"], one["property"]) for one in asked["series"]
            ),
            grain=asked["grain"],
            breakdown=asked["breakdown"],
            values_shown=asked["values_shown"],
            compare=asked["compare"],
        )


class PointSerializer(serializers.Serializer[Any]):
    series = serializers.IntegerField(min_value=0, max_value=MOST_SERIES - 1)
    period = serializers.CharField(max_length=40, help_text=str(_("A period as the answer names it.")))
    breakdown = serializers.CharField(required=False, allow_null=True, default=None, max_length=500)


class TrendPeopleSerializer(TrendSerializer, PeopleSerializer):
    point = PointSerializer()

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        point = asked["point"]
        if point["series"] >= len(asked["series"]):
            raise serializers.ValidationError({"point": _("There is no such series.")})
        if bool(asked["breakdown"]) != (point["breakdown"] is not None):
            raise serializers.ValidationError(
                {"point": _("Name a value of the breakdown, if and only if there is one.")}
            )
        return asked

    def point_asked(self) -> Point:
        point, labels = self.validated_data["point"], self.question().periods.labels
        if point["period"] not in labels:
            raise serializers.ValidationError({"point": _("The answer has no such period.")})
        return Point(**point | {"period": labels.index(point["period"])})


class LineSerializer(serializers.Serializer[Any]):
    vars()["label"] = serializers.CharField()
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    breakdown = serializers.CharField(required=False, help_text="The value of the breakdown.")
    series = serializers.IntegerField(required=False, help_text="With a breakdown: of which series, from 0 on.")


class TrendAnswerSerializer(AnswerSerializer):
    periods = serializers.ListField(child=serializers.CharField(), help_text="First days; of hours their beginning.")
    complete = serializers.ListField(child=serializers.BooleanField(), help_text="false: the period is not over.")
    series = LineSerializer(many=True)
    compare = serializers.DictField(required=False, help_text="periods, complete and series of the days compared with.")
