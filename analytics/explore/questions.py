"""What may be asked of an analysis: the body of a request, checked, with every part bounded."""

import re
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.conditions import OPERATORS, PERSON, Condition
from analytics.explore.trend import MEASURES, OF_PROPERTY, Point, Series, Trend
from analytics.metrics.calendar import GRAINS, HORIZON, Grain, periods

LONGEST_DAYS = 4_018  # eleven years
LONGEST_TEXT, LARGEST_NUMBER = 500, 1e300
MOST_SERIES, MOST_FILTERS, MOST_VALUES, MOST_SPLITS = 10, 20, 200, 25
# A name becomes part of a JSON path between quotes: whatever could end them is refused.
PROPERTY = re.compile(r'[^"\\\x00-\x1f\x7f]{1,200}')
NOT_A_PROPERTY = _(
    "The name of a property has 1 to 200 characters, without quotes, backslashes and control characters."
)


def property_name(text: str) -> None:
    if not PROPERTY.fullmatch(text) or text == PERSON:
        raise serializers.ValidationError(NOT_A_PROPERTY)
    if text == "feature":
        raise serializers.ValidationError(_("Features are not mapped in this version."))


class FilterSerializer(serializers.Serializer[Any]):
    property = serializers.CharField(validators=[property_name])
    operator = serializers.ChoiceField(choices=OPERATORS)
    value = serializers.JSONField(required=False, allow_null=True, default=None)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        operator, value = asked["operator"], asked.get("value")
        if operator in ("is_set", "is_not_set"):
            return {**asked, "value": None}
        if operator in ("in", "not_in"):
            values = _listed(value, 1, MOST_VALUES, _("Give a list of 1 to 200 values."))
        elif operator == "between":
            values = _listed(value, 2, 2, _("Give a list of two numbers or of two texts."))
            if isinstance(values[0], str) != isinstance(values[1], str):
                raise _wrong(_("Give a list of two numbers or of two texts."))
        else:
            values = [value]
        for one in values:
            _check_value(operator, one)
        return {**asked, "value": tuple(values) if isinstance(value, list) else value}


def _wrong(reason: Any) -> serializers.ValidationError:
    return serializers.ValidationError({"value": reason})


def _listed(value: Any, least: int, most: int, reason: Any) -> list[Any]:
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise _wrong(reason)
    return value


def _check_value(operator: str, value: Any) -> None:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT or "\0" in value:
            raise _wrong(_("Give a text of at most 500 characters."))
        if operator == "matches":
            _check_pattern(value)
    elif operator in ("contains", "matches"):
        raise _wrong(_("Give a text."))
    elif isinstance(value, bool):
        if operator not in ("is", "is_not", "in", "not_in"):
            raise _wrong(_("Give a text or a number."))
    elif not isinstance(value, int | float) or not abs(value) < LARGEST_NUMBER:
        raise _wrong(_("Give a text or a number."))


def _check_pattern(pattern: str) -> None:
    """Let RE2 say, whose expressions the engine takes: Python's own know more."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as problem:
        raise _wrong(_("This is no regular expression of the RE2 kind.")) from problem


class SeriesSerializer(serializers.Serializer[Any]):
    event = serializers.CharField(max_length=200, required=False, allow_null=True, default=None)
    filters = serializers.ListField(child=FilterSerializer(), required=False, max_length=MOST_FILTERS)
    measure = serializers.ChoiceField(choices=MEASURES, default="events")
    property = serializers.CharField(required=False, allow_null=True, default=None, validators=[property_name])

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if asked["property"] and asked["measure"] not in OF_PROPERTY:
            raise serializers.ValidationError({"property": _("Only sum, mean, median and p90 are of a property.")})
        return asked


class TrendSerializer(serializers.Serializer[Any]):
    to = serializers.DateField(help_text=str(_("Last day, included.")))
    timezone = serializers.CharField(required=False)
    week_start = serializers.IntegerField(min_value=0, max_value=6, required=False, help_text="0: Monday … 6: Sunday.")
    filters = serializers.ListField(child=FilterSerializer(), required=False, max_length=MOST_FILTERS)
    segment = serializers.IntegerField(required=False, allow_null=True)
    series = serializers.ListField(child=SeriesSerializer(), min_length=1, max_length=MOST_SERIES)
    grain = serializers.ChoiceField(choices=GRAINS, default="day")
    breakdown = serializers.CharField(required=False, allow_null=True, default=None, validators=[property_name])
    values_shown = serializers.IntegerField(min_value=1, max_value=MOST_SPLITS, default=10)
    compare = serializers.ChoiceField(choices=["previous", "year"], required=False, allow_null=True, default=None)
    vars()["from"] = serializers.DateField(help_text=str(_("First day.")))

    def validate_timezone(self, name: str) -> str:
        if name not in available_timezones():
            raise serializers.ValidationError(_("There is no such time zone; use an IANA name such as Europe/Berlin."))
        return name

    def validate_segment(self, segment: int | None) -> None:
        if segment is not None:
            raise serializers.ValidationError(_("There is no such segment."))

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        first, last = asked["from"], asked["to"]
        if first > last:
            raise serializers.ValidationError({"from": _("This day is after the last one asked for.")})
        if (last - first).days >= LONGEST_DAYS:
            raise serializers.ValidationError({"from": _("The range is longer than eleven years.")})
        if first < date(1982, 1, 1) or last >= HORIZON:
            raise serializers.ValidationError({"from": _("Days lie between the years 1982 and 2099.")})
        for series in asked["series"]:
            if series["measure"] == "dau" and asked["grain"] != "day":
                reason = _("dau exists by day only; people is distinct within each period.")
                raise serializers.ValidationError({"series": reason})
        return asked

    def question(self) -> Trend:
        asked = self.validated_data
        return Trend(
            first=asked["from"],
            last=asked["to"],
            series=tuple(
                Series(one["event"], one["measure"], _conditions(one), one["property"]) for one in asked["series"]
            ),
            grain=asked["grain"],
            timezone=asked.get("timezone") or settings.PROJECT_TIME_ZONE,
            week_start=asked.get("week_start", settings.WEEK_START),
            filters=_conditions(asked),
            breakdown=asked["breakdown"],
            values_shown=asked["values_shown"],
            compare=asked["compare"],
        )


class PointSerializer(serializers.Serializer[Any]):
    series = serializers.IntegerField(min_value=0, max_value=MOST_SERIES - 1)
    period = serializers.DateField()
    breakdown = serializers.CharField(required=False, allow_null=True, default=None, max_length=500)


class TrendPeopleSerializer(TrendSerializer):
    point = PointSerializer()
    offset = serializers.IntegerField(min_value=0, max_value=10_000_000, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=1_000, default=100)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        point = asked["point"]
        week_start = asked.get("week_start", settings.WEEK_START)
        grain: Grain = asked["grain"]
        if point["series"] >= len(asked["series"]):
            raise serializers.ValidationError({"point": _("There is no such series.")})
        if point["period"] not in periods(asked["from"], asked["to"], grain, week_start):
            raise serializers.ValidationError({"point": _("No period of this analysis begins on that day.")})
        if bool(asked["breakdown"]) != (point["breakdown"] is not None):
            raise serializers.ValidationError(
                {"point": _("Name a value of the breakdown, if and only if there is one.")}
            )
        return asked

    def point_asked(self) -> Point:
        return Point(**self.validated_data["point"])


def _conditions(asked: dict[str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition(**one) for one in asked.get("filters", ()))
