"""Events written by hand."""

from collections.abc import Callable

import pytest

from analytics.collect.models import Event

AddEvent = Callable[..., Event]


@pytest.fixture
def add_event(db) -> AddEvent:
    """Put one event into the inbox; columns that a test doesn't care about have some value."""

    def add(message_id: str, **columns) -> Event:
        columns = {"source": 1, "type": "track", "event": "seen", "at_us": 1_000} | columns
        columns = {"received_us": columns["at_us"], "actor": 7, "device": 7, "platform": "web"} | columns
        return Event.objects.create(message_id=message_id, **columns)

    return add
