"""What was acknowledged before a backup began is in it, once, whatever went on meanwhile."""

import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from analytics.store import archive
from tests.store.installations import Installation

BATCH = 20  # as in tests.store.load, which can't be imported without running


@pytest.fixture
def second_database(request, empty_database: str, tmp_path: Path) -> str:
    if empty_database.startswith("sqlite"):
        return f"sqlite:///{tmp_path / 'second.sqlite3'}"
    return request.getfixturevalue("postgres").create_database()


@pytest.mark.slow
def test_a_backup_under_load_restores_to_what_was_acknowledged(empty_database, second_database, tmp_path):
    one, other = Installation(empty_database, tmp_path / "one"), Installation(second_database, tmp_path / "other")
    file = tmp_path / "backup.tar"
    with (tmp_path / "acknowledged").open("w+") as log:
        load = subprocess.Popen([sys.executable, "-m", "tests.store.load"], env=one.environment, stdout=log)
        try:
            while (tmp_path / "acknowledged").read_text().count("\n") < 30:
                assert load.poll() is None
                time.sleep(0.1)
            before = (tmp_path / "acknowledged").read_text().count("\n") * BATCH
            one.manage("backup", str(file))
        finally:
            load.kill()
            load.wait()
        after = (tmp_path / "acknowledged").read_text().count("\n") * BATCH
    assert file.stat().st_mode & 0o077 == 0

    other.manage("restore", str(file))
    restored = other.message_ids()
    assert restored == list(range(len(restored)))
    # The batch that was just committed when the load was killed may not have been written down.
    assert before <= len(restored) <= after + BATCH
    assert (other.folder / "secret_key").read_text() == (one.folder / "secret_key").read_text()

    # What was restored goes on: new rows get new numbers, and sealing finds what is unsealed.
    answer = other.run(
        "from analytics.models import Event, Segment\n"
        "from analytics.store import compact, seal\n"
        "Event.objects.create(source=1, message_id='-1', type='track', event='x', at_us=1, received_us=1, actor=1, "
        "device=1, platform='web')\n"
        "seal.seal(); compact.compact()\n"
        "answer = [Event.objects.unsealed().count(), sum(Segment.objects.published().values_list('rows', flat=True))]"
    )
    assert answer == [0, len(restored) + 1]


@pytest.mark.slow
def test_a_restore_refuses_what_would_lose_or_mix_data(empty_database, tmp_path):
    here = Installation(empty_database, tmp_path / "one")
    file = tmp_path / "backup.tar"
    here.run("answer = 0\n" + ADD.format(number=1))
    here.manage("backup", str(file))
    here.run("answer = 0\n" + ADD.format(number=2))
    with pytest.raises(RuntimeError, match=r"isn't empty\. Nothing was changed"):
        here.manage("restore", str(file))
    assert here.message_ids() == [1, 2]

    broken = tmp_path / "broken.tar"
    content = file.read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    with pytest.raises(RuntimeError, match="no whole backup"):
        here.manage("restore", "--force", str(broken))
    with tarfile.open(file) as tar:
        member = next(member for member in tar if member.name.startswith("database/") and member.size)
    flipped = bytearray(content)
    flipped[member.offset_data] ^= 1
    broken.write_bytes(flipped)
    with pytest.raises(RuntimeError, match="isn't what was backed up"):
        here.manage("restore", "--force", str(broken))
    assert here.message_ids() == [1, 2]

    here.manage("restore", "--force", str(file))
    assert here.message_ids() == [1]


@pytest.mark.parametrize("name", ["../outside", "/outside", "link"])
def test_an_archive_that_reaches_out_of_its_folder_is_refused(tmp_path: Path, name: str):
    member = tarfile.TarInfo(f"{tmp_path}{name}" if name.startswith("/") else name)
    if name == "link":
        member.type, member.linkname = tarfile.SYMTYPE, str(tmp_path / "outside")
    with tarfile.open(tmp_path / "backup.tar", "w") as tar:
        tar.addfile(member)
    (tmp_path / "folder").mkdir()
    with pytest.raises(archive.BrokenArchive, match="has no place in a backup"):
        archive.unpack(tmp_path / "backup.tar", tmp_path / "folder", lambda size: None)
    assert not (tmp_path / "outside").exists()
    assert list((tmp_path / "folder").iterdir()) == []


