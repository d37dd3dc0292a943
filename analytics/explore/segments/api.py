"""``/api/segments/``: viewers read what segments say; analysts make them, and read who is in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import django_filters
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from analytics.dashboards.people.timeline import Slice
from analytics.dashboards.people.windows import Window
from analytics.explore import answering
from analytics.explore.behind import PersonBehindSerializer, described
from analytics.explore.models import PeopleSegment
from analytics.explore.segments import membership
from analytics.explore.segments.lists import (
    MOST_BYTES,
    MOST_MEMBERS,
    BadList,
    Found,
    found_by_ids,
    found_by_numbers,
    ids_in,
)
from analytics.explore.segments.queries import definitions, is_personal, segment_of
from analytics.explore.segments.serializers import (
    SegmentFileSerializer,
    SegmentRequestSerializer,
    SegmentSerializer,
    WrittenSegmentSerializer,
)
from analytics.explore.segments.services import (
    CannotBe,
    InUse,
    change_segment,
    delete_segment,
    make_dynamic,
    make_static,
)
from analytics.store import pool
from productops.lib.exports import csv_response
from productops.lib.models import Role, record
from productops.lib.pagination import Pages
from productops.lib.roles import IsAnalyst, IsViewer, request_has_role, user_of

DESCRIBED_AT_ONCE = 1_000
FOR_VIEWERS = ("list", "retrieve", "count")


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = gettext_lazy("The file is larger than 16 MiB.")


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT


class ListParser(MultiPartParser):
    """A form with a file that isn't too large."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        if int(parser_context["request"].META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise TooLarge
        return super().parse(stream, media_type, parser_context)


class SegmentFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=PeopleSegment.Kind.choices)
    search = django_filters.CharFilter("name", "icontains", max_length=100, help_text="Part of the name.")


class MembershipSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    as_of = serializers.DateTimeField()


REQUEST = {"application/json": SegmentRequestSerializer, "multipart/form-data": SegmentFileSerializer}
EXAMPLE = OpenApiExample(
    "Paying people who went quiet",
    value={
        "name": "Paying, quiet",
        "definition": {
            "match": "all",
            "conditions": [
                {"kind": "person", "property": "person.plan", "operator": "in", "value": ["pro", "team"]},
                {"kind": "event", "event": "video_created", "at_least": 0, "at_most": 0, "days": 30},
            ],
        },
    },
    request_only=True,
    media_type="application/json",
)


