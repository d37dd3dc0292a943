"""An imported log, counted by hand."""

import gzip
import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from analytics.collect.models import Event, Source
from analytics.imports import services
from analytics.imports.occurrences import Occurrences
from analytics.people.ids import identity_id
from analytics.people.models import Identity, IdentityEdge
from analytics.rollups import nightly
from analytics.rollups.queries import series
from tests.imports.conftest import stored

# Three people; cy came anonymously (v9) before signing up. Written in no order, one line twice.
LOG = """\
user,anonymous_id,session,event,timestamp,platform,channel
ann,,a1,page,2025-03-03T09:00:00Z,web,newsletter
ann,,a1,signup_completed,2025-03-03T09:05:00Z,web,newsletter
ann,,a2,opened,2025-03-04T23:59:59Z,ios,
bob,,,opened,2025-03-04T08:00:00Z,android,tv
bob,,,opened,2025-03-04T08:30:00Z,android,tv
bob,,,opened,2025-03-04T09:00:01Z,android,tv
,v9,c1,page,2025-03-03T10:00:00Z,web,search
cy,v9,c2,signup_completed,2025-03-05T10:00:00Z,web,
cy,v9,c2,opened,2025-03-05T10:01:00Z,web,
cy,v9,c2,opened,2025-03-05T10:01:00Z,web,
cy,v9,c2,identify,2025-03-06T10:00:00Z,web,
"""


def values(metric: str, first: date, last: date, grain: str = "day", **asked: str) -> dict:
    points = series(metric, first, last, grain, **asked)
    return {(point.period.day, *point.dimensions.values()): point.value for point in points if point.value}


@pytest.mark.django_db(transaction=True)
def test_activity_sessions_and_signups_equal_a_count_by_hand(imported) -> None:
    assert imported(LOG).imported == 11
    nightly.run()
    first, last = date(2025, 3, 3), date(2025, 3, 9)
    # On the 3rd ann and the visitor who turns out to be cy; on the 4th ann and bob; on the 5th cy.
    # The identify call of the 6th is no activity.
    assert values("dau", first, last) == {(3,): 2, (4,): 2, (5,): 1}
    assert values("dau", first, last, by="platform") == {
        (3, "web"): 2,
        (4, "ios"): 1,
        (4, "android"): 1,
        (5, "web"): 1,
    }
    # a1 and c1; a2, and two of bob: 8:00 to 8:30, exactly thirty minutes being none too many, and 9:00:01; c2.
    assert values("sessions", first, last) == {(3,): 2, (4,): 3, (5,): 1}
    assert values("signups", first, last) == {(3,): 1, (5,): 1}
    # cy's first touch is the visit before signing up.
    assert values("signups", first, last, "week", by="channel") == {(3, "newsletter"): 1, (3, "search"): 1}


def test_an_import_never_doubles(imported) -> None:
    assert imported(LOG).imported == 11
    again = imported(LOG, "copy.csv")
    assert (again.imported, again.known) == (0, 11)
    longer = imported(LOG + "dan,,,opened,2025-03-09,web,\n", "longer.csv")
    assert (longer.imported, longer.known) == (1, 11)
    assert len(stored()) == 12
    assert Event.objects.count() == 0  # history goes past the inbox


def test_equal_rows_are_as_many_events_as_there_are_rows(imported) -> None:
    imported(LOG)
    twice = [event for event in stored() if event["at_us"] == 1_741_168_860_000_000]
    assert len(twice) == 2
    assert len({event["message_id"] for event in twice}) == 2


def test_rows_with_an_id_of_their_own_are_one_event_each(imported) -> None:
    row = {"messageId": "m1", "userId": "ann", "event": "x", "timestamp": 1740823200}
    done = imported(f"{json.dumps(row)}\n{json.dumps(row)}\n{json.dumps(row | {'messageId': 'm2'})}\n", "log.jsonl")
    assert (done.imported, done.known) == (2, 1)
    assert {event["message_id"] for event in stored()} == {"m1", "m2"}


