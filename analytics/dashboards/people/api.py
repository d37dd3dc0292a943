"""``/api/people/``: search, one person, events, sessions, export, merge, erase. Analysts and admins only."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from analytics import erasure, person_export
from analytics.dashboards.people import queries
from analytics.dashboards.people.timeline import Slice
from analytics.dashboards.people.windows import Window
from analytics.people.merging import CannotMerge, merge_people, undo_merge
from analytics.people.models import Erasure, Identity, IdentityEdge
from analytics.people.removal import NoSuchPerson
from analytics.store import pool
from productops.lib.pagination import Pages
from productops.lib.roles import IsAdmin, IsAnalyst, user_of

ERASE_SECONDS = 300
EXPORT_SECONDS = 120
PERSON_ID = OpenApiParameter(
    "id", OpenApiTypes.STR, OpenApiParameter.PATH, description="A person's id, or that of any identity of theirs."
)


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    ids = serializers.ListField(child=serializers.CharField(), help_text="All ids that were merged into this person.")
    known = serializers.BooleanField(help_text="Whether one of them is a user id.")
    name = serializers.CharField()
    email = serializers.CharField()
    channel = serializers.CharField(help_text="Of the first touch.")
    persona = serializers.CharField(help_text="ability-experience-wallet as of today, or unknown.")
    created_at = serializers.DateTimeField(allow_null=True)
    last_active_at = serializers.DateTimeField(allow_null=True)


class IdentitySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=["anonymous", "user"])
    value = serializers.CharField()


class LinkSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="edge.pk")
    identity = serializers.CharField()
    into = serializers.CharField()
    rule = serializers.CharField(source="edge.rule")
    accepted = serializers.BooleanField(source="edge.accepted")
    reason = serializers.CharField(source="edge.reason", help_text="Why it was rejected; empty where it was not.")
    undoable = serializers.BooleanField()


class PersonaSerializer(serializers.Serializer[Any]):
    persona = serializers.CharField()
    first = serializers.DateField()
    last = serializers.DateField(allow_null=True, help_text="null: it still holds.")


class AccountSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    traits = serializers.JSONField()


class ProfileSerializer(PersonSerializer):
    traits = serializers.JSONField()
    identities = IdentitySerializer(many=True)
    links = LinkSerializer(many=True)
    personas = PersonaSerializer(many=True)
    accounts = AccountSerializer(many=True)


class EventSerializer(serializers.Serializer[Any]):
    message_id = serializers.CharField()
    type = serializers.CharField()
    event = serializers.CharField()
    at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    identity = serializers.CharField(source="actor", help_text="The identity it was sent with.")
    source = serializers.IntegerField()  # type: ignore[assignment]  # a field of that name, not the option
    session_id = serializers.CharField(source="sent_session", help_text="The SDK's; empty: none was sent.")
    account = serializers.CharField()
    platform = serializers.CharField()
    page = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    properties = serializers.JSONField()
    context = serializers.JSONField()  # type: ignore[assignment]  # as above


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    source = serializers.IntegerField()  # type: ignore[assignment]  # a field of that name, not the option
    session_id = serializers.CharField(source="sent_session", help_text="The SDK's; empty: cut by silence and length.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    seconds = serializers.FloatField()
    active_events = serializers.IntegerField()
    platform = serializers.CharField()
    account = serializers.CharField()


class MergeSerializer(serializers.Serializer[Any]):
    other = serializers.CharField(max_length=19, help_text="The person that becomes part of this one.")


class UndoSerializer(serializers.Serializer[Any]):
    link = serializers.IntegerField(help_text="The id of a link of this person.")


class ErasureSerializer(serializers.ModelSerializer[Erasure]):
    class Meta:
        model = Erasure
        fields = ("id", "state", "requested_at", "finished_at")


class SearchSerializer(serializers.Serializer[Any]):
    search = serializers.CharField(required=False, default="", max_length=200, allow_blank=True)
    channel = serializers.CharField(required=False, default="", max_length=60, allow_blank=True)
    persona = serializers.CharField(required=False, default="", max_length=40, allow_blank=True)
    active_days = serializers.IntegerField(required=False, default=None, min_value=-3660, max_value=3660)


SEARCH_PARAMETERS = [
    OpenApiParameter("search", description="Part of an id, name or e-mail address, without case."),
    OpenApiParameter("channel", description="Of the first touch."),
    OpenApiParameter("persona", description="As of today, for example power-veteran-whale."),
    OpenApiParameter(
        "active_days", OpenApiTypes.INT, description="Active within so many days; negative: not active for so many."
    ),
]
ADA = {
    "id": "5577006791947779410",
    "ids": ["ada", "7d9b2c1e-phone"],
    "known": True,
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "channel": "organic_search",
    "persona": "power-veteran-honey_badger",
    "created_at": "2025-03-01T09:12:44.120000Z",
    "last_active_at": "2025-06-30T17:40:02Z",
}
PERSON_EXAMPLE = OpenApiExample("A person", value=ADA, response_only=True)


class PeopleViewSet(GenericViewSet[Any]):
    """Persons after merging: every id leads to the one it belongs to now."""

    lookup_value_regex = "[0-9]{1,19}"
    lookup_url_kwarg = "id"
    serializer_class = PersonSerializer
    filter_backends = ()

    def get_permissions(self) -> list[BasePermission]:
        return [IsAdmin() if self.action == "destroy" else IsAnalyst()]

    def person(self) -> int:
        try:
            return queries.person_of(int(self.kwargs["id"]))
        except NoSuchPerson as error:
            raise Http404("There is no person with this id.") from error

    def listed(self, fetch: Callable[[int, int], Slice], serializer: type[serializers.Serializer[Any]]) -> Response:
        """One page of what ``fetch`` gives by offset and limit."""
        assert isinstance(self.paginator, Pages)
        size = self.paginator.get_page_size(self.request) or Pages.max_page_size
        page = self.paginate_queryset(Window(fetch, self.request.query_params.get("page"), size))
        return self.get_paginated_response(serializer(page, many=True).data)

    @extend_schema(parameters=SEARCH_PARAMETERS, responses=PersonSerializer(many=True), examples=[PERSON_EXAMPLE])
    def list(self, request: Request) -> Response:
        """People, newest activity first; all conditions that are given must hold."""
        wanted = SearchSerializer(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        search = queries.Search(**wanted.validated_data)
        return self.listed(lambda offset, limit: queries.people(search, offset, limit), PersonSerializer)

    @extend_schema(parameters=[PERSON_ID], responses=ProfileSerializer)
    def retrieve(self, request: Request, id: str) -> Response:
        """A person with merged ids, traits, links, personas by time and accounts."""
        return Response(ProfileSerializer(_flat(queries.profile(self.person()))).data)

    @extend_schema(parameters=[PERSON_ID], responses=EventSerializer(many=True))
    @action(detail=True, url_path="events")
    def events(self, request: Request, id: str) -> Response:
        """Every event of the person, newest first, as soon as it is acknowledged."""
        person = self.person()
        return self.listed(lambda offset, limit: queries.events(person, offset, limit), EventSerializer)

    @extend_schema(parameters=[PERSON_ID], responses=SessionSerializer(many=True))
    @action(detail=True, url_path="sessions")
    def sessions(self, request: Request, id: str) -> Response:
        """The person's sessions, newest first."""
        person = self.person()
        return self.listed(
            lambda offset, limit: queries.sessions(person, offset, limit, with_events=False), SessionSerializer
        )

    @extend_schema(parameters=[PERSON_ID], request=None, responses=OpenApiTypes.OBJECT)
    @action(detail=True, methods=["post"], url_path="export")
    def export(self, request: Request, id: str) -> Response:
        """Everything every app keeps of the person, as one document. Noted in the audit log."""
        person = self.person()
        document = pool.ask(person_export.export_person, person, seconds=EXPORT_SECONDS)
        person_export.record_export(person=person, user=user_of(request))
        return Response(document)

    @extend_schema(parameters=[PERSON_ID], request=MergeSerializer, responses=ProfileSerializer)
    @action(detail=True, methods=["post"], url_path="merge")
    def merge(self, request: Request, id: str) -> Response:
        """Make another person part of this one. A known user takes in an anonymous visitor either way round."""
        wanted = MergeSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        other = wanted.validated_data["other"]
        try:
            merge_people(person=self.person(), other=queries.person_of(int(other)), user=user_of(request))
        except (CannotMerge, NoSuchPerson, ValueError) as error:
            reason = str(error) if isinstance(error, CannotMerge) else "There is no person with this id."
            raise ValidationError({"other": [reason]}) from error
        return self.retrieve(request, id)

    @extend_schema(parameters=[PERSON_ID], request=UndoSerializer, responses=ProfileSerializer)
    @action(detail=True, methods=["post"], url_path="undo_merge")
    def undo_merge(self, request: Request, id: str) -> Response:
        """Part what a link joined; later events don't join the two again."""
        wanted = UndoSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        actors = queries.actors_of(self.person())
        edge = IdentityEdge.objects.touching(actors).filter(pk=wanted.validated_data["link"]).first()
        try:
            if edge is None:
                raise CannotMerge("This person has no such link.")
            undo_merge(edge=edge, user=user_of(request))
        except CannotMerge as error:
            raise ValidationError({"link": [str(error)]}) from error
        return self.retrieve(request, id)

    @extend_schema(
        parameters=[PERSON_ID],
        responses={
            200: ErasureSerializer,
            202: OpenApiResponse(ErasureSerializer, description="Begun; it goes on in the background."),
        },
    )
    def destroy(self, request: Request, id: str) -> Response:
        """Erase the person from every table and file, for good, and refuse their events from now on."""
        wanted = erasure.request_erasure(person=self.person(), user=user_of(request))
        try:
            pool.ask(erasure.carry_out, wanted.pk, seconds=ERASE_SECONDS)
        except pool.QueryTooLong:
            return Response(ErasureSerializer(wanted).data, status=status.HTTP_202_ACCEPTED)
        wanted.refresh_from_db()
        return Response(ErasureSerializer(wanted).data)


def _flat(profile: queries.Profile) -> dict[str, Any]:
    return {
        **asdict(profile.row),
        "traits": profile.traits,
        "identities": [
            {"id": one.pk, "kind": "user" if one.kind == Identity.Kind.USER else "anonymous", "value": one.value}
            for one in profile.identities
        ],
        "links": profile.links,
        "personas": profile.personas,
        "accounts": profile.accounts,
    }
