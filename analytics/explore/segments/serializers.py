"""Segments as the API shows them, and what it takes to make one."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.explore.analyses import KINDS
from analytics.explore.models import PeopleSegment
from analytics.explore.segments.queries import is_personal
from analytics.explore.segments.requests import DefinitionSerializer

MOST_NAMED = 10_000
MADE_OF = ("definition", "people", "behind", "file")


class UploadSerializer(serializers.Serializer[Any]):
    """What became of the ids that were sent."""

    rows = serializers.IntegerField(help_text="Ids read.")
    unknown_count = serializers.IntegerField(help_text="Of them those that are nobody's.")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="The first hundred of these.")


class SegmentSerializer(serializers.ModelSerializer[PeopleSegment]):
    """Needs ``definitions`` of all segments and ``sees_personal`` in its context."""

    definition = serializers.SerializerMethodField()
    personal = serializers.SerializerMethodField()
    made_by = serializers.CharField(source="made_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = PeopleSegment
        fields: tuple[str, ...] = (
            "id", "name", "description", "kind", "definition", "personal", "made_by", "made_at", "changed_at",
        )  # fmt: skip

    @extend_schema_field(DefinitionSerializer(allow_null=True))
    def get_definition(self, segment: PeopleSegment) -> dict[str, Any] | None:
        """null: a list, or a definition that the caller may not see."""
        return segment.definition if self.context["sees_personal"] or not self.get_personal(segment) else None

    def get_personal(self, segment: PeopleSegment) -> bool:
        """Whether people are told apart by what says who they are: such a segment is for analysts."""
        return is_personal(segment.pk, self.context["definitions"])


class WrittenSegmentSerializer(SegmentSerializer):
    upload = UploadSerializer(required=False, allow_null=True, read_only=True)

    class Meta(SegmentSerializer.Meta):
        fields = (*SegmentSerializer.Meta.fields, "upload")


class BehindSerializer(serializers.Serializer[Any]):
    """A figure of an analysis, by the body and the point that name the people behind it."""

    kind = serializers.ChoiceField(choices=list(KINDS))
    body = serializers.DictField()
    point = serializers.DictField()

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        question = KINDS[asked["kind"]].people(data={**asked["body"], "point": asked["point"], "offset": 0, "limit": 1})
        if not question.is_valid():
            raise serializers.ValidationError({"body": question.errors})
        return {**asked, "question": question}


def person_id(text: str) -> None:
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) < 2**63):
        raise serializers.ValidationError(_("This is no id of a person."))


class SegmentRequestSerializer(serializers.ModelSerializer[PeopleSegment]):
    """Name and description, and of what a segment is made; of a list the ids that take the place of those on it."""

    definition = DefinitionSerializer(required=False)
    people = serializers.ListField(
        child=serializers.CharField(validators=[person_id]),
        required=False,
        min_length=1,
        max_length=MOST_NAMED,
        help_text=str(_("Ids of persons, as other endpoints give them.")),
    )
    behind = BehindSerializer(required=False)

    class Meta:
        model = PeopleSegment
        fields: tuple[str, ...] = ("name", "description", "definition", "people", "behind")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in MADE_OF if name in asked]
        if len(given) > 1:
            raise serializers.ValidationError({given[1]: _("A segment is made of one thing.")})
        if self.instance is None and not given:
            raise serializers.ValidationError(
                {"definition": _("Give a definition, people, a file of ids, or the figure whose people it shall have.")}
            )
        if self.instance is not None and given:
            dynamic = self.instance.kind == PeopleSegment.Kind.DYNAMIC
            if dynamic != (given[0] == "definition"):
                raise serializers.ValidationError(
                    {given[0]: _("A segment stays what it is: a filter has a definition, a list has people.")}
                )
        return asked


class SegmentFileSerializer(SegmentRequestSerializer):
    """The same as a form with a file: CSV with one user id or anonymous id on each line, with or without a header."""

    file = serializers.FileField(required=False)

    class Meta(SegmentRequestSerializer.Meta):
        fields = ("name", "description", "file")
