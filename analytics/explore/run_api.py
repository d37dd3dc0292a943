"""``/api/analyses/runs/<id>/``: how a run that was given a name stands, and withdrawing it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.explore import runs
from analytics.explore.models import Run
from analytics.explore.requests.base import QuestionSerializer
from analytics.store.pool import QueryCancelled
from productops.lib.models import Role
from productops.lib.roles import IsViewer, request_has_role, user_of

ID = OpenApiParameter("id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The name given as run.")


class Withdrawn(APIException):
    status_code = status.HTTP_409_CONFLICT


@contextmanager
def run_of(request: Request, body: QuestionSerializer) -> Iterator[tuple[dict[str, str], Callable[[], bool] | None]]:
    """Yields what the answer says of the run, and what tells whether it was withdrawn; both empty without a name."""
    name = body.validated_data.get("run")
    if name is None:
        yield {}, None
        return
    try:
        with runs.named_run(name, user_of(request)) as withdrawn:
            yield {"run": name}, withdrawn
    except runs.NameTaken as problem:
        raise ValidationError({"run": [_("There is a run of this name.")]}) from problem
    except QueryCancelled as problem:
        raise Withdrawn(_("The run was cancelled before it had an answer.")) from problem


class RunSerializer(serializers.Serializer[Any]):
    run = serializers.CharField()
    state = serializers.ChoiceField(choices=["running", "done", "cancelled", "unknown"])


class RunView(APIView):
    permission_classes = [IsViewer]

    @extend_schema(
        operation_id="analysis_run",
        summary="How a run stands",
        description="unknown: there was none of this name in the last day, or it is somebody else's.",
        parameters=[ID],
        responses=RunSerializer,
    )
    def get(self, request: Request, id: str) -> Response:
        run = Run.objects.filter(pk=id).first()
        state = run.state if run and _may_see(request, run) else "unknown"
        return Response({"run": id, "state": state})

    @extend_schema(
        operation_id="cancel_analysis_run",
        summary="Cancel a run",
        description="Whoever waits for its answer gets 409. Only who asked may cancel, or an admin. To cancel what is "
        "over changes nothing.",
        parameters=[ID],
        responses={200: RunSerializer},
    )
    def delete(self, request: Request, id: str) -> Response:
        run = Run.objects.filter(pk=id).first()
        if run is None:
            raise Http404("There is no run of this name.")
        if not _may_see(request, run):
            raise PermissionDenied(_("Only who started a run may cancel it, or an admin."))
        runs.withdraw(run)
        run.refresh_from_db()
        return Response({"run": id, "state": run.state})


def _may_see(request: Request, run: Run) -> bool:
    return run.user_id == user_of(request).pk or request_has_role(request, Role.ADMIN)