class SegmentViewSet(GenericViewSet[PeopleSegment]):
    """Segments of people: saved filters, which hold as of now whenever they are used, and lists."""

    queryset = PeopleSegment.objects.select_related("made_by")
    serializer_class = SegmentSerializer
    filterset_class = SegmentFilter
    parser_classes = (JSONParser, ListParser)
    lookup_value_regex = "[0-9]{1,9}"
    lookup_url_kwarg = "id"

    def get_permissions(self) -> list[BasePermission]:
        return [IsViewer() if self.action in FOR_VIEWERS else IsAnalyst()]

    def get_serializer_context(self) -> dict[str, Any]:
        sees_personal = request_has_role(self.request, Role.ANALYST)
        return {**super().get_serializer_context(), "definitions": definitions(), "sees_personal": sees_personal}

    @extend_schema(summary="All segments by name", responses=SegmentSerializer(many=True))
    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(summary="One segment", responses=SegmentSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Make a segment",
        description="A filter from a definition, or a list: of people's ids, of the ids in a file, or of those "
        "behind a figure.",
        request=REQUEST,
        responses={201: WrittenSegmentSerializer},
        examples=[EXAMPLE],
    )
    def create(self, request: Request) -> Response:
        asked = self._asked(request)
        named = {"name": asked["name"], "description": asked.get("description", ""), "user": user_of(request)}
        found = _listed(asked)
        if found is not None:
            segment = make_static(**named, identities=found.identities)
        else:
            with _explained():
                segment = make_dynamic(**named, definition=asked["definition"])
        return self._written(segment, found, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a segment",
        description="People, a file or a figure take the place of everyone on a list.",
        request=REQUEST,
        responses=WrittenSegmentSerializer,
    )
    def partial_update(self, request: Request, id: str) -> Response:
        segment = self.get_object()
        asked = self._asked(request, segment)
        found = _listed(asked)
        changes = {name: value for name, value in asked.items() if name in ("name", "description", "definition")}
        with _explained():
            identities = None if found is None else found.identities
            change_segment(segment=segment, changes=changes, identities=identities, user=user_of(request))
        return self._written(segment, found, status.HTTP_200_OK)

    @extend_schema(
        summary="Delete a segment",
        responses={204: None, 409: OpenApiResponse(OpenApiTypes.OBJECT, "Other segments rest on it.")},
    )
    def destroy(self, request: Request, id: str) -> Response:
        try:
            delete_segment(segment=self.get_object(), user=user_of(request))
        except InUse as problem:
            names = ", ".join(map(str, problem.args))
            raise Conflict(_("Other segments rest on this one: %(names)s.") % {"names": names}) from problem
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="How many people are in a segment now", responses=MembershipSerializer)
    @action(detail=True, filterset_class=None, pagination_class=None)
    def count(self, request: Request, id: str) -> Response:
        segment, as_of = self.get_object(), datetime.now(UTC)
        if is_personal(segment.pk, definitions()) and not request_has_role(request, Role.ANALYST):
            raise PermissionDenied(_("Only analysts may ask by what tells who somebody is."))
        return Response({"count": pool.ask(membership.count, segment_of(segment.pk)), "as_of": as_of.isoformat()})

    @extend_schema(
        summary="The people in a segment now",
        description="As JSON by pages, as CSV all of them.",
        parameters=[OpenApiParameter("format", enum=["json", "csv"], default="json")],
        responses={
            (200, "application/json"): PersonBehindSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    @action(detail=True, filterset_class=None)
    def people(self, request: Request, id: str) -> HttpResponseBase:
        segment = segment_of(self.get_object().pk)
        format = request.query_params.get("format", "json")
        if format not in ("json", "csv"):
            raise ValidationError({"format": [_("Give json or csv.")]})
        if format == "csv":
            record(user_of(request), "people.export_list", "segment", segment=int(id))
            _count, found = pool.ask(membership.people, segment)
            return csv_response(f"segment-{id}.csv", ("id", "name", "ids"), _rows(found))
        assert isinstance(self.paginator, Pages)
        size = self.paginator.get_page_size(request) or Pages.max_page_size

        def fetch(offset: int, limit: int) -> Slice:
            count, found = pool.ask(membership.people, segment, offset, limit)
            return Slice(count=count, items=described(found))

        page = self.paginate_queryset(Window(fetch, request.query_params.get("page"), size))
        return self.get_paginated_response(page)

    def _asked(self, request: Request, segment: PeopleSegment | None = None) -> dict[str, Any]:
        is_form = request.content_type.startswith("multipart/")
        serializer = SegmentFileSerializer if is_form else SegmentRequestSerializer
        body = serializer(segment, data=request.data, partial=segment is not None)
        body.is_valid(raise_exception=True)
        return body.validated_data

    def _written(self, segment: PeopleSegment, found: Found | None, status: int) -> Response:
        context = self.get_serializer_context()
        shown = WrittenSegmentSerializer(segment, context=context).data
        upload = found and {"rows": found.rows, "unknown_count": found.unknown_count, "unknown": found.unknown}
        return Response({**shown, "upload": upload}, status=status)


def _listed(asked: dict[str, Any]) -> Found | None:
    """Whom the request names, where it makes a list."""
    if "people" in asked:
        return found_by_numbers([int(person) for person in asked["people"]])
    if "file" in asked:
        try:
            return found_by_ids(ids_in(asked["file"]))
        except BadList as problem:
            raise ValidationError({"file": [str(problem)]}) from problem
    if "behind" in asked:
        question = asked["behind"]["question"]
        kind, point = asked["behind"]["kind"], question.point_asked()
        count, people = pool.ask(answering.people, kind, question.question(), point, 0, MOST_MEMBERS)
        if count > MOST_MEMBERS:
            raise ValidationError({"behind": [_("A list holds at most %(most)d people.") % {"most": MOST_MEMBERS}]})
        return found_by_numbers(people)
    return None


@contextmanager
def _explained() -> Iterator[None]:
    """A definition that can't be, as an error that names the place in it."""
    try:
        yield
    except CannotBe as problem:
        error: Any = [problem.reason]
        for step in reversed(problem.place):
            error = {str(step): error}
        raise ValidationError({"definition": error}) from problem


def _rows(people: list[int]) -> Iterator[tuple[str, str, str]]:
    for start in range(0, len(people), DESCRIBED_AT_ONCE):
        for person in described(people[start : start + DESCRIBED_AT_ONCE]):
            yield person["id"], person["name"], "; ".join(person["ids"])
