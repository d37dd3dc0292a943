"""What may be asked of paths, and what is answered."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.explore.kinds.paths import Choice, Paths, Point
from analytics.explore.requests.base import (
    LONGEST_TEXT,
    AnswerSerializer,
    PeopleSerializer,
    QuestionSerializer,
    SelectorSerializer,
    selector,
)

MOST_EXCLUDED, MOST_STEPS, MOST_LINKS = 50, 20, 500
NODE = re.compile(r"([1-9]\d?)_(.+)", re.DOTALL)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object"}]})
class ChoiceField(serializers.Field[Any, Any, Any, Any]):
    """The name of an event, the path of a page, or a selector; validated to a text or to a selector's members."""

    name = serializers.CharField(max_length=LONGEST_TEXT, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> Any:
        return (self.name if isinstance(data, str) else SelectorSerializer()).run_validation(data)


class PathsSerializer(QuestionSerializer):
    start = ChoiceField(required=False, allow_null=True, default=None, help_text=str(_("Paths begin with it.")))
    end = ChoiceField(required=False, allow_null=True, default=None, help_text=str(_("Paths lead to it.")))
    exclude = serializers.ListField(
        child=ChoiceField(), required=False, max_length=MOST_EXCLUDED, help_text=str(_("What is passed over."))
    )
    depth = serializers.IntegerField(min_value=2, max_value=MOST_STEPS, default=5, help_text=str(_("Steps of a path.")))
    links_shown = serializers.IntegerField(min_value=1, max_value=MOST_LINKS, default=50)

    def question(self) -> Paths:
        asked = self.validated_data
        return Paths(
            **self.asked_of_all(),
            start=asked["start"] and _choice(asked["start"]),
            end=asked["end"] and _choice(asked["end"]),
            exclude=tuple(_choice(one) for one in asked.get("exclude", ())),
            depth=asked["depth"],
            links_shown=asked["links_shown"],
        )


class PathsPointSerializer(serializers.Serializer[Any]):
    link = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False),
        min_length=2,
        max_length=2,
        help_text=str(_("source and target of a link")),
    )

    def validate_link(self, ids: list[str]) -> Point:
        source, target = (NODE.fullmatch(one) for one in ids)
        if not source or not target or int(target[1]) != int(source[1]) + 1:
            raise serializers.ValidationError(_("Give the source and the target of a link, such as 1_/ and 2_signup."))
        return Point(int(source[1]), source[2], target[2])


class PathsPeopleSerializer(PathsSerializer, PeopleSerializer):
    point = PathsPointSerializer()

    def point_asked(self) -> Point:
        return self.validated_data["point"]["link"]


class PathNodeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="step_name")
    step = serializers.IntegerField(help_text=str(_("Its place in the paths, from 1 on.")))
    name = serializers.CharField()


class PathLinkSerializer(serializers.Serializer[Any]):
    vars()["source"] = serializers.CharField(help_text="id of a node")
    target = serializers.CharField(help_text="id of a node")
    people = serializers.IntegerField()
    paths = serializers.IntegerField(help_text=str(_("How many times people took it.")))
    median_seconds = serializers.FloatField(help_text=str(_("From the one to the other, over these paths.")))


class LinksLeftOutSerializer(serializers.Serializer[Any]):
    links = serializers.IntegerField()
    people = serializers.IntegerField(help_text=str(_("Who took one of these links.")))


class PathsAnswerSerializer(AnswerSerializer):
    nodes = PathNodeSerializer(many=True)
    links = PathLinkSerializer(many=True)
    left_out = LinksLeftOutSerializer()


def _choice(asked: str | dict[str, Any]) -> Choice:
    return selector(asked) if isinstance(asked, dict) else asked
