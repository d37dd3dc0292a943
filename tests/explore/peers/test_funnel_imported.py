"""The same figures of events that were imported as a file: from there to the API with nothing of a test between."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.explore.funnels import bins, by_value, counts, times, trend
from tests.explore.peers import (
    test_funnel_breakdowns,
    test_funnel_exclusions,
    test_funnel_orders,
    test_funnel_steps,
    test_funnel_times,
    test_funnel_trends,
)
from tests.explore.peers.conftest import body
from tests.explore.peers.journeys import OTHER_IDS, journeys
from tests.imports.conftest import imported, source  # noqa: F401  (fixtures)

CASES: list[tuple[str, str, dict[str, Any], Any, Any]] = [
    (test_funnel_steps.FIVE, "signup pay watch", {}, counts, [4, 2, 1]),
    (test_funnel_steps.OPTIONAL, "one two? three four? five", {}, counts, [8, 3, 7, 3, 4]),
    (test_funnel_steps.URLS, "signup view{url=one} view{url=two}", {"window": "2 week"}, counts, [5, 4, 3]),
    (test_funnel_steps.WOAH, "!!one{said=woah} two", {"days": ("2021-05-20", "2021-05-24")}, counts, [1, 1]),
    (test_funnel_exclusions.OPEN, "a b", {"excluding": "x:0-1", "window": "1 day"}, counts, [2, 1]),
    (test_funnel_orders.STRICT, "signup view insight", {"order": "strict"}, counts, [7, 2, 1]),
    (test_funnel_orders.ANY, "signup view insight", {"order": "unordered"}, counts, [8, 5, 3]),
    (
        test_funnel_breakdowns.TOUCHES,
        "signup buy",
        {"breakdown": {"property": "b", "attribution": "step", "step": 1}},
        by_value,
        {"(none)": [2, 2], "Safari": [1, 1], "alakazam": [1, 1]},
    ),
    (
        test_funnel_breakdowns.TRAITS,
        "signup play buy",
        {"breakdown": {"property": "person.b"}},
        by_value,
        {"Chrome": [1, 1, 1], "Safari": [1, 1, 0]},
    ),
    (test_funnel_breakdowns.BROWSERS, "signup play buy", {"window": "7 day"}, times, [None, 5_400, 7_200]),
    (
        test_funnel_trends.RUNS,
        "a b c",
        {"view": "trend", "days": ("2021-05-01", "2021-05-04"), "window": "1 day"},
        trend,
        [(1, 1), (0, 0), (1, 0), (2, 1)],
    ),
    (
        test_funnel_times.THREE,
        "a b c",
        {"view": "time_to_convert", "to_step": 1, "bins": 7, "window": "7 day"},
        bins,
        test_funnel_times.SEVEN,
    ),
]


def lines(people: str, case: int) -> Iterator[dict[str, Any]]:
    """A world as messages; its people and the names of its events begin with the number of the case."""
    for row in journeys(people).world.events:
        place, actor = divmod(row["actor"], OTHER_IDS)
        who = {"anonymousId": f"{case}-{actor}-{place}"} if place else {"userId": f"{case}-{actor}"}
        said = json.loads(row["properties"])
        when = datetime.fromtimestamp(row["at_us"] / 10**6, UTC).isoformat()
        message = {**who, "messageId": f"{case}-{row['message_id']}", "type": row["type"], "timestamp": when}
        if row["type"] == "identify":
            yield message | {"traits": said}
        else:
            yield message | {"event": f"{case}.{row['event']}", "properties": said}
        if place:
            both = {"userId": f"{case}-{actor}", "messageId": f"{case}-{actor}-both-{row['message_id']}"}
            yield message | both | {"type": "identify"}


def named(asked: Any, case: int) -> Any:
    """A body whose events are named as those that were sent."""
    if isinstance(asked, list):
        return [named(each, case) for each in asked]
    if not isinstance(asked, dict):
        return asked
    found = {name: named(value, case) for name, value in asked.items()}
    return found | {"event": f"{case}.{asked['event']}"} if asked.get("event") else found


@pytest.mark.django_db(transaction=True)
def test_what_was_imported(imported, ask) -> None:  # noqa: F811
    sent = [line for case, (people, *_) in enumerate(CASES) for line in lines(people, case)]
    assert imported("\n".join(map(json.dumps, sent)), "log.jsonl").imported == len(sent)
    for case, (_, asked, more, figures, expected) in enumerate(CASES):
        question = named(body(asked, **more), case) | {"series": None}
        answer = ask("funnel", **question)
        assert figures(answer) == expected, asked
        assert answer["sql"]
        assert answer["computed_in_ms"] >= 0
    watched = named(body("signup pay watch"), 0) | {"series": None, "point": {"step": 2}}
    [person] = ask("funnel/people", **watched)["results"]
    assert sorted(person["ids"]) == ["0-3", "0-3-1"], "cyd, who was anonymous first"
