"""``/api/analyses/``: questions asked on the spot, and the people behind their figures."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.explore import trend
from analytics.explore.conditions import PERSON
from analytics.explore.questions import TrendPeopleSerializer, TrendSerializer
from analytics.people.models import Identity
from analytics.people.removal import PERSONAL_TRAITS
from analytics.store import pool
from productops.lib.models import Role
from productops.lib.roles import IsAnalyst, IsViewer, request_has_role

WRONG = OpenApiResponse(OpenApiTypes.OBJECT, "What is wrong with the request, as a problem document.")
EXAMPLE = OpenApiExample(
    "Weekly people who made a video, by platform",
    value={
        "from": "2025-01-01",
        "to": "2025-03-31",
        "series": [{"event": "first_video_created", "measure": "people"}],
        "grain": "week",
        "breakdown": "platform",
        "filters": [{"property": "person.plan", "operator": "in", "value": ["pro", "team"]}],
    },
    request_only=True,
)


class LineSerializer(serializers.Serializer[Any]):
    vars()["label"] = serializers.CharField()
    values = serializers.ListField(child=serializers.FloatField(allow_null=True))
    breakdown = serializers.CharField(required=False, help_text="The value of the breakdown.")


class TrendAnswerSerializer(serializers.Serializer[Any]):
    periods = serializers.ListField(child=serializers.DateField())
    complete = serializers.ListField(child=serializers.BooleanField(), help_text="false: the period is not over.")
    series = LineSerializer(many=True)
    compare = serializers.DictField(required=False, help_text="periods, complete and series of the days compared with.")
    sql = serializers.CharField(help_text="What ran.")
    computed_in_ms = serializers.IntegerField()


class PersonBehindSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    ids = serializers.ListField(child=serializers.CharField(), help_text="User and anonymous ids of the person.")
    name = serializers.CharField()


class PeopleAnswerSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = PersonBehindSerializer(many=True)


class TrendView(APIView):
    """Measures of chosen events over time."""

    permission_classes = [IsViewer]

    @extend_schema(
        operation_id="analyse_trend",
        summary="Measures of chosen events over time",
        request=TrendSerializer,
        responses={200: TrendAnswerSerializer, 400: WRONG},
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        body = TrendSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        question = body.question()
        if _tells_who(question) and not request_has_role(request, Role.ANALYST):
            raise PermissionDenied(_("Only analysts may ask by what tells who somebody is."))
        return Response(pool.ask(trend.answer, question))


class TrendPeopleView(APIView):
    """The people behind one figure of a trend."""

    permission_classes = [IsAnalyst]

    @extend_schema(
        operation_id="analyse_trend_people",
        summary="The people behind one figure of a trend",
        request=TrendPeopleSerializer,
        responses={200: PeopleAnswerSerializer, 400: WRONG},
    )
    def post(self, request: Request) -> Response:
        body = TrendPeopleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        page = (body.validated_data["offset"], body.validated_data["limit"])
        count, found = pool.ask(trend.people, body.question(), body.point_asked(), *page)
        return Response({"count": count, "results": described(found)})


def _tells_who(question: trend.Trend) -> bool:
    """Whether the question names a property that tells who somebody is."""
    named = {question.breakdown, *(one.property for one in question.series)}
    for conditions in (question.filters, *(one.filters for one in question.series)):
        named |= {condition.property for condition in conditions}
    return any(name.removeprefix(PERSON) in PERSONAL_TRAITS for name in named if name)


def described(people: list[int]) -> list[dict[str, Any]]:
    """The people with their ids and the name they go by, in the order given."""
    by_person: dict[int, list[Identity]] = {person: [] for person in people}
    for identity in Identity.objects.filter(person__in=people).order_by("-kind", "first_us", "pk"):
        by_person[identity.person].append(identity)
    return [{"id": str(person), **_named(identities)} for person, identities in by_person.items()]


def _named(identities: list[Identity]) -> dict[str, Any]:
    ids = [identity.value for identity in identities]
    newest = sorted(identities, key=lambda identity: -identity.traits_us)
    names = (identity.traits.get(key) for key in ("name", "email") for identity in newest)
    return {"ids": ids, "name": str(next((name for name in names if name), ids[0] if ids else ""))}
