"""The embedded engine keeps to its limits and needs no network."""

import duckdb
import pytest
from django.utils import timezone

from analytics.store import embedded, engine, janitor


def setting(name: str) -> str:
    with engine.chosen().session() as session:
        return session._connection.execute("SELECT current_setting(?)", [name]).fetchone()[0]


def test_limits_come_from_the_settings(settings):
    settings.QUERY_MEMORY_MB, settings.QUERY_THREADS = 300, 1
    assert setting("threads") == 1
    assert setting("memory_limit") == "286.1 MiB"  # 300 million bytes
    assert not setting("autoinstall_known_extensions")
    assert not setting("autoload_known_extensions")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('{secret}')",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "ATTACH '{folder}/other.duckdb'",
        "SET enable_external_access = true",
        "SET memory_limit = '64GB'",
    ],
)
def test_no_statement_reaches_other_files_or_lifts_a_limit(statement, data_dir):
    secret = data_dir / "secret_key"
    secret.write_text("hush")
    with engine.chosen().session() as session, pytest.raises(duckdb.Error):
        session._connection.execute(statement.format(secret=secret, folder=data_dir))


def test_every_engine_that_can_be_chosen_is_there(settings):
    for scheme in engine.ENGINES:
        settings.EVENTS_URL = f"{scheme}://"
        assert engine.chosen().session


@pytest.mark.django_db
def test_what_a_killed_query_spilled_is_removed_after_a_while(data_dir, monkeypatch):
    spilled = data_dir / embedded.SPILL / "of-a-killed-one"
    spilled.mkdir(parents=True)
    janitor.sweep()
    assert spilled.exists()
    later = timezone.now() + 2 * janitor.SCRATCH_LIMIT
    monkeypatch.setattr(timezone, "now", lambda: later)
    janitor.sweep()
    assert not spilled.exists()
