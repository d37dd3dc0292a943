"""What may be asked of sessions, and what is answered."""

from typing import Any

from rest_framework import serializers

from analytics.explore.kinds.sessions import Point, Sessions
from analytics.explore.requests.base import AnswerSerializer, PeopleSerializer, QuestionSerializer
from analytics.metrics.visits import LENGTHS


class SessionsSerializer(QuestionSerializer):
    def question(self) -> Sessions:
        return Sessions(**self.asked_of_all())


class SessionsPointSerializer(serializers.Serializer[Any]):
    session = serializers.ChoiceField(choices=["all", "bounced"])


class SessionsPeopleSerializer(SessionsSerializer, PeopleSerializer):
    point = SessionsPointSerializer()

    def point_asked(self) -> Point:
        return Point(**self.validated_data["point"])


class RateSerializer(serializers.Serializer[Any]):
    numerator = serializers.FloatField()
    denominator = serializers.IntegerField()


class RatesSerializer(serializers.Serializer[Any]):
    bounce_rate = RateSerializer()
    per_person_per_week = RateSerializer(help_text="The sum of everyone's sessions per week, and how many they are.")


class VisitorsSerializer(serializers.Serializer[Any]):
    all = serializers.IntegerField()
    bounced = serializers.IntegerField(help_text="Who had a session of one event.")


class LengthSerializer(serializers.Serializer[Any]):
    length = serializers.ChoiceField(choices=LENGTHS)
    sessions = serializers.IntegerField()


class SessionsAnswerSerializer(AnswerSerializer):
    count = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True, help_text="Lengths are of sessions of two events or more.")
    mean_seconds = serializers.FloatField(allow_null=True)
    p90_seconds = serializers.FloatField(allow_null=True)
    bounce_rate = serializers.FloatField(allow_null=True)
    per_person_per_week = serializers.FloatField(allow_null=True)
    rates = RatesSerializer()
    people = VisitorsSerializer()
    lengths = LengthSerializer(many=True)
