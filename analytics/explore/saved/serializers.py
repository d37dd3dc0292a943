"""Saved analyses and annotations, as the API shows and takes them."""

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from analytics.explore.analyses import KINDS
from analytics.explore.models import Annotation, SavedAnalysis
from analytics.explore.requests.base import MomentField, personal_properties

LARGEST_BODY = 2**16  # bytes
FIRST_YEAR, LAST_YEAR = 1982, 2098


class SavedSerializer(serializers.ModelSerializer[SavedAnalysis]):
    """Needs ``sees_personal`` in its context."""

    body = serializers.SerializerMethodField()
    personal = serializers.SerializerMethodField()
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = SavedAnalysis
        fields = (
            "id", "name", "kind", "body", "personal", "pinned", "shared", "owner", "made_at", "changed_at",
        )  # fmt: skip

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_body(self, saved: SavedAnalysis) -> dict[str, Any] | None:
        """null: it goes by who somebody is, and the caller may not."""
        return saved.body if self.context["sees_personal"] or not self.get_personal(saved) else None

    def get_personal(self, saved: SavedAnalysis) -> bool:
        """Whether it goes by what tells who somebody is: such an analysis is for analysts."""
        return bool(personal_properties(saved.body))


class SavedRequestSerializer(serializers.ModelSerializer[SavedAnalysis]):
    kind = serializers.ChoiceField(choices=list(KINDS))
    body = serializers.DictField(help_text=str(_("As it is sent to /api/analyses/<kind>/.")))

    class Meta:
        model = SavedAnalysis
        fields = ("name", "kind", "body", "pinned", "shared")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        def now(name: str, default: Any = None) -> Any:
            return asked.get(name, getattr(self.instance, name, default))

        if "kind" in asked or "body" in asked:
            asked["body"] = _checked(now("kind"), now("body"))
        if now("pinned", False) and not now("shared", True):
            raise serializers.ValidationError({"pinned": _("What is pinned is seen by all; share it.")})
        return asked


def _checked(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """The members of a body that the kind knows, once it takes them."""
    question = KINDS[kind].request(data=body)
    if not question.is_valid():
        raise serializers.ValidationError({"body": question.errors})
    known = {name: value for name, value in body.items() if name in question.fields and name != "run"}
    if len(json.dumps(known)) > LARGEST_BODY:
        raise serializers.ValidationError({"body": _("This is too long to be kept.")})
    return known


class AtField(MomentField):
    """Reads a day or an instant into ``day`` and ``instant``, and shows whichever was meant."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:  # type: ignore[override]
        moment = super().to_internal_value(data)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise serializers.ValidationError(_("Days lie between the years 1982 and 2098."))
        if not isinstance(moment, datetime):
            return {"day": moment, "instant": None}
        zone = ZoneInfo(settings.PROJECT_TIME_ZONE)
        here = moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
        return {"day": here.date(), "instant": here.astimezone(UTC)}

    def to_representation(self, value: Annotation) -> str:
        return value.instant.isoformat() if value.instant else value.day.isoformat()


class AnnotationSerializer(serializers.ModelSerializer[Annotation]):
    at = AtField(source="*", help_text=str(_("A day, or a time; one without a zone is of the project's.")))
    link = serializers.CharField(
        required=False, allow_blank=True, max_length=500, validators=[URLValidator(schemes=["http", "https"])]
    )
    made_by = serializers.CharField(source="made_by.username", default=None, allow_null=True, read_only=True)

    class Meta:
        model = Annotation
        fields = ("id", "at", "text", "kind", "link", "made_by", "made_at", "changed_at")
