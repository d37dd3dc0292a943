"""``/api/saved/`` and ``/api/annotations/``: viewers read, analysts write."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from analytics.explore.analyses import KINDS
from analytics.explore.models import Annotation, SavedAnalysis
from analytics.explore.saved import services
from analytics.explore.saved.serializers import AnnotationSerializer, SavedRequestSerializer, SavedSerializer
from productops.lib.models import Role
from productops.lib.roles import IsAnalyst, IsViewer, request_has_role, user_of

READS = ("list", "retrieve")
SAVED_EXAMPLE = OpenApiExample(
    "Videos by week, on the overview",
    value={
        "name": "Videos by week",
        "kind": "trend",
        "body": {"from": "2025-01-01", "to": "2025-03-31", "series": [{"event": "video_created"}], "grain": "week"},
        "pinned": True,
    },
    request_only=True,
)
ANNOTATION_EXAMPLE = OpenApiExample(
    "A release",
    value={"at": "2025-03-12", "text": "Templates for everyone", "kind": "release", "link": "https://example.com/1"},
    request_only=True,
)


class SavedFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=[(kind, kind) for kind in sorted(KINDS)])
    pinned = django_filters.BooleanFilter()
    search = django_filters.CharFilter("name", "icontains", max_length=100, help_text="Part of the name.")


class SavedViewSet(GenericViewSet[SavedAnalysis]):
    """Saved analyses: those that are shared, and one's own. Only the owner changes one, or an admin."""

    queryset = SavedAnalysis.objects.select_related("owner")
    serializer_class = SavedSerializer
    filterset_class = SavedFilter
    lookup_value_regex = "[0-9]{1,9}"
    lookup_url_kwarg = "id"

    def get_permissions(self) -> list[BasePermission]:
        return [IsViewer() if self.action in READS else IsAnalyst()]

    def get_queryset(self) -> QuerySet[SavedAnalysis]:
        found = super().get_queryset()
        if not self.request.user.is_authenticated or request_has_role(self.request, Role.ADMIN):
            return found
        return found.filter(Q(shared=True) | Q(owner=user_of(self.request)))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "sees_personal": request_has_role(self.request, Role.ANALYST)}

    @extend_schema(summary="Saved analyses by name", responses=SavedSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="One saved analysis", responses=SavedSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Save an analysis",
        description="The body must be one that could be asked now.",
        request=SavedRequestSerializer,
        responses={201: SavedSerializer},
        examples=[SAVED_EXAMPLE],
    )
    def create(self, request: Request) -> Response:
        asked = SavedRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        saved = services.save_analysis(values=asked.validated_data, user=user_of(request))
        return Response(self.get_serializer(saved).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a saved analysis", request=SavedRequestSerializer, responses=SavedSerializer)
    def partial_update(self, request: Request, id: str) -> Response:
        saved = self._own()
        asked = SavedRequestSerializer(saved, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        services.change(kept=saved, values=asked.validated_data, user=user_of(request))
        return Response(self.get_serializer(saved).data)

    @extend_schema(summary="Delete a saved analysis", responses={204: None})
    def destroy(self, request: Request, id: str) -> Response:
        services.delete(kept=self._own(), user=user_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _own(self) -> SavedAnalysis:
        saved = self.get_object()
        if saved.owner_id != user_of(self.request).pk and not request_has_role(self.request, Role.ADMIN):
            raise PermissionDenied(_("Only its owner may change a saved analysis, or an admin."))
        return saved


class AnnotationFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Annotation.Kind.choices)
    to = django_filters.DateFilter("day", "lte", help_text="Last day, in the project's time zone.")
    search = django_filters.CharFilter("text", "icontains", max_length=100, help_text="Part of the text.")
    vars()["from"] = django_filters.DateFilter("day", "gte", help_text="First day, in the project's time zone.")


class AnnotationViewSet(GenericViewSet[Annotation]):
    """Releases, prices, incidents and decisions, newest first, for charts to show."""

    queryset = Annotation.objects.select_related("made_by")
    serializer_class = AnnotationSerializer
    filterset_class = AnnotationFilter
    lookup_value_regex = "[0-9]{1,9}"
    lookup_url_kwarg = "id"

    def get_permissions(self) -> list[BasePermission]:
        return [IsViewer() if self.action in READS else IsAnalyst()]

    @extend_schema(summary="Annotations, newest first")
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="One annotation")
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(summary="Annotate a day or an instant", examples=[ANNOTATION_EXAMPLE])
    def create(self, request: Request) -> Response:
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        annotation = services.annotate(values=asked.validated_data, user=user_of(request))
        return Response(self.get_serializer(annotation).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Change an annotation")
    def partial_update(self, request: Request, id: str) -> Response:
        annotation = self.get_object()
        asked = self.get_serializer(annotation, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        services.change(kept=annotation, values=asked.validated_data, user=user_of(request))
        return Response(self.get_serializer(annotation).data)

    @extend_schema(summary="Delete an annotation")
    def destroy(self, request: Request, id: str) -> Response:
        services.delete(kept=self.get_object(), user=user_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
