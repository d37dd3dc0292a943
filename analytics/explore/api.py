"""``/api/analyses/``: questions asked on the spot, and the people behind their figures."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.explore import answering, kept
from analytics.explore.analyses import Analysis
from analytics.explore.behind import PersonBehindSerializer, described
from analytics.explore.run_api import run_of
from analytics.store import pool
from productops.lib.models import Role
from productops.lib.roles import IsAnalyst, IsViewer, request_has_role

WRONG = OpenApiResponse(OpenApiTypes.OBJECT, "What is wrong with the request, as a problem document.")


class PeopleAnswerSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = PersonBehindSerializer(many=True)
    run = serializers.CharField(required=False, help_text="The run, where the request named it.")


class AnalysisView(APIView):
    permission_classes = [IsViewer]
    analysis: Analysis

    def post(self, request: Request) -> Response:
        body = self.analysis.request(data=request.data)
        body.is_valid(raise_exception=True)
        if body.personal_properties() and not request_has_role(request, Role.ANALYST):
            raise PermissionDenied(_("Only analysts may ask by what tells who somebody is."))
        with run_of(request, body) as (named, withdrawn):
            found = kept.answered(self.analysis.kind, body, kept.Version(), withdrawn, with_sql=True)
        return Response({**found, **named})


class AnalysisPeopleView(APIView):
    permission_classes = [IsAnalyst]
    analysis: Analysis

    def post(self, request: Request) -> Response:
        body = self.analysis.people(data=request.data)
        body.is_valid(raise_exception=True)
        page = (body.validated_data["offset"], body.validated_data["limit"])
        asked = (self.analysis.kind, body.question(), body.point_asked(), *page)
        with run_of(request, body) as (named, withdrawn):
            count, found = pool.ask(answering.people, *asked, withdrawn=withdrawn)
        return Response({"count": count, "results": described(found), **named})


def endpoints(analysis: Analysis) -> Iterator[URLPattern]:
    """Where an analysis is asked for, and where for the people behind its figures."""
    kind, summary = analysis.kind, analysis.summary
    example = OpenApiExample(analysis.example_name, value=analysis.example, request_only=True)
    asked = extend_schema(
        operation_id=f"analyse_{kind}",
        summary=summary,
        description=summary,
        request=analysis.request,
        responses={200: analysis.answer, 400: WRONG},
        examples=[example],
    )
    people = extend_schema(
        operation_id=f"analyse_{kind}_people",
        summary=f"The people behind one figure of: {summary.lower()}",
        request=analysis.people,
        responses={200: PeopleAnswerSerializer, 400: WRONG},
    )
    views: tuple[tuple[type[APIView], Any, str, str], ...] = (
        (AnalysisView, asked, f"api/analyses/{kind}/", f"analyse-{kind}"),
        (AnalysisPeopleView, people, f"api/analyses/{kind}/people/", f"analyse-{kind}-people"),
    )
    for base, described_as, place, name in views:
        view: type[APIView] = type(base.__name__, (base,), {"analysis": analysis})
        yield path(place, extend_schema_view(post=described_as)(view).as_view(), name=name)
