"""What may be asked of a funnel, and what it answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.funnel.question import Breakdown, Exclusion, Funnel, Point, Step, Window
from analytics.explore.periods import GRAINS, covering
from analytics.explore.requests.base import (
    AnswerSerializer,
    PeopleSerializer,
    QuestionSerializer,
    SelectorSerializer,
    conditions,
    property_name,
)

MOST_STEPS, MOST_EXCLUSIONS, MOST_BINS = 20, 10, 90
LONGEST_WINDOW = {
    "second": 3_155_760_000,
    "minute": 52_596_000,
    "hour": 876_600,
    "day": 36_525,
    "week": 5_218,
    "month": 1_200,
}


class StepSerializer(SelectorSerializer):
    optional = serializers.BooleanField(default=False, help_text="Whether people may go on without it.")
    first_time = serializers.ChoiceField(
        choices=["event", "event_with_filters"],
        required=False,
        allow_null=True,
        default=None,
        help_text="Only the first in all history counts: of the event, which must match, or of those that match.",
    )


class ExclusionSerializer(SelectorSerializer):
    from_step = serializers.IntegerField(min_value=0, max_value=MOST_STEPS - 1)
    to_step = serializers.IntegerField(min_value=0, max_value=MOST_STEPS - 1)


class WindowSerializer(serializers.Serializer[Any]):
    value = serializers.IntegerField(min_value=1)
    unit = serializers.ChoiceField(choices=list(LONGEST_WINDOW))

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["value"] > LONGEST_WINDOW[asked["unit"]]:
            raise serializers.ValidationError({"value": _("The window is longer than a hundred years.")})
        return asked


class BreakdownSerializer(serializers.Serializer[Any]):
    property = serializers.CharField(validators=[property_name])
    attribution = serializers.ChoiceField(
        choices=["first_touch", "last_touch", "all_events", "step"], default="first_touch"
    )
    step = serializers.IntegerField(min_value=0, max_value=MOST_STEPS - 1, default=0)


class FunnelSerializer(QuestionSerializer):
    steps = serializers.ListField(child=StepSerializer(), min_length=1, max_length=MOST_STEPS)
    order = serializers.ChoiceField(choices=["ordered", "strict", "unordered"], default="ordered")
    window = WindowSerializer(required=False)
    exclusions = serializers.ListField(child=ExclusionSerializer(), required=False, max_length=MOST_EXCLUSIONS)
    breakdown = BreakdownSerializer(required=False, allow_null=True, default=None)
    view = serializers.ChoiceField(choices=["steps", "trend", "time_to_convert"], default="steps")
    grain = serializers.ChoiceField(choices=GRAINS, default="day", help_text="Of a trend.")
    bins = serializers.IntegerField(
        min_value=1, max_value=MOST_BINS, required=False, allow_null=True, default=None, help_text="Of the times."
    )
    from_step = serializers.IntegerField(min_value=0, max_value=MOST_STEPS - 1, default=0)
    to_step = serializers.IntegerField(
        min_value=0, max_value=MOST_STEPS - 1, required=False, allow_null=True, default=None
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        last = len(asked["steps"]) - 1
        if asked["steps"][0]["optional"]:
            raise _wrong("steps", _("The first step can't be optional: attempts begin with it."))
        if asked.get("exclusions") and asked["order"] == "strict":
            raise _wrong("exclusions", _("Where nothing else may lie between steps, there is nothing to exclude."))
        if asked["order"] == "unordered" and any(step["optional"] for step in asked["steps"]):
            raise _wrong("steps", _("In any order no step comes before another, so none can be left out."))
        for exclusion in asked.get("exclusions", ()):
            if not exclusion["from_step"] < exclusion["to_step"] <= last:
                raise _wrong("exclusions", _("An exclusion lies between a step and a later one of the funnel."))
            if asked["order"] == "unordered" and (exclusion["from_step"], exclusion["to_step"]) != (0, last):
                raise _wrong("exclusions", _("In any order an exclusion holds from the first step to the last."))
        until = last if asked["to_step"] is None else asked["to_step"]
        if until > last:
            raise _wrong("to_step", _("There is no such step."))
        if asked["view"] != "steps" and not asked["from_step"] < until:
            raise _wrong("from_step", _("This step is not before the last one looked at."))
        if asked["breakdown"] and asked["breakdown"]["step"] > last:
            raise _wrong("breakdown", _("There is no such step."))
        at_step = asked["breakdown"] and asked["breakdown"]["attribution"] == "step" and asked["breakdown"]["step"]
        if asked["order"] == "unordered" and at_step:
            raise _wrong("breakdown", _("In any order only the first step, whichever it is, tells a value."))
        return asked

    def question(self) -> Funnel:
        asked = self.validated_data
        return Funnel(
            **self.asked_of_all(),
            steps=tuple(
                Step(one["event"], conditions(one), one["optional"], one["first_time"]) for one in asked["steps"]
            ),
            order=asked["order"],
            window=Window(**asked["window"]) if asked.get("window") else Window(),
            exclusions=tuple(
                Exclusion(one["event"], conditions(one), one["from_step"], one["to_step"])
                for one in asked.get("exclusions", ())
            ),
            breakdown=Breakdown(**asked["breakdown"]) if asked["breakdown"] else None,
            view=asked["view"],
            grain=asked["grain"],
            bins=asked["bins"],
            from_step=asked["from_step"],
            to_step=-1 if asked["to_step"] is None else asked["to_step"],
        )


class FunnelPointSerializer(serializers.Serializer[Any]):
    step = serializers.IntegerField(min_value=0, max_value=MOST_STEPS - 1, required=False)
    dropped_before = serializers.IntegerField(min_value=1, max_value=MOST_STEPS - 1, required=False)
    breakdown = serializers.CharField(required=False, allow_null=True, default=None, max_length=500)
    period = serializers.CharField(required=False, help_text="As a trend names it.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("step" in asked) == ("dropped_before" in asked):
            raise serializers.ValidationError({"step": _("Name a step, or the step before which people stopped.")})
        return asked


class FunnelPeopleSerializer(FunnelSerializer, PeopleSerializer):
    point = FunnelPointSerializer()

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        point = asked["point"]
        last = len(asked["steps"]) - 1
        if asked["view"] == "trend" and asked["to_step"] is not None:
            last = asked["to_step"]
        if point.get("step", point.get("dropped_before")) > last:
            raise _wrong("point", _("There is no such step."))
        if bool(asked["breakdown"]) != (point["breakdown"] is not None):
            raise _wrong("point", _("Name a value of the breakdown, if and only if there is one."))
        if (asked["view"] == "trend") != ("period" in point):
            raise _wrong("point", _("Name a period, if and only if this is a trend."))
        return asked

    def point_asked(self) -> Point:
        point = self.validated_data["point"]
        if "period" not in point:
            return Point(**point)
        funnel = self.question()
        labels = covering(funnel, funnel.grain).labels
        if point["period"] not in labels:
            raise _wrong("point", _("There is no such period."))
        return Point(**{**point, "period": labels.index(point["period"])})


class FunnelStepSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField()
    count = serializers.IntegerField()
    mean_seconds = serializers.FloatField(allow_null=True, help_text="Time from the step before.")
    median_seconds = serializers.FloatField(allow_null=True)
    p90_seconds = serializers.FloatField(allow_null=True)


class FunnelPeriodSerializer(serializers.Serializer[Any]):
    period = serializers.CharField()
    entered = serializers.IntegerField()
    converted = serializers.IntegerField()
    rate = serializers.FloatField(allow_null=True)
    complete = serializers.BooleanField(help_text="false: someone's window is not over.")


class FunnelBinSerializer(serializers.Serializer[Any]):
    from_seconds = serializers.IntegerField()
    count = serializers.IntegerField()


class FunnelValueSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    steps = FunnelStepSerializer(many=True, required=False)
    periods = FunnelPeriodSerializer(many=True, required=False)


class FunnelAnswerSerializer(AnswerSerializer):
    steps = FunnelStepSerializer(many=True, required=False)
    breakdown = FunnelValueSerializer(many=True, required=False, help_text="The same of each value.")
    periods = FunnelPeriodSerializer(many=True, required=False)
    bins = FunnelBinSerializer(many=True, required=False)
    count = serializers.IntegerField(required=False, help_text="How many the times are of.")
    mean_seconds = serializers.FloatField(allow_null=True, required=False)
    median_seconds = serializers.FloatField(allow_null=True, required=False)


def _wrong(field: str, reason: Any) -> serializers.ValidationError:
    return serializers.ValidationError({field: reason})
