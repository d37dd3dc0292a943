"""A card's SQL: as it ran, and for each other engine at an address of its own."""

import re
from html import unescape

import pytest
import sqlglot
from django.test import Client

from analytics.explore.pages.kinds import PAGES
from analytics.rollups.sql import DIALECTS
from tests.explore.pages_world import DAYS, cards

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


@pytest.mark.parametrize("kind", PAGES)
def test_the_engine_that_ran_comes_first(viewer: Client, kind: str) -> None:
    for card in cards(viewer, kind).values():
        assert list(card.sql) == ["DuckDB"]
        assert [tab.label for tab in card.sql_tabs] == [
            "DuckDB, as it ran", "PostgreSQL", "ClickHouse", "BigQuery", "Snowflake",
        ]  # fmt: skip
        assert [tab.current for tab in card.sql_tabs] == [True, False, False, False, False]


def test_each_engine_has_its_sql_at_an_address(viewer: Client) -> None:
    shown = cards(viewer, "funnel")["times"]
    texts = {}
    for tab, dialect in zip(shown.sql_tabs[1:], [name for name in DIALECTS if name != "duckdb"], strict=True):
        page = viewer.get(f"/explore/funnel/{tab.href}")
        told = {card.key: card for card in page.context["cards"]}
        assert told["times"].table == shown.table
        assert list(told["times"].sql) == [DIALECTS[dialect]]
        assert list(told["steps"].sql) == ["DuckDB"]
        (texts[dialect],) = told["times"].sql.values()
        assert all(sqlglot.parse(texts[dialect], read=dialect))
        assert len(re.findall('<details class="definition" open>', page.content.decode())) == 1
        asked = tab.href.partition("#")[0]
        assert viewer.get(f"/explore/funnel/sql/{asked}").content.decode() == texts[dialect]
        assert tab.href in unescape(page.content.decode())
    assert len(set(texts.values())) == len(DIALECTS) - 1


@pytest.mark.parametrize("sql", ["", "times", "times.cobol", "none.postgres", "times.postgres.x"])
def test_what_has_no_sql(viewer: Client, sql: str) -> None:
    assert viewer.get(f"/explore/funnel/sql/?{DAYS}&sql={sql}").status_code == 404
    assert [list(card.sql) for card in cards(viewer, "funnel", f"{DAYS}&sql={sql}").values()] == [["DuckDB"]] * 3


def test_other_kinds_are_not_asked_for_the_sql(viewer: Client) -> None:
    tabs = viewer.get(f"/explore/trend/?{DAYS}&sql=trend.postgres").context["tabs_row"]
    assert not any("sql" in tab.href for tab in tabs)