@pytest.mark.slow
def test_who_was_erased_after_the_backup_stays_erased(empty_database, tmp_path):
    here = Installation(empty_database, tmp_path / "one")
    file = tmp_path / "backup.tar"
    here.run(
        "answer = 0\n" + ADD.format(number=1) + ADD.format(number=2) + "from analytics.store import seal\nseal.seal()\n"
    )
    here.manage("backup", str(file))
    here.run(
        "from analytics import erasure\nfrom analytics.models import Identity\n"
        "Identity.objects.create(pk=1, kind='u', value='one', person=1, first_us=1)\n"
        "answer = erasure.carry_out(erasure.request_erasure(person=1, user=None).pk)"
    )
    assert here.message_ids() == [2]
    here.environment["REDIS_URL"] = f"unix://{tmp_path / 'no-redis.sock'}"  # it is stopped like everything else
    here.manage("restore", "--force", str(file))
    assert here.message_ids() == [2]
    assert here.run("from analytics.models import Suppression\nanswer = Suppression.objects.count()") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "before",
    ["backup.databases.load", "backup.installation.keep_in_folder", "backup.archive.unpack", "restore.replay_erasures"],
)
def test_a_restore_that_was_killed_is_done_again(empty_database, tmp_path, before: str):
    """Killed before the database is replaced, just after it, once more on the second try, and before the erasures."""
    here = Installation(empty_database, tmp_path / "one")
    file = tmp_path / "backup.tar"
    here.run(
        "answer = 0\n"
        + ADD.format(number=1)
        + ADD.format(number=2)
        + "from analytics.models import Installation\nInstallation.objects.create(id='0' * 32)\n"
    )
    here.manage("backup", str(file))
    here.run(
        "from analytics import erasure\nfrom analytics.models import Identity\n"
        "Identity.objects.create(pk=1, kind='u', value='one', person=1, first_us=1)\n"
        "answer = erasure.carry_out(erasure.request_erasure(person=1, user=None).pk)"
    )
    killed_at = ["backup.installation.keep_in_folder", before] if before == "backup.archive.unpack" else [before]
    for place in killed_at:
        with pytest.raises(RuntimeError):
            here.run(KILLED.format(place=place, file=file))
        with pytest.raises(RuntimeError, match=r"`manage\.py restore`"):
            here.run("from productops.pages.management.commands import serve\nserve.check_database()\nanswer = 0")
        with pytest.raises(RuntimeError, match=r"`manage\.py restore`"):
            here.manage("backup", str(tmp_path / "half.tar"))
    here.manage("restore", str(file))
    assert here.message_ids() == [2]
    kept = "from analytics.models import Erasure, Suppression\n"
    assert here.run(kept + "answer = [Erasure.objects.count(), Suppression.objects.count()]") == [1, 1]
    with pytest.raises(RuntimeError, match="isn't empty"):
        here.manage("restore", str(file))


KILLED = (
    "import os, signal\nfrom django.core.management import call_command\nfrom analytics.store import backup\n"
    "from analytics.management.commands import restore\n"
    "{place} = lambda *arguments, **options: os.kill(os.getpid(), signal.SIGKILL)\n"
    "call_command('restore', '{file}', force=True)\nanswer = 0"
)

# An event whose actor has the number of its message.
ADD = (
    "from analytics.models import Event\n"
    "Event.objects.create(source=1, message_id='{number}', type='track', event='x', at_us=1, received_us=1, "
    "actor={number}, device=1, platform='web')\n"
)


@pytest.mark.parametrize(
    "command", sorted({name for name, app in get_commands().items() if app == "analytics"} - {"restore", "metric_sql"})
)
def test_nothing_works_on_half_of_what_a_restore_was_to_bring_back(settings, command: str):
    (settings.DATA_DIR / "restoring.json").write_text("[]")
    with pytest.raises(CommandError, match="A restore was interrupted"):
        load_command_class("analytics", command).execute()
