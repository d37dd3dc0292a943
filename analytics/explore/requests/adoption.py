"""What may be asked of adoption, and what it answers."""

from difflib import get_close_matches
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from analytics.explore.kinds.adoption import MOST_EVENTS, Adoption, Point
from analytics.explore.requests.base import AnswerSerializer, PeopleSerializer, QuestionSerializer
from analytics.features.queries import mapping
from analytics.features.services import MOST_FEATURES
from analytics.metrics.calendar import GRAINS
from analytics.metrics.features import Feature

NAME = serializers.CharField(max_length=200)


class AdoptionSerializer(QuestionSerializer):
    features = serializers.ListField(
        child=NAME,
        required=False,
        min_length=1,
        max_length=MOST_FEATURES,
        help_text=str(_("Keys; names of events, as long as no feature is mapped. Default: all features.")),
    )
    grain = serializers.ChoiceField(choices=GRAINS, default="week")

    @cached_property
    def mapped(self) -> tuple[Feature, ...]:
        """The features that there are as this is asked."""
        return mapping()

    def validate_features(self, asked: list[str]) -> list[str]:
        mapped = [feature.key for feature in self.mapped]
        for key in asked if mapped else ():
            if key not in mapped:
                near = ", ".join(get_close_matches(key, mapped)) or ", ".join(mapped[:10])
                message = _("There is no feature %(key)s. There are: %(near)s.") % {"key": key, "near": near}
                raise serializers.ValidationError(message)
        return list(dict.fromkeys(asked))

    def question(self) -> Adoption:
        asked = self.validated_data
        named = asked.get("features", ())
        features = tuple(feature for feature in self.mapped if not named or feature.key in named)
        return Adoption(
            **self.asked_of_all() | {"features": features},
            events=() if self.mapped else tuple(named),
            grain=asked["grain"],
        )


class FeaturePointSerializer(serializers.Serializer[Any]):
    feature = serializers.CharField(max_length=200)


class AdoptionPeopleSerializer(AdoptionSerializer, PeopleSerializer):
    point = FeaturePointSerializer()

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        asked = super().validate(asked)
        offered = asked.get("features") or [feature.key for feature in self.mapped]
        if offered and asked["point"]["feature"] not in offered:
            raise serializers.ValidationError({"point": _("This analysis has no such feature.")})
        return asked

    def point_asked(self) -> Point:
        return Point(**self.validated_data["point"])


class AdoptedSerializer(serializers.Serializer[Any]):
    feature = serializers.CharField(help_text="Its key, or the event's name.")
    name = serializers.CharField()
    area = serializers.CharField(help_text="Key of the core area; empty: in none.")
    people = serializers.IntegerField(help_text="Who used it on the days asked for.")
    active = serializers.IntegerField(help_text="Who was active on them.")
    share = serializers.FloatField(allow_null=True, help_text="people / active; null: nobody was.")
    times = serializers.IntegerField(help_text="How often it was used on these days.")
    first_use_median_seconds = serializers.FloatField(
        allow_null=True, help_text="From a person's earliest event to their first use ever: the median over people."
    )
    retained = serializers.FloatField(allow_null=True, help_text="returned / could_return; null: nobody could.")
    returned = serializers.IntegerField(help_text="Of could_return, who used it again in a later period.")
    could_return = serializers.IntegerField(help_text="Whose first use ever lies in a period before the last one.")


class AdoptionAnswerSerializer(AnswerSerializer):
    by = serializers.ChoiceField(
        choices=["feature", "event"],
        help_text=f"event: no feature is mapped; they are the events named, or the {MOST_EVENTS} of most people.",
    )
    active = serializers.IntegerField(help_text="People active on the days asked for.")
    features = AdoptedSerializer(many=True)
