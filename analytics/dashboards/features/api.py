"""``/api/mapping/``: core areas, features and their rules. Viewers read, analysts edit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from analytics.features import services
from analytics.features.models import Area, Feature, FeatureRule, check_pattern
from analytics.metrics.features import Rule
from productops.lib.models import Role
from productops.lib.roles import HasRole, request_has_role, user_of

PLACE = "Its place in the order, from 0; a new one is put last."
SWAP = {
    "key": "swap",
    "name": "Swap",
    "area": "B",
    "position": 3,
    "rules": [
        {"target": "event", "match": "prefix", "pattern": "swap_"},
        {"target": "page", "match": "regex", "pattern": "^/(swap|bridge)(/|$)"},
    ],
}
FEATURE_EXAMPLE = OpenApiExample("A feature", value=SWAP)


class ViewersReadAnalystsEdit(HasRole):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request_has_role(request, Role.VIEWER if request.method in SAFE_METHODS else Role.ANALYST)


class AreaSerializer(serializers.ModelSerializer[Area]):
    class Meta:
        model = Area
        fields = ("key", "name")


class AreaEditSerializer(serializers.ModelSerializer[Area]):
    """An area as it is, and what of it can be changed."""

    position = serializers.IntegerField(min_value=0, max_value=services.MOST_AREAS, help_text=PLACE)

    class Meta:
        model = Area
        fields = ("key", "name", "position")
        read_only_fields = ("key",)


class RuleSerializer(serializers.ModelSerializer[FeatureRule]):
    """Met by the name of an event, or by the page it was sent from: its path, or the screen's name."""

    pattern = serializers.CharField(max_length=300, trim_whitespace=False)

    class Meta:
        model = FeatureRule
        fields = ("target", "match", "pattern")
        extra_kwargs = {"target": {"required": True}, "match": {"required": True}}

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        with refusing():
            check_pattern(asked["match"], asked["pattern"])
        return asked


class FeatureSerializer(serializers.ModelSerializer[Feature]):
    """What belongs to any of the rules belongs to the feature."""

    area = serializers.SlugRelatedField(
        slug_field="key",
        queryset=Area.objects.all(),
        required=False,
        allow_null=True,
        default=None,
        help_text="Key of the core area.",
    )
    rules: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=RuleSerializer(), min_length=1, max_length=services.MOST_RULES
    )

    class Meta:
        model = Feature
        fields = ("key", "name", "area", "rules")


class FeatureEditSerializer(FeatureSerializer):
    """A feature as it is, and what of it can be changed."""

    position = serializers.IntegerField(min_value=0, max_value=services.MOST_FEATURES, help_text=PLACE)

    class Meta:
        model = Feature
        fields = ("key", "name", "area", "position", "rules")
        read_only_fields = ("key",)


class MappingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Any]):
    permission_classes = [ViewersReadAnalystsEdit]
    filter_backends = ()
    lookup_field = "key"
    lookup_value_regex = "[-a-zA-Z0-9_]+"


class AreaViewSet(MappingViewSet):
    """Core areas, each of which groups features."""

    queryset = Area.objects.all()
    serializer_class = AreaEditSerializer

    @extend_schema(request=AreaSerializer, responses={201: AreaEditSerializer})
    def create(self, request: Request) -> Response:
        """Put an area after the others."""
        wanted = AreaSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with refusing():
            area = services.add_area(**wanted.validated_data, user=user_of(request))
        return Response(AreaEditSerializer(area).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, key: str) -> Response:
        """Rename or move an area."""
        area = self.get_object()
        wanted = AreaEditSerializer(area, data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        with refusing():
            if "name" in asked:
                services.edit_area(area=area, name=asked["name"], user=user_of(request))
            if "position" in asked:
                services.move_area(area=area, to=asked["position"], user=user_of(request))
        return Response(AreaEditSerializer(self.get_object()).data)

    def destroy(self, request: Request, key: str) -> Response:
        """Delete an area. Its features stay, in no area."""
        services.delete_area(area=self.get_object(), user=user_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class FeatureViewSet(MappingViewSet):
    """Features: named sets of events and pages. A rule holds for events of all times."""

    queryset: QuerySet[Feature] = Feature.objects.select_related("area").prefetch_related("rules")
    serializer_class = FeatureEditSerializer

    @extend_schema(request=FeatureSerializer, responses={201: FeatureEditSerializer}, examples=[FEATURE_EXAMPLE])
    def create(self, request: Request) -> Response:
        """Put a feature after the others."""
        wanted = FeatureSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        with refusing():
            feature = services.add_feature(**asked | {"rules": _rules(asked)}, user=user_of(request))
        return Response(FeatureEditSerializer(feature).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, key: str) -> Response:
        """Rename a feature, move it or put it into an area; rules take the place of all that it has."""
        feature = self.get_object()
        wanted = FeatureEditSerializer(feature, data=request.data, partial=True)
        wanted.is_valid(raise_exception=True)
        asked = wanted.validated_data
        with refusing():
            if asked.keys() & {"name", "area", "rules"}:
                services.edit_feature(
                    feature=feature,
                    name=asked.get("name", feature.name),
                    area=asked.get("area", feature.area),
                    rules=_rules(asked) if "rules" in asked else None,
                    user=user_of(request),
                )
            if "position" in asked:
                services.move_feature(feature=feature, to=asked["position"], user=user_of(request))
        return Response(FeatureEditSerializer(self.get_object()).data)

    def destroy(self, request: Request, key: str) -> Response:
        services.delete_feature(feature=self.get_object(), user=user_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _rules(asked: dict[str, Any]) -> list[Rule]:
    return [Rule(**one) for one in asked["rules"]]


@contextmanager
def refusing() -> Iterator[None]:
    """Answer with 400 what a service or model refuses."""
    try:
        yield
    except Refused as error:
        told = error.message_dict if hasattr(error, "error_dict") else error.messages
        raise serializers.ValidationError(told) from error
