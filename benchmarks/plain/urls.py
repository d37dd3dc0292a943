"""The two views that collecting is compared with."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.dateparse import parse_datetime

from benchmarks.plain.models import PlainEvent


async def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def batch(request: HttpRequest) -> HttpResponse:
    events = [
        PlainEvent(
            message_id=message["messageId"],
            event=message["event"],
            user_id=message["userId"],
            anonymous_id=message["anonymousId"],
            at=parse_datetime(message["timestamp"]),
            properties=message["properties"],
            context=message["context"],
        )
        for message in json.loads(request.body)["batch"]
    ]
    PlainEvent.objects.bulk_create(events, ignore_conflicts=True)
    return JsonResponse({"success": True})


urlpatterns = [path("empty", empty), path("v1/batch", batch)]
