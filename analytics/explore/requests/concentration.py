"""What may be asked of an activity's concentration, and what is answered."""

from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.concentration import Concentration, Point
from analytics.explore.requests.base import (
    AnswerSerializer,
    PeopleSerializer,
    QuestionSerializer,
    SelectorSerializer,
    selector,
)


class ConcentrationSerializer(QuestionSerializer):
    selector = SelectorSerializer()
    top = serializers.FloatField(
        min_value=0.001, max_value=0.999, default=0.1, help_text=str(_("Share of people, the most active ones."))
    )

    def question(self) -> Concentration:
        asked = self.validated_data
        # By its digits, not its bits: a tenth of ten people is one of them.
        top = Fraction(str(asked["top"]))
        return Concentration(**self.asked_of_all(), selector=selector(asked["selector"]), top=top)


class ConcentrationPointSerializer(serializers.Serializer[Any]):
    top = serializers.BooleanField(help_text=str(_("true: the most active people; false: all others.")))


class ConcentrationPeopleSerializer(ConcentrationSerializer, PeopleSerializer):
    point = ConcentrationPointSerializer()

    def point_asked(self) -> Point:
        return Point(**self.validated_data["point"])


class GroupsSerializer(serializers.Serializer[Any]):
    all = serializers.IntegerField()
    top = serializers.IntegerField(help_text=str(_("Whole people: a part of one counts as one.")))
    others = serializers.IntegerField()


class ConcentrationAnswerSerializer(AnswerSerializer):
    share_of_top = serializers.FloatField(allow_null=True, help_text=str(_("Of the activity, read off the curve.")))
    gini = serializers.FloatField(allow_null=True)
    lorenz = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text=str(_("[share of people, from the least active on; share of what they do together].")),
    )
    events = serializers.IntegerField()
    people = GroupsSerializer()
