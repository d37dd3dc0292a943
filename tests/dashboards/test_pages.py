"""The standing pages on a history that was worked out by hand."""

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from analytics.people.merging import merge_people
from analytics.people.models import Identity
from analytics.rollups import nightly
from analytics.rollups.models import Rollup
from productops.lib.cards import Card
from productops.lib.cells import Bar, Dated, Link
from productops.lib.changes import Change
from productops.lib.models import Role, User
from tests.dashboards.conftest import Send

pytestmark = pytest.mark.django_db
PAGES = ["/", "/product/activity/", "/product/engagement/", "/product/acquisition/"]


def cards(client: Client, path: str) -> dict[str, Card]:
    cache.clear()  # a body that was drawn before has no context any more
    context = client.get(path).context
    found = [*context["cards"], *([context["north_star"]] if "north_star" in context else [])]
    return {card.key: card for card in found}


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.mark.parametrize("path", PAGES)
def test_before_the_first_event_a_page_tells_how_to_send_one(viewer: Client, path: str) -> None:
    cache.clear()
    text = viewer.get(path).content.decode()
    assert "Nothing has come in yet." in text
    assert "/v1/track" in text
    assert "An administrator can give you a write key." in text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_nobody_says_so_and_leads_back(viewer: Client, history: date, path: str) -> None:
    text = viewer.get(f"{path}?range=7d&f=platform:is:toaster").content.decode()
    assert "Nobody matches these filters in this period." in text
    assert '<a class="button" href="?range=7d">Clear filters</a>' in text


def test_a_filter_holds_for_the_table_by_its_own_dimension(viewer: Client, history: date) -> None:
    activity = cards(viewer, "/product/activity/?f=platform:is:ios")["platform"]
    assert [row[0].text for row in activity.table.rows] == ["iOS"]
    assert "<strong>100.0%</strong>" in activity.takeaway
    signups = cards(viewer, "/product/acquisition/?by=platform&f=platform:is:ios")["signups"]
    assert [series.label for series in signups.chart.series] == ["iOS"]


def test_a_report_tells_its_days_and_its_author(viewer: Client, history: date) -> None:
    day = datetime.now(UTC).date()
    author = viewer.get("/").context["user"].username
    assert f"made on {day:%-d %B %Y} by {author}" in viewer.get("/?report=1").content.decode()
    assert "made on" not in viewer.get("/").content.decode()


def test_activity_counts_people(viewer: Client, history: date) -> None:
    start = monday_of(history) - timedelta(weeks=4)
    query = f"?from={start}&to={monday_of(history) - timedelta(days=1)}"
    people = cards(viewer, f"/product/activity/{query}")["people"]
    daily = [row[1] for row in reversed(people.table.rows)]
    weekly = [row[2] for row in reversed(people.table.rows)]
    monthly = [row[3] for row in reversed(people.table.rows)]
    # Ten sign up on each Monday; all who signed up so far are there on the Wednesday.
    assert daily == [10, 0, 10, 0, 0, 0, 0, 10, 0, 20, 0, 0, 0, 0, 10, 0, 30, 0, 0, 0, 0, 10, 0, 40, 0, 0, 0, 0]
    assert weekly[6] == 10
    assert weekly[7:10] == [20, 20, 20]  # ten new ones, and last week's ten of Wednesday
    assert weekly[27] == 40
    assert monthly == [10] * 7 + [20] * 7 + [30] * 7 + [40] * 7


def test_a_filter_leaves_only_its_people(viewer: Client, history: date) -> None:
    start = monday_of(history) - timedelta(weeks=4)
    query = f"?from={start}&to={monday_of(history) - timedelta(days=1)}&f=platform:is:ios"
    people = cards(viewer, f"/product/activity/{query}")["people"]
    assert people.table.rows[0][3] == 20


def test_lifecycle_by_week(viewer: Client, history: date) -> None:
    start = monday_of(history) - timedelta(weeks=4)
    query = f"?from={start}&to={monday_of(history) - timedelta(days=1)}&grain=week"
    table = cards(viewer, f"/product/activity/{query}")["lifecycle"].table
    assert [row[1:5] for row in reversed(table.rows)] == [[10, 0, 0, 0], [10, 10, 0, 0], [10, 20, 0, 0], [10, 30, 0, 0]]


def test_signups_by_week_and_platform_add_up(viewer: Client, history: date) -> None:
    start = monday_of(history) - timedelta(weeks=4)
    query = f"?from={start}&to={monday_of(history) - timedelta(days=1)}&by=platform"
    found = cards(viewer, f"/product/acquisition/{query}")
    assert [row[1:4] for row in found["signups"].table.rows] == [[10, 5, 5]] * 4
    assert [row[1] for row in found["platform"].table.rows] == [20, 20]
    assert [row[1] for row in found["channel"].table.rows] == [40]


