"""The same events come to the same tables, figures and answers, whichever engine keeps them on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from analytics.explore import answering
from analytics.explore.unseen import Names
from analytics.people.models import Identity
from analytics.rollups import nightly
from analytics.rollups.models import Rollup
from analytics.store import compact, engine, erase, janitor, reading
from analytics.store.models import Segment
from tests.engines.test_analyses import asked, rounded
from tests.lib import clickhouse
from tests.rollups_derive.conftest import arrive, derived, event, forget_all

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option"),
]

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
ERASED, MERGED = 5, 4
OF_THE_RUN = ("sql", "engine", "as_of", "computed_in_ms")
NAMES = ("signed_up", "video_created", "video_shared", "ä 'quoted' \\ ✓")
BOUNDS = {"from": (NOON - timedelta(days=20)).date().isoformat(), "to": NOON.date().isoformat()}
PRICED = {"event": "video_created", "filters": [{"property": "price", "operator": "gte", "value": 3}]}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("trend", {"series": [{"measure": "wau"}], "breakdown": "plan", "grain": "week"}),
    ("trend", {"series": [{**PRICED, "measure": "sum", "property": "price"}]}),
    ("funnel", {"steps": [{"event": "signed_up"}, PRICED, {"event": "video_shared"}]}),
    ("retention", {"start": {}, "return": {}, "grain": "week"}),
    ("paths", {"depth": 3}),
]


def at(days_ago: int, second: int) -> int:
    return round((NOON - timedelta(days=days_ago)).timestamp()) * 1_000_000 + second * 1_000_000


def some(days: range) -> list[dict[str, Any]]:
    return [
        event(
            f"{day}-{actor}-{number}",
            at(day, 60 * actor + number),
            actor=actor,
            event=name,
            platform=("web", "ios")[number % 2],
            value=(None, 0.1)[number % 2],
            properties=f'{{"plan":"{("pro", "free")[actor % 2]}","price":{number + 1.5}}}',
        )
        for day in days
        for actor in range(1, 7)
        if (day + actor) % 3
        for number, name in enumerate(NAMES)
    ]


def lived_through() -> dict[str, Any]:
    """What can be seen of events that came, were sealed, merged by month, erased in part and cleaned up after."""
    Identity.objects.create(id=MERGED, kind=Identity.Kind.ANONYMOUS, value="once unknown", person=1, first_us=1)
    arrive(some(range(12, 14)))
    arrive(some(range(9, 11)))
    nightly.run()
    arrive(some(range(1, 4)))
    compact.compact()
    erase.erase_actors([ERASED])
    nightly.run()
    Segment.objects.filter(state="replaced").update(replaced_at=timezone.now() - janitor.reader_limit())
    janitor.sweep()
    with reading.snapshot() as tables:
        events = tables.events.order_by("message_id").to_pyarrow().to_pylist()
    keys = ("grain", "period", "platform", "customer_segment", "channel", "persona", "event")
    answers = [answering.answer(kind, asked(kind, BOUNDS | body), Names())[0] for kind, body in QUESTIONS]
    kept = set(engine.chosen().older_than(timezone.now() + timedelta(minutes=1)))
    assert kept == set(Segment.objects.values_list("path", flat=True))
    return {
        "events": events,
        "derived": derived(),
        "figures": {row[:-1]: row[-1] for row in Rollup.objects.values_list(*keys, "values")},
        "answers": [rounded({name: each[name] for name in each if name not in OF_THE_RUN}) for each in answers],
    }


def test_another_engine_changes_nothing_of_what_is_found(settings, postgres):
    expected = lived_through()
    assert len(expected["events"]) == len(NAMES) * len({(row["at_us"] // 60_000_000) for row in expected["events"]})
    assert {row["actor"] for row in expected["events"]} == {1, 2, 3, 4, 6}
    for url in (postgres.create_database(), clickhouse.new_database()):
        forget_all()
        Identity.objects.all().delete()
        settings.EVENTS_URL = url
        found = lived_through()
        for part in expected:
            assert found[part] == expected[part], part
