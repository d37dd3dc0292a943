"""Questions are remembered by the properties they are about, and answered alike whether those have columns or not."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.cache import cache

from analytics.collect.track import track
from analytics.explore.conditions import Condition
from analytics.explore.kinds.funnel.question import Breakdown, Exclusion, Funnel, Step
from analytics.explore.kinds.trend import Series, Trend
from analytics.explore.segments.members import Being, Belonging, Doing, Filtered, Listed
from analytics.explore.selector import Selector
from analytics.explore.sent import sent_properties
from analytics.models import AskedProperty, Segment
from analytics.store import asked, compact, seal

pytestmark = pytest.mark.django_db

SENT: list[dict[str, Any]] = [
    {"plan": "pro", "Plan": "PRO", "price": 40},
    {"plan": "pro", "price": 1e3},
    {"plan": "team", "Plan": "", "price": "12.5"},
    {"plan": None, "price": True},
    {"plan": {"name": "pro"}, "price": [40]},
    {},
]
MADE = {"event": "video_created"}


def filtered(property: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"filters": [{"property": property, "operator": operator, "value": value}]}


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("trend", filtered("plan", "is", "pro")),
    ("trend", filtered("plan", "is_not_set")),
    ("trend", filtered("price", "gt", 12)),
    ("trend", filtered("price", "is", True)),
    ("trend", {"breakdown": "plan"}),
    ("trend", {"breakdown": "plan"} | filtered("Plan", "is_not", "PRO")),
    ("trend", {"series": [{"event": "video_created", "measure": "sum", "property": "price"}]}),
    ("funnel", {"steps": [MADE | filtered("plan", "is_set"), MADE], "breakdown": {"property": "Plan"}}),
    ("retention", {"start": MADE | filtered("plan", "is", "pro"), "return": MADE | filtered("price", "lt", 100)}),
    ("paths", {"start": MADE | filtered("plan", "contains", "P")}),
]


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


def send(day: int) -> None:
    for number, properties in enumerate(SENT * 2):
        at = datetime(2025, 3, day, number, tzinfo=UTC)
        track("video_created", user_id=f"user {number % 3}", properties=properties, at=at, message_id=f"{day} {number}")


def columns() -> list[list[str]]:
    return [segment.properties for segment in Segment.objects.published().of("events").order_by("pk")]


@pytest.mark.files
def test_answers_are_the_same_from_columns_and_from_json(ask) -> None:
    send(1)
    seal.seal()
    compact.compact()
    asked.remember(["price", "plan"])
    send(2)
    seal.seal()
    compact.compact()
    send(3)  # of which nothing is sealed

    def answers() -> list[dict[str, Any]]:
        cache.clear()
        found = [ask(kind, **body) for kind, body in QUESTIONS]
        told_anew = ("as_of", "computed_in_ms", "sql")
        return [{name: told for name, told in answer.items() if name not in told_anew} for answer in found]

    assert columns() == [[], ["plan", "price"]]
    mixed = answers()
    assert {"Plan", "plan", "price"} == set(AskedProperty.objects.values_list("name", flat=True))
    compact.widen()
    assert columns() == [["Plan", "plan", "price"]] * 2
    assert answers() == mixed
    Segment.objects.update(properties=[])  # as though there were no columns
    assert answers() == mixed
    pro, plans, prices = (mixed[number]["series"] for number in (0, 4, 6))
    assert [sum(line["values"]) for line in pro] == [2 * 2 * 3]
    assert {line["breakdown"] for line in plans} == {"(none)", "pro", "team", '{"name":"pro"}'}
    assert [sum(line["values"]) for line in prices] == [3 * 2 * (40 + 1000 + 12.5)]


@pytest.mark.files
def test_the_sql_that_ran_names_the_column_and_that_for_other_engines_reads_json(ask) -> None:
    from analytics.explore.sql import analysis_sql

    send(1)
    seal.seal()
    asked.remember(["plan"])
    compact.compact()
    ran = ask("trend", breakdown="plan")["sql"]
    assert '"property:plan"' in ran
    assert "JSON" not in ran.upper()
    trend = Trend(first=date(2025, 3, 1), last=date(2025, 3, 4), series=(Series(),), breakdown="plan")
    [*_, written] = analysis_sql("trend", trend, "postgres")
    assert "JSON_EXTRACT_PATH_TEXT" in written


def test_remembered_is_what_events_were_sent_with_and_no_name_that_none_has(ask) -> None:
    send(1)
    names = ["plan", "platform", "session_id", "feature", "person.country", "nosuch"]
    for name in names:
        ask("trend", breakdown=name)
    assert list(AskedProperty.objects.values_list("name", flat=True)) == ["plan"]


def test_a_question_that_fails_is_remembered_by_what_is_known_to_be_sent(monkeypatch, client, ask) -> None:
    from analytics.explore import answering
    from analytics.rollups.models import EventDefinition
    from analytics.store.pool import QueryTooLong

    def too_long(*_asked: Any) -> None:
        raise QueryTooLong

    EventDefinition.objects.create(name="video_created", properties={"plan": {"examples": []}})
    monkeypatch.setattr(answering, "answer", too_long)
    ask("trend", expect=503, breakdown="plan", **filtered("nosuch", "is_set"))
    assert list(AskedProperty.objects.values_list("name", flat=True)) == ["plan"]


def condition(name: str) -> Condition:
    return Condition(name, "is_set")


def test_properties_are_found_wherever_a_question_names_them() -> None:
    days = {"first": date(2025, 3, 1), "last": date(2025, 3, 4)}
    doing = Doing(Selector("a", (condition("of deed"),)))
    inner = Filtered("any", (doing, Being(condition("person.trait")), Being(condition("persona"))))
    segment = Filtered("all", (Belonging(inner), Belonging(Listed((1, 2, 3)))))
    trend = Trend(
        **days,
        series=(Series("a", (condition("of series"),), measure="sum", property="measured"), Series()),
        filters=(condition("of all"), condition("channel"), condition("core_area")),
        breakdown="split",
        segment=segment,
    )
    assert sent_properties(trend) == {"of deed", "of series", "measured", "of all", "split"}
    funnel = Funnel(
        **days,
        steps=(Step("a", (condition("of step"),)), Step("b")),
        exclusions=(Exclusion("c", (condition("excluding"),), from_step=0, to_step=1),),
        breakdown=Breakdown("split"),
    )
    assert sent_properties(funnel) == {"of step", "excluding", "split"}
    assert sent_properties(segment) == {"of deed"}
