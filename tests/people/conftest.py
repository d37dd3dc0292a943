"""Events as the collector hands them on, and a fresh memory of what is linked."""

import itertools
from collections.abc import Iterator

import pytest

from analytics.event import EventRow
from analytics.people import linking
from analytics.people.ids import identity_id

_numbers = itertools.count(1)
DAY_US = 86_400_000_000
START_US = 1_700_000_000_000_000  # 2023-11-14T22:13:20Z


@pytest.fixture(autouse=True)
def fresh_memory() -> Iterator[None]:
    linking.forget()
    yield
    linking.forget()


def event_row(*, user: str = "", anonymous: str = "", at_us: int = START_US, **columns) -> EventRow:
    """An event of these ids; everything else is as the collector fills it in."""
    anon = identity_id("a", anonymous) if anonymous else 0
    actor = identity_id("u", user) if user else anon
    defaults = {
        "source": 1,
        "message_id": f"message-{next(_numbers)}",
        "type": "track",
        "event": "page",
        "received_us": at_us,
        "actor": actor,
        "anon": anon,
        "device": anon or actor,
    }
    return EventRow(**{**defaults, **columns}, user_id=user, anonymous_id=anonymous, at_us=at_us)


def person_of(kind: str, value: str) -> int:
    from analytics.people.models import Identity

    return Identity.objects.get(kind=kind, value=value).person
