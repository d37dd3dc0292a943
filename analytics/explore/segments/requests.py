"""What a segment may be made of: conditions on who people are, what they did, and what other segments they are in."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from analytics.explore.conditions import PERSON, RESOLVED
from analytics.explore.requests.base import MOST_FILTERS, FilterSerializer
from analytics.explore.segments.definitions import MOST_CONDITIONS

LONGEST_STRETCH = 4_018  # days: eleven years
MOST_TIMES = 1_000_000


class PersonConditionSerializer(FilterSerializer):
    """A trait (``person.<trait>``), or the person's platform, channel, customer segment or persona."""

    kind = serializers.ChoiceField(choices=["person"])

    def validate_property(self, name: str) -> str:
        if not name.startswith(PERSON) and name not in RESOLVED:
            raise serializers.ValidationError(
                _("Of people there are person.<trait>, platform, channel, customer_segment and persona.")
            )
        return name


class EventConditionSerializer(serializers.Serializer[Any]):
    """Did something so often, in the last days or between two days; without either, at any time."""

    kind = serializers.ChoiceField(choices=["event"])
    event = serializers.CharField(
        max_length=200, required=False, allow_null=True, default=None, help_text=str(_("null: every active event."))
    )
    filters = serializers.ListField(child=FilterSerializer(), default=list, max_length=MOST_FILTERS)
    at_least = serializers.IntegerField(min_value=0, max_value=MOST_TIMES, default=1)
    at_most = serializers.IntegerField(min_value=0, max_value=MOST_TIMES, required=False, allow_null=True, default=None)
    days = serializers.IntegerField(
        min_value=1,
        max_value=LONGEST_STRETCH,
        required=False,
        allow_null=True,
        default=None,
        help_text=str(_("The last so many days, up to the last day of the question.")),
    )
    to = serializers.DateField(required=False, allow_null=True, default=None)
    vars()["from"] = serializers.DateField(required=False, allow_null=True, default=None)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        at_most, first, last = asked["at_most"], asked["from"], asked["to"]
        if at_most is not None and at_most < asked["at_least"]:
            raise serializers.ValidationError({"at_most": _("This is less than at_least.")})
        if at_most is None and asked["at_least"] == 0:
            raise serializers.ValidationError({"at_least": _("Everybody did it at least 0 times; give at_most.")})
        if asked["days"] is not None and (first or last):
            raise serializers.ValidationError({"days": _("Give either days, or from and to.")})
        for name, day in (("from", first), ("to", last)):
            if day and not 1982 <= day.year < 2099:
                raise serializers.ValidationError({name: _("Days lie between the years 1982 and 2098.")})
        if first and last and first > last:
            raise serializers.ValidationError({"from": _("This day is after the last one asked for.")})
        return asked


class SegmentConditionSerializer(serializers.Serializer[Any]):
    """Is in another segment, or, with ``inside`` false, is not."""

    kind = serializers.ChoiceField(choices=["segment"])
    segment = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    inside = serializers.BooleanField(default=True)


CONDITIONS: dict[str, type[serializers.Serializer[Any]]] = {
    "person": PersonConditionSerializer,
    "event": EventConditionSerializer,
    "segment": SegmentConditionSerializer,
}


@extend_schema_field(PolymorphicProxySerializer("Condition", {**CONDITIONS}, "kind"))
class ConditionField(serializers.Field):
    """One of ``CONDITIONS``, by its ``kind``."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        kind = data.get("kind") if isinstance(data, dict) else None
        if not isinstance(kind, str) or kind not in CONDITIONS:
            raise serializers.ValidationError({"kind": _("Give one of person, event and segment.")})
        one = CONDITIONS[kind](data=data)
        one.is_valid(raise_exception=True)
        return dict(one.validated_data)

    def to_representation(self, value: Any) -> Any:
        return value


class DefinitionSerializer(serializers.Serializer[Any]):
    match = serializers.ChoiceField(choices=["all", "any"], default="all")
    conditions = serializers.ListField(child=ConditionField(), min_length=1, max_length=MOST_CONDITIONS)
