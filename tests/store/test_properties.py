"""Properties that questions ask for become columns of the files, and nothing but the time of an answer changes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings, strategies

from analytics.metrics.properties import property_column, property_of
from analytics.models import AskedProperty, Event, Segment
from analytics.store import asked, compact, embedded, engine, erase, janitor, lifecycle, parquet, reading, seal
from analytics.store.schema import columns

pytestmark = pytest.mark.django_db

NAMES = ["plan", "Plan", "pLAN", "planName", "plan^name", "a.b", "a/b~c", "*", 'say "hi"', "new\nline", "Größe", "'"]
VALUES = [
    ("text", "text"),
    ("", ""),
    (None, ""),
    (True, "true"),
    (False, "false"),
    (0, "0"),
    (-3, "-3"),
    (1.0, "1.0"),
    (12.5, "12.5"),
    (2**53 + 1, "9007199254740993"),
    ("1e3", "1e3"),
    ("null", "null"),
    ('"quoted"', '"quoted"'),
    ("Ä\n\t\\ 😀", "Ä\n\t\\ 😀"),
    ({"amount": [1, {"of": None}]}, '{"amount":[1,{"of":null}]}'),
    ([], "[]"),
]


def day_us(month: int, day: int) -> int:
    return round(datetime(2024, month, day, tzinfo=UTC).timestamp() * 1_000_000)


def written(properties: dict[str, Any]) -> str:
    return json.dumps(properties, ensure_ascii=False, separators=(",", ":"))


def texts(*names: str, hot: bool = True) -> dict[str, list[str]]:
    """Of each event the texts of these properties, from columns where there are some or all from JSON."""
    with reading.snapshot(properties=names if hot else ()) as tables:
        events = tables.events
        told = {f"n{place}": property_of(events, name).coalesce("") for place, name in enumerate(names)}
        rows = events.select("message_id", **told).to_pyarrow().to_pylist()
    return {row.pop("message_id"): list(row.values()) for row in rows}


def kept() -> dict[str, list[str]]:
    """The properties that the segments of each month have as columns."""
    published = Segment.objects.published().of("events")
    return {segment.month: segment.properties for segment in published}


@pytest.fixture
def sealed(add_event):
    """Seal one event for each of these times and properties, in one segment."""

    def seal_events(*events: tuple[int, dict[str, Any]], **also: Any) -> None:
        for at_us, properties in events:
            name = f"{at_us}-{Event.objects.count()}"
            add_event(name, at_us=at_us, properties=written(properties), **also)
        seal.seal()

    return seal_events


@pytest.mark.files
def test_texts_are_the_same_from_columns_from_json_and_from_the_inbox(add_event, monkeypatch):
    monkeypatch.setattr(embedded.ENGINE, "most_properties", len(NAMES))
    wanted: dict[str, list[str]] = {}

    def add(month: int) -> None:
        for number, (value, text) in enumerate(VALUES):
            name = NAMES[number % len(NAMES)]
            add_event(f"{month}-{number}", at_us=day_us(month, 1 + number), properties=written({name: value, "x": 1}))
            wanted[f"{month}-{number}"] = [text if name == one else "" for one in NAMES]

    for month, hot in [(1, NAMES), (2, []), (3, NAMES[:5])]:
        add(month)
        seal.seal()
        AskedProperty.objects.all().delete()
        asked.remember(hot)
        compact.compact()
    add(4)
    assert kept() == {"2024-01": sorted(NAMES), "2024-02": [], "2024-03": sorted(NAMES[:5])}
    assert texts(*NAMES) == texts(*NAMES, hot=False) == wanted


JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers(-(2**62), 2**62) | strategies.text(max_size=9),
    lambda inner: strategies.lists(inner, max_size=3) | strategies.dictionaries(strategies.text(max_size=3), inner),
    max_leaves=6,
)


@pytest.mark.files
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=strategies.lists(strategies.dictionaries(strategies.sampled_from(NAMES), JSON), min_size=1, max_size=6))
def test_whatever_was_sent_a_column_says_the_same_as_the_json(sent, add_event):
    for number, properties in enumerate(sent):
        add_event(f"{number}", properties=written(properties).replace("\\u0000", ""))
    seal.seal()
    before = texts(*NAMES)
    asked.remember(NAMES)
    compact.compact()
    assert kept()["1970-01"]
    assert texts(*NAMES) == before
    Event.objects.all().delete()
    Segment.objects.all().delete()


def test_a_property_has_a_column_of_its_own_whatever_the_engine_thinks_of_capitals():
    assert property_column("plan") == "property:plan"
    assert property_column("planName") == "property:plan^Name"
    assert len({property_column(name).lower() for name in NAMES}) == len(NAMES)


@pytest.mark.files
def test_files_with_the_column_are_read_without_their_json(sealed, data_dir):
    sealed((day_us(1, 1), {"plan": "pro"}))
    asked.remember(["plan"])
    compact.compact()
    sealed((day_us(2, 1), {"plan": "team"}))
    file = data_dir / Segment.objects.published().get(month="2024-01").path
    rows = pq.read_table(file)
    unreadable = rows.set_column(rows.column_names.index("properties"), "properties", [["no JSON"]])
    parquet.write(file, columns("events", ["plan"]), [unreadable])
    assert sorted(texts("plan").values()) == [["pro"], ["team"]]
    with pytest.raises(Exception, match="Malformed JSON"):
        texts("plan", "other")


@pytest.mark.files
def test_a_snapshot_has_the_columns_that_are_asked_for_and_no_others(sealed):
    sealed((day_us(1, 1), {"plan": "pro", "price": 1}))
    asked.remember(["plan", "price"])
    compact.compact()
    for properties, more in [((), ()), (["plan"], ["property:plan"]), (["other"], ())]:
        with reading.snapshot(properties=properties) as tables:
            assert tables.events.columns == (*columns("events").names, *more)
            assert tables.events.to_pyarrow().column_names == list(tables.events.columns)


@pytest.mark.files
def test_months_get_the_columns_they_lack_as_many_rows_as_a_run_may_take(sealed):
    for month, events in [(1, 1), (2, 3), (3, 2)]:
        sealed(*((day_us(month, day + 1), {"plan": "pro"}) for day in range(events)))
    compact.compact()
    assert compact.widen() == 0
    asked.remember(["plan"])
    before = texts("plan")
    assert compact.widen(most_rows=1) == 1  # more than it may, but it must get on
    assert kept() == {"2024-01": [], "2024-02": [], "2024-03": ["plan"]}
    assert compact.widen(most_rows=3) == 1
    assert kept() == {"2024-01": [], "2024-02": ["plan"], "2024-03": ["plan"]}
    asked.remember(["other"])
    assert compact.widen(most_rows=1) == 1  # January lacks both
    assert kept() == {"2024-01": ["other", "plan"], "2024-02": ["plan"], "2024-03": ["plan"]}
    assert compact.widen() == 2
    assert compact.widen() == 0
    assert texts("plan") == before


@pytest.mark.files
def test_a_late_event_rewrites_nothing_that_is_there(sealed):
    sealed((day_us(1, 1), {"plan": "pro"}))
    asked.remember(["plan"])
    compact.compact()
    there = set(Segment.objects.published().values_list("path", flat=True))
    sealed((day_us(1, 2), {"plan": "team"}))
    compact.compact()
    assert compact.widen() == 0
    assert there < set(Segment.objects.published().values_list("path", flat=True))
    assert kept() == {"2024-01": ["plan"]}


@pytest.mark.files
def test_what_fails_or_comes_too_late_while_columns_are_made_changes_nothing(sealed, monkeypatch, data_dir):
    sealed((day_us(1, 1), {"plan": "pro"}))
    compact.compact()
    asked.remember(["plan"])
    published = list(Segment.objects.published().values_list("path", flat=True))

    def killed(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "_retire", killed)
        with pytest.raises(KeyboardInterrupt):
            compact.widen()
    assert list(Segment.objects.published().values_list("path", flat=True)) == published
    assert not Segment.objects.filter(state="writing").exists()

    draft = lifecycle.draft

    def overtaken(*args, **options):
        erase.erase_actors([7])
        return draft(*args, **options)

    monkeypatch.setattr(lifecycle, "draft", overtaken)
    assert compact.widen() == 0
    assert texts("plan") == {}


@pytest.mark.files
def test_the_columns_of_the_erased_go_with_their_rows(sealed, data_dir):
    sealed((day_us(1, 1), {"plan": "theirs"}), actor=1)
    sealed((day_us(1, 2), {"plan": "others"}), actor=2)
    asked.remember(["plan"])
    compact.compact()
    erase.erase_actors([1])
    Segment.objects.filter(state="replaced").update(replaced_at=timezone.now() - janitor.reader_limit())
    janitor.sweep()
    files = list(data_dir.rglob("*.parquet"))
    assert [pq.read_table(file)["property:plan"].to_pylist() for file in files] == [["others"]]
    assert texts("plan") == texts("plan", hot=False)
    assert compact.widen() == 0


def test_an_engine_that_keeps_no_columns_goes_on_reading_json(sealed, monkeypatch):
    monkeypatch.setattr(engine.chosen(), "most_properties", 0)
    sealed((day_us(1, 1), {"plan": "pro"}))
    asked.remember(["plan"])
    compact.compact()
    assert compact.widen() == 0
    assert kept() == {"2024-01": []}
    assert list(texts("plan").values()) == [["pro"]]


def test_those_asked_for_last_are_hot_and_are_forgotten_in_time(monkeypatch):
    monkeypatch.setattr(engine.chosen(), "most_properties", 2)
    began = timezone.now()
    for days, names in [(0, ["a", "b"]), (1, ["c"]), (2, ["a"])]:
        monkeypatch.setattr(timezone, "now", lambda days=days: began + timedelta(days=days, seconds=1))
        asked.remember(names)
    assert asked.hot_properties() == ["a", "c"]
    monkeypatch.setattr(timezone, "now", lambda: began + timedelta(days=91, seconds=2))
    assert asked.hot_properties() == ["a"]
    asked.remember(["d"])
    assert set(AskedProperty.objects.values_list("name", flat=True)) == {"a", "d"}


def test_what_was_asked_for_today_is_not_written_again(django_assert_num_queries):
    asked.remember({"a", "b"})
    with django_assert_num_queries(1):
        asked.remember({"a", "b"})
    with django_assert_num_queries(0):
        asked.remember(set())