def downloaded(client: Client, path: str, address: str) -> list[dict[str, str]]:
    answer = client.get(path.partition("?")[0] + address)
    assert answer["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def told(value: object) -> object:
    """What a download says where a table has this cell."""
    match value:
        case Link():
            return value.text
        case Change():
            return value.now - value.before
        case Dated():
            return value.day.isoformat()
        case bool():
            return str(value)
    return "" if value is None else value


def number_or_text(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_the_download_of_every_card_is_its_table_whole(viewer: Client, history: date, send: Send) -> None:
    for platform in ("web", "ios"):
        for number in range(12):
            send("w0p0", monday_of(history) - timedelta(days=3), event=f"step_{number}", platform=platform)
    nightly.run()
    for path in PAGES:
        for query in ("?range=12w&grain=week", "?range=4w&grain=day&vs=none", "?range=26w&by=platform"):
            for card in cards(viewer, path + query).values():
                rows = downloaded(viewer, path, card.csv)
                check_download(card, rows)


def check_download(card: Card, rows: list[dict[str, str]]) -> None:
    assert rows, card.key
    for position, column in enumerate(card.table.columns):
        cells = [told(row[position]) for row in card.table.rows]
        if any(isinstance(cell, Bar) for cell in cells):
            assert column.label not in rows[0]
        else:
            assert [number_or_text(row[column.label]) for row in rows] == cells, (card.key, column.label)
    columns = [[number_or_text(row[name]) for row in rows] for name in rows[0]]
    for series in card.chart.series if card.chart else ():
        values = [abs(value) if value is not None else "" for value in series.values]
        assert values in columns or values[::-1] in columns, (card.key, series.label)


def test_a_download_holds_every_line_of_the_chart(viewer: Client, history: date) -> None:
    start = monday_of(history) - timedelta(weeks=4)
    query = f"?from={start}&to={monday_of(history) - timedelta(days=1)}"
    found = cards(viewer, f"/product/activity/{query}")
    rows = downloaded(viewer, "/product/activity/", found["people"].csv)[::-1]
    assert [row["Period"] for row in rows[:2]] == [start.isoformat(), (start + timedelta(days=1)).isoformat()]
    assert {row["Complete"] for row in rows} == {"True"}
    people = [[float(row[name]) for row in rows] for name in list(rows[0])[1:4]]
    assert people[0][:10] == [10, 0, 10, 0, 0, 0, 0, 10, 0, 20]
    assert people[1][6:10] == [10, 20, 20, 20]
    assert people[2] == [10] * 7 + [20] * 7 + [30] * 7 + [40] * 7
    found = cards(viewer, f"/product/activity/{query}&grain=week")
    rows = downloaded(viewer, "/product/activity/", found["lifecycle"].csv)[::-1]
    became = [[float(cell) for cell in list(row.values())[1:5]] for row in rows]
    assert became == [[10, 0, 0, 0], [10, 10, 0, 0], [10, 20, 0, 0], [10, 30, 0, 0]]


def test_a_long_table_is_drawn_in_part_and_downloaded_whole(viewer: Client, history: date) -> None:
    card = cards(viewer, "/product/activity/?range=12w")["people"]
    rows = downloaded(viewer, "/product/activity/", card.csv)
    assert len(rows) == 12 * 7 + 1
    assert [row["Complete"] for row in rows[:2]] == ["False", "True"]
    text = viewer.get("/product/activity/?range=12w").content.decode()
    assert "54 earlier periods are in the CSV." in text
    assert "Complete</th>" not in text
    answer = viewer.get("/product/activity/" + card.parquet)
    table = pq.read_table(pa.BufferReader(b"".join(answer.streaming_content)))
    assert table.column_names == list(rows[0])
    assert table.schema.field("Period").type == pa.date32()
    for name in table.column_names:
        cells = [told(Dated("", cell) if name == "Period" else cell) for cell in table[name].to_pylist()]
        assert cells == [number_or_text(row[name]) for row in rows]
    for query in ("?card=nothing&format=csv", "?card=people&format=xlsx"):
        assert viewer.get(f"/product/activity/{query}").status_code == 404


def test_a_file_says_whether_its_figures_are_as_the_definitions_of_now_have_them(
    viewer: Client, history: date, send: Send, settings: LazySettings
) -> None:
    for number in range(2):
        send("w0p0", monday_of(history) - timedelta(days=3), event=f"step_{number}")
    nightly.run()
    for zone, current in (("UTC", "True"), ("Asia/Tokyo", "False")):
        settings.PROJECT_TIME_ZONE = zone
        for path in PAGES:
            for card in cards(viewer, path + "?range=4w").values():
                rows = downloaded(viewer, path, card.csv)
                assert {row["Current"] for row in rows} == {current}, (zone, card.key)
            assert "Current</th>" not in viewer.get(path).content.decode()


@pytest.mark.parametrize("path", PAGES)
def test_every_card_has_question_definition_sql_table_and_export(viewer: Client, history: date, path: str) -> None:
    for card in cards(viewer, path).values():
        assert card.question.endswith("?")
        assert card.definition.text
        assert card.sql is not None
        assert "SELECT" in card.sql["DuckDB"]
        assert card.table.rows or card.state  # every session of this history has one event
        assert viewer.get(path + card.csv).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_the_number_of_queries_does_not_depend_on_the_range(
    viewer: Client, history: date, path: str, django_assert_max_num_queries
) -> None:
    counts = []
    for query in ("?range=1d", "?range=36m"):
        cache.clear()
        with django_assert_max_num_queries(44) as counted:
            viewer.get(path + query)
        counts.append(len(counted))
    assert counts[0] == counts[1]


def figures_asked_for(queries: CaptureQueriesContext) -> int:
    return sum(f'"{Rollup._meta.db_table}"' in query["sql"] for query in queries)


@pytest.mark.parametrize(
    ("path", "card"), [("/", "lifecycle"), (PAGES[1], "people"), (PAGES[2], "frequency"), (PAGES[3], "channel")]
)
def test_the_file_of_a_card_asks_for_the_figures_of_that_card_alone(
    viewer: Client, history: date, path: str, card: str
) -> None:
    cache.clear()
    with CaptureQueriesContext(connection) as page:
        viewer.get(path)
    with CaptureQueriesContext(connection) as file:
        assert downloaded(viewer, path, f"?card={card}&format=csv")
    assert 0 < figures_asked_for(file) < figures_asked_for(page)
    for query in ("?card=nothing&format=csv", f"?card={card}&format=xlsx", f"?card={card}"):
        with CaptureQueriesContext(connection) as refused:
            assert viewer.get(path + query).status_code == 404
        assert figures_asked_for(refused) == 0


@pytest.mark.parametrize("path", [*PAGES, "/metrics/", "/metrics/dau/"])
def test_no_style_attribute_no_inline_script(viewer: Client, history: date, path: str) -> None:
    text = viewer.get(path).content.decode()
    assert " style=" not in text
    assert " onclick=" not in text
    assert "<script>" not in text


def test_nonsense_in_the_address_is_answered_with_the_default_and_a_warning(viewer: Client, history: date) -> None:
    answer = viewer.get("/product/activity/?from=2026-13-45&grain=fortnight&vs=never")
    assert answer.status_code == 200
    assert answer.content.decode().count("can&#x27;t be used here") == 3


def test_an_unknown_metric_is_not_found(viewer: Client) -> None:
    assert viewer.get("/metrics/nonsense/").status_code == 404


def test_the_page_of_a_metric_has_its_sql_for_every_engine(viewer: Client) -> None:
    assert set(viewer.get("/metrics/mau/").context["sql"]) == {
        "PostgreSQL",
        "DuckDB",
        "ClickHouse",
        "BigQuery",
        "Snowflake",
    }


def test_a_body_is_drawn_again_when_figures_change(viewer: Client, history: date, send: Send) -> None:
    path = f"/product/activity/?from={history - timedelta(days=27)}&to={history}"
    before = cards(viewer, path)["people"].table.rows[0][3]
    assert viewer.get(path).context.get("cards") is None  # as it was drawn
    send("somebody new", history)
    nightly.run()
    after = viewer.get(path).context["cards"][0].table.rows[0][3]
    assert after == before + 1


def test_a_merge_is_seen_at_once(viewer: Client, history: date) -> None:
    path = f"/product/activity/?from={history - timedelta(days=27)}&to={history}"
    before = cards(viewer, path)["people"].table.rows[0][3]
    admin = User.objects.create(username="admin", role=Role.ADMIN)
    one, other = (Identity.objects.get(value=value).person for value in ("w3p0", "w3p1"))
    merge_people(person=one, other=other, user=admin)
    assert viewer.get(path).context["cards"][0].table.rows[0][3] == before - 1


def test_the_time_before_the_first_event_is_no_comparison(viewer: Client, history: date) -> None:
    query = f"?from={monday_of(history) - timedelta(weeks=4)}&to={monday_of(history) - timedelta(days=1)}"
    assert "vs 0" not in viewer.get(f"/product/activity/{query}").content.decode()
