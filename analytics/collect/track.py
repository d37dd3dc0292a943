"""How the portal's own apps tell analytics what happened: in their own transaction, nothing to lose between two."""

import time
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec
from django.db import transaction

from analytics.collect.inbox import commit
from analytics.collect.keys import KnownSource
from analytics.collect.messages import Envelope
from analytics.collect.models import Platform, Source
from analytics.collect.normalise import Arrival
from analytics.collect.requests import deliver

SOURCE_NAME = "portal"


@transaction.atomic
def track(
    event: str,
    *,
    user_id: str,
    properties: dict[str, Any],
    at: datetime | None = None,
    message_id: str | None = None,
    account: str = "",
) -> None:
    """Record that ``user_id`` did ``event``, in the caller's transaction.

    ``message_id`` makes it idempotent: the same again changes nothing. Raises ValueError when it
    is no event, as when the name is empty or the id names nobody.
    """
    message = {
        "type": "track",
        "event": event,
        "userId": user_id,
        "properties": properties,
        "messageId": message_id or uuid4().hex,
        "timestamp": at.isoformat() if at else None,
        "groupId": account or None,
    }
    source, _ = Source.objects.get_or_create(name=SOURCE_NAME, defaults={"platform": Platform.SERVER})
    arrival = Arrival(source=KnownSource.of(source), received_us=time.time_ns() // 1_000, history=True)
    delivery = deliver(Envelope(), [msgspec.json.encode(message)], arrival, "track")
    for letter in delivery.letters:
        raise ValueError(letter.detail)
    if delivery.rows and not delivery.rows[0].actor:
        raise ValueError("The user id names nobody.")
    commit([delivery])