def test_identities_are_linked_and_traits_kept(imported) -> None:
    imported(
        '{"userId": "cy", "anonymousId": "v9", "type": "identify", "timestamp": 1740823200, "traits": {"name": "Cy"}}\n'
        '{"anonymousId": "v9", "event": "seen", "timestamp": 1740000000}\n'
        '{"userId": "cy", "anonymousId": "v9", "event": "seen", "timestamp": 1740823300}\n',
        "log.jsonl",
    )
    user = Identity.objects.get(kind="u", value="cy")
    visitor = Identity.objects.get(kind="a", value="v9")
    assert user.traits == {"name": "Cy"}
    assert visitor.person == user.pk == identity_id("u", "cy")
    assert visitor.first_us == 1_740_000_000_000_000
    assert IdentityEdge.objects.filter(accepted=True).count() == 1


def test_small_chunks_tell_the_same_as_one(imported, monkeypatch) -> None:
    rows = LOG + LOG.partition("\n")[2] + "bad row\n" + LOG.partition("\n")[2]
    monkeypatch.setattr(services, "CHUNK_ROWS", 4)
    done = imported(rows)
    assert (done.rows, done.imported, done.rejected["wrong_columns"]) == (34, 33, 1)
    monkeypatch.undo()
    assert imported(rows, "copy.csv").known == 33


def test_occurrences_equal_a_count_row_by_row() -> None:
    import numpy as np

    random = np.random.default_rng(5)
    counted, seen = Occurrences(), dict[int, int]()
    for _ in range(40):
        hashes = random.integers(0, 50, random.integers(0, 60)).astype(np.uint64)
        expected = []
        for value in hashes.tolist():
            expected.append(seen.get(value, 0))
            seen[value] = seen.get(value, 0) + 1
        assert counted.count(hashes).tolist() == expected


@pytest.mark.slow
def test_an_import_that_is_killed_goes_on_where_it_stopped(empty_database: str, tmp_path: Path) -> None:
    rows = 60_000
    path = tmp_path / "long.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("user,event,timestamp\n")
        for number in range(rows):
            # Each row comes twice, its second time a chunk later.
            file.write(f"user{number % 500},opened,{1_700_000_000 + number % 30_000}\n")
        file.write("bad row\n")
    command = [sys.executable, "manage.py"]
    environment = os.environ | {"DATABASE_URL": empty_database, "DATA_DIR": str(tmp_path), "QUERY_PROCESSES": "0"}
    subprocess.run([*command, "migrate", "-v0"], env=environment, check=True)
    with subprocess.Popen([*command, "import_events", str(path)], env=environment) as running:
        while not list((tmp_path / "imports").glob("*.json")):
            assert running.poll() is None, "the import ended before it could be killed"
            time.sleep(0.005)
        running.kill()
    said = subprocess.run(
        [*command, "import_events", str(path)], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert f"{rows + 1:,} rows" in said
    assert "1 rejected: wrong_columns" in said
    counted = subprocess.run(
        [*command, "shell", "-v0", "-c", COUNT], env=environment, check=True, capture_output=True, text=True
    ).stdout
    assert counted.split() == [str(rows), str(rows), "500"]
    assert len(path.with_name("long.csv.gz.rejected.csv").read_text().splitlines()) == 2


COUNT = """
from analytics.store.reading import snapshot
from analytics.people.models import Identity
with snapshot() as tables:
    print(tables.events.count().execute(), tables.events.message_id.nunique().execute(), Identity.objects.count())
"""


def test_the_command_says_what_it_did(source: Source, tmp_path: Path, capsys) -> None:
    path = tmp_path / "log.csv"
    path.write_text(LOG + "bad\n")
    call_command("import_events", str(path), "--source", "Old log", "--map", "platform=-")
    assert capsys.readouterr().out.splitlines() == [
        "12 rows: 11 imported, 0 already there.",
        "1 rejected: wrong_columns",
        f"The rejected rows are in {path}.rejected.csv.",
    ]
    assert {event["source"] for event in stored()} == {source.pk}
    assert {event["platform"] for event in stored()} == {"web"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--time-zone", "Mars/Olympus"], "no time zone Mars/Olympus"),
        (["--time-zone", "../etc/passwd"], "no time zone"),
        (["--map", "user"], "write COLUMN=FIELD"),
        (["--map", "user=nonsense"], "write COLUMN=FIELD"),
        (["--map", "nobody=user_id"], "no column nobody"),
    ],
)
def test_what_was_typed_wrong_is_answered_with_a_sentence(source, tmp_path, arguments, says) -> None:
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    with pytest.raises(CommandError, match=says):
        call_command("import_events", str(path), *arguments)


def test_a_file_that_is_not_there(source, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_events", str(tmp_path / "nothing.csv"))
