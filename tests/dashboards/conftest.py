"""A small product's history, worked out by hand, and the pages that show it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from analytics.collect.writing import insert_events
from analytics.event import EventRow
from analytics.people.ids import identity_id
from analytics.people.linking import link
from analytics.rollups import nightly
from productops.lib.models import Role, User

Send = Callable[..., None]


@pytest.fixture
def log_in(db: None) -> Callable[[str], Client]:
    """Make a user of a role and return a client that is logged in as them."""

    def logged_in(role: str = Role.ADMIN) -> Client:
        user, _made = User.objects.get_or_create(username=f"{role}-user", defaults={"role": role})
        client = Client()
        client.force_login(user)
        return client

    return logged_in


@pytest.fixture
def viewer(log_in: Callable[[str], Client]) -> Client:
    return log_in(Role.VIEWER)


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
        link([row])

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
