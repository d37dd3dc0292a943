"""Questions that need the portal's own code: each is answered by a process of that installation.

``python -m benchmarks.lib.inside NAME ARGUMENTS`` prints the answer as JSON in its last line.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.lib.installation import ROOT, Installation

ANSWERS: dict[str, Callable[..., Any]] = {}


def answer(function: Callable[..., Any]) -> Callable[..., Any]:
    ANSWERS[function.__name__] = function
    return function


def ask(installation: Installation, name: str, *arguments: Any) -> Any:
    command = [sys.executable, "-m", "benchmarks.lib.inside", name, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, env=installation.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


@answer
def stored() -> dict[str, int]:
    from django.db.models import Count, Sum

    from analytics.store.models import Segment

    events = Segment.objects.published().of(Segment.Table.EVENTS)
    return events.aggregate(rows=Sum("rows"), bytes=Sum("bytes"), files=Count("id"))


@answer
def days_of_data() -> tuple[str, str]:
    """First and last day with events."""
    from django.db.models import Max, Min

    from analytics.metrics.calendar import date_of
    from analytics.store.models import Segment

    day = 86_400_000_000  # the benchmark's installations keep their days in UTC
    ends = Segment.objects.published().of(Segment.Table.EVENTS).aggregate(first=Min("min_at_us"), last=Max("max_at_us"))
    return str(date_of(ends["first"] // day)), str(date_of(ends["last"] // day))


@answer
def a_new_day(ago: int = 0) -> int:
    """Take in one more day of the same size as the others, of people that are known already."""
    import random
    from datetime import UTC, datetime, timedelta
    from uuid import uuid4

    from django.db import transaction

    from analytics.collect.inbox import commit
    from analytics.collect.keys import KnownSource
    from analytics.collect.messages import Envelope
    from analytics.collect.models import Source
    from analytics.collect.normalise import Arrival
    from analytics.collect.requests import deliver
    from analytics.people.models import Identity

    days = 2 * 365
    count = stored()["rows"] // days
    chance = random.Random(7)
    users = list(Identity.objects.filter(kind=Identity.Kind.USER).values_list("value", flat=True))
    source, _ = Source.objects.get_or_create(name="Another day", defaults={"platform": "server"})
    now = datetime.now(UTC)
    arrival = Arrival(source=KnownSource.of(source), received_us=int(now.timestamp() * 1e6), history=True)
    seconds = now.hour * 3600 + now.minute * 60 + now.second
    last = (now - timedelta(days=ago)).timestamp()
    for _ in range(count // 100):
        messages = [
            json.dumps(
                {
                    "type": "track",
                    "event": chance.choice(("video_watched", "video_created", "document_shared")),
                    "userId": chance.choice(users),
                    "messageId": uuid4().hex,
                    "timestamp": datetime.fromtimestamp(last - chance.uniform(0, seconds), UTC).isoformat(),
                    "properties": {"seconds": chance.randrange(600)},
                }
            ).encode()
            for _ in range(100)
        ]
        with transaction.atomic():
            commit([deliver(Envelope(), messages, arrival, "track")])
    return count // 100 * 100


@answer
def seconds_of_night() -> float:
    """How long the last night took, as it has recorded itself: from its lock until all was written."""
    from analytics.rollups.models import TaskRun, Watermark

    night = TaskRun.objects.filter(task=Watermark.Step.NIGHT, state=TaskRun.State.FINISHED).latest("pk")
    assert night.finished_at is not None
    return (night.finished_at - night.started_at).total_seconds()


@answer
def night_of_a_new_day() -> dict[str, float]:
    """A new day's night, by a process that has done the night before it, as the background worker has that stays up."""
    import time

    from analytics.rollups import nightly

    a_new_day(ago=1)
    nightly.run()
    events = a_new_day()
    busy = time.process_time()
    nightly.run()
    return {"events": events, "seconds": seconds_of_night(), "cpu_seconds": time.process_time() - busy}


@answer
def session_of_staff() -> str:
    """The session key of a logged-in member of staff."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from productops.lib.models import Role, User

    user, _ = User.objects.get_or_create(username="bench", defaults={"role": Role.ADMIN})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


@answer
def queries_of(path: str) -> int:
    """How many queries the database sees for one page, asked for by a logged-in member of staff."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(HTTP_HOST="127.0.0.1")
    client.cookies["sessionid"] = session_of_staff()
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        status = client.get(path).status_code
    assert status == 200, f"{path} answered {status}"
    return len(queries)


@answer
def given(folder: str) -> str:
    """Write what a night begins with to CSV files, one for each table; returns the last day with events."""
    from pathlib import Path

    import pyarrow.csv

    from analytics.store.reading import snapshot
    from benchmarks.rows.plain_derivation import GIVEN

    with snapshot() as tables:
        for name, columns in GIVEN.items():
            rows = getattr(tables, name).select(*columns)
            pyarrow.csv.write_csv(rows.to_pyarrow(), Path(folder) / f"{name}.csv")
    return str(days_of_data()[1])


@answer
def definitions() -> dict[str, Any]:
    """What the last night went by: the events that are goals, and the last whole day."""
    from analytics.rollups.goals import goal_events
    from analytics.rollups.models import Goal, Watermark

    return {
        "signups": goal_events(Goal.Role.SIGNUP),
        "key_actions": goal_events(Goal.Role.KEY_ACTION),
        "through": str(Watermark.objects.get(step=Watermark.Step.NIGHT).day),
    }


@answer
def figures(path: str) -> None:
    """Write the rollups to a JSON file as [[figure, grain, period, dimensions, event], value]."""
    from pathlib import Path

    from analytics.metrics.registry import DIMENSIONS
    from analytics.rollups.models import Rollup

    found = []
    for grain, period, event, values, *cell in Rollup.objects.values_list(
        "grain", "period", "event", "values", *DIMENSIONS
    ):
        for name, value in values.items():
            match value:
                case dict():
                    found += [
                        [[f"{name}: {part}", grain, str(period), *cell, event], count] for part, count in value.items()
                    ]
                case [numerator, denominator]:
                    found.append([[name, grain, str(period), *cell, event], numerator / denominator])
                case int() | float():
                    found.append([[name, grain, str(period), *cell, event], value])
    Path(path).write_text(json.dumps(found))


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "productops.settings"
    import django

    django.setup()
    # Answers are added to the module of this name; the program that runs is a second one of it.
    from benchmarks.analyses import answering, plain_events, with_pandas  # noqa: F401
    from benchmarks.lib import inside

    print(json.dumps(inside.ANSWERS[sys.argv[1]](*json.loads(sys.argv[2])), default=str))


if __name__ == "__main__":
    main()
