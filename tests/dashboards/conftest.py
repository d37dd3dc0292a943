"""A small product's history, worked out by hand, and the pages that show it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from analytics.collect.writing import insert_events
from analytics.event import EventRow
from analytics.people import linking
from analytics.people.ids import identity_id
from analytics.rollups import nightly

Send = Callable[..., None]


@pytest.fixture(autouse=True)
def fresh_memory() -> Iterator[None]:
    """What a process remembers of who is linked goes with the database of a test."""
    linking.forget()
    yield
    linking.forget()


@pytest.fixture
def send(db: None) -> Send:
    """Commit one event of a person on a day, as the collector would."""
    sent = 0

    def one(user: str, day: date, event: str = "seen", hour: int = 12, **columns: object) -> None:
        nonlocal sent
        sent += 1
        at = int(datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()) * 1_000_000 + sent
        actor = identity_id("u", user)
        row = EventRow(
            **{
                "source": 1,
                "message_id": f"m{sent}",
                "type": "track",
                "event": event,
                "at_us": at,
                "received_us": at,
                "actor": actor,
                "device": actor,
                "platform": "web",
                "user_id": user,
                **columns,
            }
        )
        insert_events([row])
        linking.link([row])

    return one


@pytest.fixture
def history(send: Send) -> date:
    """Twelve weeks of forty people: ten who sign up on every Monday of the last four weeks, web and iOS in turn.

    Returns the last whole day. Everyone is active on each Wednesday since their signup; the day
    of the test itself is empty.
    """
    last = datetime.now(UTC).date() - timedelta(days=1)
    monday = last - timedelta(days=last.weekday())
    for week in range(4):
        signup = monday - timedelta(weeks=4 - week)
        for number in range(10):
            user, platform = f"w{week}p{number}", ("web", "ios")[number % 2]
            send(user, signup, "signup_completed", platform=platform)
            for later in range(4 - week):
                send(user, signup + timedelta(weeks=later, days=2), platform=platform)
    nightly.run()
    return last
